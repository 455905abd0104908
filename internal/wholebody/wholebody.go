// Package wholebody is an HTTP client for the AWS SDK and servers that are near.
package wholebody

import (
	"bytes"
	"io"
	"net/http"
)

// Client sends requests with a body of its own. The SDK closes the request's body as
// soon as the answer begins, and net/http gives the connection up when that happens
// before it has seen the body's end: with a server on the same machine the answer
// would be cut off now and then. It is an HTTPClient of every service of the SDK.
type Client struct{ http.Client }

// Do sends r as [http.Client.Do] does. The body of r is read to its end first.
func (c *Client) Do(r *http.Request) (*http.Response, error) {
	if r.Body == nil {
		return c.Client.Do(r) //nolint:gosec // the user names the endpoint
	}
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return nil, err
	}
	own := r.Clone(r.Context())
	own.Body = io.NopCloser(bytes.NewReader(body))
	return c.Client.Do(own) //nolint:gosec // the user names the endpoint
}
