package shop

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"

	"github.com/aws/aws-xray-sdk-go/xray"
)

// service is what the handlers of one service have at hand.
type service struct {
	*backends
	client *http.Client
}

// withOrigin says on the segment where the service runs.
func withOrigin(h http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if seg := xray.GetSegment(r.Context()); seg != nil {
			seg.Lock()
			seg.Origin = "AWS::ECS::Container"
			seg.User = r.Header.Get("X-User")
			seg.Unlock()
		}
		h.ServeHTTP(w, r)
	})
}

// statusError is an answer that is not a success.
type statusError struct {
	status int
	host   string
}

// Error says who answered what.
func (e *statusError) Error() string { return fmt.Sprintf("%s answered %d", e.host, e.status) }

// call asks another service, and fails with a statusError when it does not succeed.
func (s *service) call(ctx context.Context, r *http.Request, method, url string, body any) error {
	var text []byte
	if body != nil {
		var err error
		if text, err = json.Marshal(body); err != nil {
			return err
		}
	}
	req, err := http.NewRequestWithContext(ctx, method, url, strings.NewReader(string(text))) //nolint:gosec // the shop's network knows its own hosts only
	if err != nil {
		return err
	}
	req.Header.Set("X-User", r.Header.Get("X-User"))
	resp, err := s.client.Do(req) //nolint:gosec // as above
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	if _, err := io.Copy(io.Discard, resp.Body); err != nil {
		return err
	}
	if resp.StatusCode >= 400 {
		return &statusError{resp.StatusCode, req.URL.Host}
	}
	return nil
}

// decode reads the request's body.
func decode[T any](w http.ResponseWriter, r *http.Request) (v T, ok bool) {
	if err := json.NewDecoder(http.MaxBytesReader(w, r.Body, 1<<20)).Decode(&v); err != nil {
		http.Error(w, "bad request", http.StatusBadRequest)
		return v, false
	}
	return v, true
}

// annotate adds an indexed value to the current segment.
func annotate(ctx context.Context, key string, value any) {
	_ = xray.AddAnnotation(ctx, key, value) // fails when the request is not traced
}

// note adds metadata to the current segment.
func note(ctx context.Context, key string, value any) {
	_ = xray.AddMetadata(ctx, key, value) // fails when the request is not traced
}

// order is what customers buy.
type order struct {
	ID       string
	Customer string
	Product  string
	Amount   float64
}
