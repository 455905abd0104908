package datastore

import (
	"context"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/radiograph/radiograph/examples/sampleapp/internal/tracing/tracingtest"
)

func TestMain(m *testing.M) {
	if _, err := tracingtest.Start(); err != nil {
		panic(err)
	}
	os.Exit(m.Run())
}

// closed returns a store whose database does not answer: the port belongs to nobody.
func closed(t *testing.T) *Store {
	t.Helper()
	server := httptest.NewServer(http.NotFoundHandler())
	address := server.Listener.Addr().String()
	server.Close()
	s, err := open(slog.New(slog.DiscardHandler), "postgres://sample:secret@"+address+"/items?sslmode=disable")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

func TestBadItemsAreRefused(t *testing.T) {
	handler := closed(t).Handler()
	for _, tc := range []struct{ name, body, want string }{
		{name: "no JSON", body: "{", want: "no item"},
		{name: "another type", body: `{"name": 1}`, want: "no item"},
		{name: "no name", body: `{"quantity": 1}`, want: "name must have"},
		{name: "long name", body: `{"name": "` + strings.Repeat("ä", 201) + `"}`, want: "name must have"},
		{name: "less than nothing", body: `{"name": "lamp", "quantity": -1}`, want: "quantity must be"},
		{name: "too long", body: `{"name": "` + strings.Repeat("x", 2<<20) + `"}`, want: "too large"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			w := httptest.NewRecorder()
			handler.ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/items", strings.NewReader(tc.body)))
			if w.Code != http.StatusBadRequest || !strings.Contains(w.Body.String(), tc.want) {
				t.Errorf("answer is %d %s, want 400 with %q in it", w.Code, w.Body, tc.want)
			}
		})
	}
}

func TestDatabaseIsDown(t *testing.T) {
	handler := closed(t).Handler()
	for request, want := range map[*http.Request]int{
		httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/items", http.NoBody):                            http.StatusInternalServerError,
		httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/items", strings.NewReader(`{"name": "lamp"}`)): http.StatusInternalServerError,
		httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/healthz", http.NoBody):                          http.StatusServiceUnavailable,
	} {
		w := httptest.NewRecorder()
		handler.ServeHTTP(w, request)
		if w.Code != want || strings.Contains(w.Body.String(), "secret") || strings.Contains(w.Body.String(), "127.0.0.1") {
			t.Errorf("%s %s: %d %s, want %d without details", request.Method, request.URL.Path, w.Code, w.Body, want)
		}
	}
}

func TestOpenGivesUpWithItsContext(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), time.Millisecond)
	defer cancel()
	if err := closed(t).ready(ctx); err == nil {
		t.Error("no error although the database does not answer")
	}
}
