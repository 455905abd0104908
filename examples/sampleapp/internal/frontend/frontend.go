// Package frontend is the application's REST API. Files are kept in S3; items are
// asked of the datastore service.
package frontend

import (
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	"github.com/aws/aws-xray-sdk-go/v2/xray"

	"github.com/radiograph/radiograph/examples/sampleapp/internal/service"
	"github.com/radiograph/radiograph/examples/sampleapp/internal/tracing"
)

// Name is the name of the service on the map.
const Name = "frontend"

// API is the REST API.
type API struct {
	log       *slog.Logger
	files     *Files
	datastore string // base URL
	client    *http.Client
	ready     atomic.Bool
}

// New returns the API on top of the files and of the datastore at a base URL.
func New(log *slog.Logger, files *Files, datastore string) *API {
	return &API{
		log:       log,
		files:     files,
		datastore: strings.TrimSuffix(datastore, "/"),
		client:    xray.Client(&http.Client{Timeout: 30 * time.Second}), // hands the trace on
	}
}

// SetReady makes /readyz answer 200.
func (a *API) SetReady() { a.ready.Store(true) }

// Handler returns the routes. All are traced but /healthz and /readyz.
func (a *API) Handler() http.Handler {
	api := http.NewServeMux()
	api.HandleFunc("GET /{$}", index)
	api.HandleFunc("GET /api/items", a.items)
	api.HandleFunc("POST /api/items", a.items)
	api.HandleFunc("GET /api/files/{key}", a.files.get)
	api.HandleFunc("PUT /api/files/{key}", a.files.put)
	api.HandleFunc("GET /api/fail/{status}", fail)
	mux := http.NewServeMux()
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) {
		service.Reply(w, http.StatusOK, map[string]string{"status": "ok"})
	})
	mux.HandleFunc("GET /readyz", func(w http.ResponseWriter, _ *http.Request) {
		if !a.ready.Load() {
			service.Fail(w, http.StatusServiceUnavailable, "the bucket is not there yet")
			return
		}
		service.Reply(w, http.StatusOK, map[string]string{"status": "ready"})
	})
	mux.Handle("/", tracing.Handler(Name, api))
	return mux
}

// index says what there is.
func index(w http.ResponseWriter, _ *http.Request) {
	service.Reply(w, http.StatusOK, map[string]any{
		"service": Name,
		"routes": []string{
			"GET /", "GET /api/items", "POST /api/items", "GET /api/files/{key}", "PUT /api/files/{key}", "GET /api/fail/{status}",
		},
	})
}

// items hands the request on to the datastore, and its answer back.
func (a *API) items(w http.ResponseWriter, r *http.Request) {
	req, err := http.NewRequestWithContext(r.Context(), r.Method, a.datastore+"/items", http.MaxBytesReader(w, r.Body, service.MaxBody))
	if err != nil {
		unavailable(w, r, a.log, err)
		return
	}
	req.Header.Set("Content-Type", "application/json")
	resp, err := a.client.Do(req) //nolint:gosec // the base URL is the operator's, the path is fixed
	if err != nil {
		unavailable(w, r, a.log, fmt.Errorf("ask datastore: %w", err))
		return
	}
	defer resp.Body.Close()
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(resp.StatusCode)
	_, _ = io.Copy(w, resp.Body) // the client or the datastore has gone when this fails, and the answer has begun
}

// fail answers with the status that the path asks for, so that the map has colours:
// 429 is a throttle, any other 4xx an error, and 5xx a fault.
func fail(w http.ResponseWriter, r *http.Request) {
	status, err := strconv.Atoi(r.PathValue("status"))
	if err != nil || status < 400 || status > 599 {
		service.Fail(w, http.StatusBadRequest, "the status must be a number from 400 to 599")
		return
	}
	if status >= http.StatusInternalServerError {
		_ = xray.AddError(r.Context(), fmt.Errorf("asked to fail with %d", status)) // fails when the request is not traced
	}
	service.Fail(w, status, "asked for")
}

// unavailable records the error on the segment and tells the client no details.
func unavailable(w http.ResponseWriter, r *http.Request, log *slog.Logger, err error) {
	log.ErrorContext(r.Context(), "request failed", "path", r.URL.Path, "err", err)
	_ = xray.AddError(r.Context(), err) // fails when the request is not traced
	service.Fail(w, http.StatusBadGateway, "a service that this one needs failed")
}
