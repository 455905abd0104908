package cloudwatchlogs

import (
	"errors"
	"net/http"

	"github.com/aws/aws-sdk-go-v2/aws/retry"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs/types"
	"github.com/aws/smithy-go"
)

// passing are codes of errors that go away by themselves, besides those that the SDK
// knows.
var passing = map[string]bool{
	"OperationAbortedException":   true, // two requests wanted to change one group
	"ServiceUnavailableException": true,
	"ExpiredTokenException":       true, // the next request is signed with fresh credentials
	"ResourceNotFoundException":   true, // a group that has just been made is not seen everywhere yet
}

// mayPass reports whether the same request can succeed later: the service is
// throttling or out of order, or was not reached at all.
func mayPass(err error) bool {
	if resp, ok := errors.AsType[*awshttp.ResponseError](err); ok {
		if status := resp.HTTPStatusCode(); status >= 500 || status == http.StatusTooManyRequests {
			return true
		}
	}
	api, ok := errors.AsType[smithy.APIError](err)
	if !ok {
		return true // no answer: the network, or no credentials to be had
	}
	code := api.ErrorCode()
	_, throttled := retry.DefaultThrottleErrorCodes[code]
	_, retryable := retry.DefaultRetryableErrorCodes[code]
	return throttled || retryable || passing[code]
}

func isNotFound(err error) bool {
	_, ok := errors.AsType[*types.ResourceNotFoundException](err)
	return ok
}

func isExisting(err error) bool {
	_, ok := errors.AsType[*types.ResourceAlreadyExistsException](err)
	return ok
}
