package main

import (
	"cmp"
	"context"
	"crypto/tls"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/xray"
	"github.com/aws/smithy-go"
	"github.com/spf13/cobra"

	"github.com/radiograph/radiograph/config"
	"github.com/radiograph/radiograph/filter"
	"github.com/radiograph/radiograph/problem"
)

const defaultEndpoint = "http://127.0.0.1:2080"

// endpoint is the service that a command asks.
type endpoint struct {
	url         string
	credentials aws.CredentialsProvider // nil: requests are not signed
	region      string                  // that requests are signed for
	caBundle    string                  // PEM file of authorities to trust; "": those of the system
}

// flag adds --endpoint.
func (e *endpoint) flag(p *program, cmd *cobra.Command) {
	e.url = defaultEndpoint
	if v := p.getenv("RADIOGRAPH_ENDPOINT"); v != "" {
		e.url = v
	}
	e.credentials, e.region, e.caBundle = p.credentials(), p.region(), p.getenv("AWS_CA_BUNDLE")
	cmd.Flags().StringVar(&e.url, "endpoint", e.url, "service to ask; RADIOGRAPH_ENDPOINT sets it too")
}

// client returns a client for the service.
func (e *endpoint) client() (*xray.Client, error) {
	base, client, err := e.http()
	if err != nil {
		return nil, err
	}
	credentials := e.credentials
	if credentials == nil {
		credentials = aws.AnonymousCredentials{}
	}
	return xray.New(xray.Options{
		Region:       cmp.Or(e.region, "us-east-1"), // unsigned requests name no region, but the client wants one
		BaseEndpoint: &base,
		Credentials:  credentials,
		HTTPClient:   client,
		Retryer:      aws.NopRetryer{},
	}), nil
}

// classify turns an error of the client into a problem.
func (e *endpoint) classify(err error) error {
	if err == nil {
		return nil
	}
	if errors.Is(err, context.Canceled) {
		return err
	}
	if api, ok := errors.AsType[smithy.APIError](err); ok {
		return &problem.Error{Kind: kindOfName(api.ErrorCode()), Message: api.ErrorMessage()}
	}
	if cause, ok := errors.AsType[*tls.CertificateVerificationError](err); ok {
		return &problem.Error{
			Kind: problem.Denied, Message: "the certificate of " + e.url + " is not trusted", Err: cause.Err,
			Hint: "name a PEM file with its authority in AWS_CA_BUNDLE",
		}
	}
	if _, ok := errors.AsType[net.Error](err); ok {
		return &problem.Error{
			Kind: problem.Unavailable, Message: "no answer from " + e.url, Err: err,
			Hint: "start one with: radiograph up --demo   (or name another with --endpoint)",
		}
	}
	return err
}

// classifyFilter is classify for a question with a filter expression. When that is
// what is wrong, the error shows where.
func (e *endpoint) classifyFilter(err error, expression string) error {
	err = e.classify(err)
	if problem.KindOf(err) != problem.Invalid {
		return err
	}
	_, wrong := filter.Parse(expression)
	at, ok := errors.AsType[*filter.SyntaxError](wrong)
	if !ok {
		return err
	}
	line := strings.Split(expression, "\n")[at.Line-1]
	return &problem.Error{
		Kind: problem.Invalid, Message: at.Error(),
		Hint: printable(line) + "\n  " + strings.Repeat(" ", at.Position-1) + "^",
	}
}

func kindOfName(name string) problem.Kind {
	switch name {
	case "InvalidRequestException", "ValidationException", "SerializationException":
		return problem.Invalid
	case "ResourceNotFoundException":
		return problem.NotFound
	case "ThrottledException", "ThrottlingException":
		return problem.Throttled
	case "AccessDeniedException", "UnrecognizedClientException", "SignatureDoesNotMatch", "MissingAuthenticationTokenException",
		"InvalidSignatureException", "IncompleteSignatureException", "ExpiredTokenException":
		return problem.Denied
	case "ServiceUnavailable", "ServiceUnavailableException":
		return problem.Unavailable
	}
	return problem.Internal
}

// period is the time that a question is about.
type period struct{ since, start, end string }

func (t *period) flags(cmd *cobra.Command, since string) {
	f := cmd.Flags()
	f.StringVar(&t.since, "since", since, "how far to look back, for example 30s, 15m, 6h, 2d")
	f.StringVar(&t.start, "start", "", "start, instead of --since: 2026-01-31T12:00:00Z, 12:00 (today) or epoch seconds")
	f.StringVar(&t.end, "end", "", "end, in the same forms (default now)")
}

// bounds returns the start and the end relative to now.
func (t *period) bounds(now time.Time) (start, end time.Time, err error) {
	end = now
	if t.end != "" {
		if end, err = parseTime(t.end, now); err != nil {
			return start, end, err
		}
	}
	if t.start != "" {
		start, err = parseTime(t.start, now)
	} else {
		var d time.Duration
		if d, err = config.ParseDuration(t.since); err == nil {
			start = end.Add(-d)
		}
	}
	switch {
	case err != nil:
		return start, end, problem.New(problem.Invalid, "%v", err)
	case end.Before(start):
		return start, end, problem.New(problem.Invalid, "the end (%s) is before the start (%s)", end.Format(time.RFC3339), start.Format(time.RFC3339))
	}
	return start, end, nil
}

// parseTime reads a moment in one of the forms of --start.
func parseTime(s string, now time.Time) (time.Time, error) {
	for _, layout := range []string{time.RFC3339Nano, "2006-01-02T15:04:05", "2006-01-02 15:04:05", "2006-01-02 15:04", "2006-01-02"} {
		if t, err := time.ParseInLocation(layout, s, now.Location()); err == nil {
			return t, nil
		}
	}
	for _, layout := range []string{"15:04", "15:04:05"} {
		if t, err := time.Parse(layout, s); err == nil {
			y, m, d := now.Date()
			return time.Date(y, m, d, t.Hour(), t.Minute(), t.Second(), 0, now.Location()), nil
		}
	}
	var seconds float64
	if _, err := fmt.Sscanf(s, "%g", &seconds); err == nil && seconds > 1e8 && seconds < 1e11 && strings.Trim(s, "0123456789.") == "" {
		return time.UnixMicro(int64(seconds * 1e6)), nil
	}
	return time.Time{}, problem.New(problem.Invalid, "%q is not a time such as 2026-01-31T12:00:00Z, 12:00 or epoch seconds", s)
}

// writeJSON prints v indented.
func writeJSON(w io.Writer, v any) error {
	enc := json.NewEncoder(w)
	enc.SetIndent("", "  ")
	enc.SetEscapeHTML(false)
	return enc.Encode(v)
}
