package otlpapi_test

import (
	"bytes"
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/radiograph/radiograph/ingest"
	"github.com/radiograph/radiograph/load"
	"github.com/radiograph/radiograph/otlpapi"
	"github.com/radiograph/radiograph/store"
)

// nowhere takes everything.
type nowhere struct{}

func (nowhere) Append(context.Context, store.Batch) error { return nil }

// BenchmarkTraces takes the requests of radiograph load, from the body to documents
// that a store would append.
func BenchmarkTraces(b *testing.B) {
	api, err := otlpapi.New(otlpapi.Options{Ingest: ingest.New(nowhere{}, ingest.Options{})})
	if err != nil {
		b.Fatal(err)
	}
	for _, traces := range []int{10, 100} {
		g := load.NewGenerator(1, 0).WithRandomIDs()
		var list []load.Trace
		for i := range traces {
			list = append(list, g.Trace(uint64(i), time.Now()))
		}
		body := g.AppendSpans(nil, list)
		spans := traces * load.SpansPerTrace
		b.Run(fmt.Sprintf("spans=%d", spans), func(b *testing.B) {
			b.SetBytes(int64(len(body)))
			b.ReportAllocs()
			for b.Loop() {
				r := httptest.NewRequestWithContext(b.Context(), http.MethodPost, otlpapi.TracesPath, bytes.NewReader(body))
				r.Header.Set("Content-Type", typeProtobuf)
				w := httptest.NewRecorder()
				api.ServeHTTP(w, r)
				if w.Code != http.StatusOK {
					b.Fatalf("%d %q", w.Code, w.Body)
				}
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(spans), "ns/span")
		})
	}
}
