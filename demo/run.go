package demo

import (
	"context"
	"errors"
	"io"

	"github.com/aws/aws-sdk-go-v2/service/xray"
)

// Entry is the name of the service of the shop that customers call.
const Entry = "storefront"

// Options say which shop to run for which service.
type Options struct {
	Executable string       // of the shop; see Find
	API        *xray.Client // of the service
	Daemon     string       // address that the shop sends to, as in AWS_XRAY_DAEMON_ADDRESS
	Env        []string     // environment; variables for AWS SDKs are not handed on
	Output     io.Writer    // for what the shop has to complain about
}

// Run keeps the shop open until ctx ends, then lets its customers finish. Errors of
// the API are returned as the client made them.
func Run(ctx context.Context, opts Options) error {
	if err := createRule(ctx, opts.API); err != nil {
		return err
	}
	return errors.Join(runShop(ctx, opts), deleteRule(ctx, opts.API))
}
