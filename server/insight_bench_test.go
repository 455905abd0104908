package server_test

import (
	"context"
	"encoding/binary"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/radiograph/radiograph/config"
	"github.com/radiograph/radiograph/group"
	"github.com/radiograph/radiograph/insight"
	"github.com/radiograph/radiograph/server"
	"github.com/radiograph/radiograph/servicegraph"
	"github.com/radiograph/radiograph/store"
	"github.com/radiograph/radiograph/store/block"
	"github.com/radiograph/radiograph/traceid"
)

// manyServices returns the documents of a trace through so many services, each of
// which calls two.
func manyServices(start time.Time, n uint64, services int) []store.Document {
	id := traceid.ID{}
	binary.BigEndian.PutUint32(id[:], uint32(start.Unix()))
	binary.BigEndian.PutUint64(id[8:], n)
	s := float64(start.Unix())
	call := func(k int) uint64 { return n<<20 | uint64(k)<<1 | 1 }
	docs := make([]store.Document, 0, services)
	for k := range services {
		var calls []string
		for _, to := range []int{2*k + 1, 2*k + 2} {
			if to < services {
				calls = append(calls, fmt.Sprintf(`{"id":"%016x","name":"service-%d","namespace":"remote","start_time":%.1f,"end_time":%.1f}`, call(to), to, s, s+1))
			}
		}
		parent := ""
		if k > 0 {
			parent = fmt.Sprintf(`"parent_id":"%016x",`, call(k))
		}
		raw := fmt.Sprintf(`{"trace_id":%q,"id":"%016x",%s"name":"service-%d","start_time":%.1f,"end_time":%.1f,"fault":%t,"subsegments":[%s]}`,
			id, call(k)-1, parent, k, s, s+1, (n+uint64(k))%20 == 0, strings.Join(calls, ","))
		docs = append(docs, store.Document{TraceID: id, Raw: []byte(raw)})
	}
	return docs
}

// BenchmarkInsights is what it costs to begin to follow a group with 200 services and
// more than eight hours of past, and then each minute, with what the store takes to
// read it.
func BenchmarkInsights(b *testing.B) {
	const services, minutes, perMinute = 200, 500, 2
	st, err := block.Open(b.TempDir(), server.StoreOptions(config.Default().Store))
	if err != nil {
		b.Fatal(err)
	}
	defer st.Close()
	end := time.Now().Truncate(time.Minute)
	for before := minutes; before > 0; before-- {
		at := end.Add(-time.Duration(before) * time.Minute)
		batch := store.Batch{Received: at.Add(time.Second).UnixNano()}
		for k := range perMinute {
			batch.Documents = append(batch.Documents, manyServices(at, uint64(before*perMinute+k), services)...)
		}
		if err := st.Append(b.Context(), batch); err != nil {
			b.Fatal(err)
		}
	}
	if err := st.Flush(b.Context()); err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		w, err := insight.New(b.Context(), insight.Options{
			State:  discardState{},
			Groups: func() []group.Group { return []group.Group{{Name: "Default", Insights: group.Insights{Enabled: true}}} },
			Graph: func(ctx context.Context, _ group.Group, minute int64) (*servicegraph.Graph, error) {
				start := time.Unix(minute*60, 0)
				found, err := st.Graph(ctx, store.GraphQuery{Start: start, End: start.Add(time.Minute)})
				return found.Graph, err
			},
		})
		if err != nil {
			b.Fatal(err)
		}
		began := time.Now()
		if err := w.Advance(b.Context(), end.Add(-10*time.Minute)); err != nil {
			b.Fatal(err)
		}
		begun := time.Now()
		if err := w.Advance(b.Context(), end.Add(10*time.Second)); err != nil {
			b.Fatal(err)
		}
		b.ReportMetric(float64(begun.Sub(began).Milliseconds()), "ms/begin")
		b.ReportMetric(float64(time.Since(begun).Microseconds())/10, "µs/minute")
	}
}

// discardState keeps nothing.
type discardState struct{}

func (discardState) LoadState(context.Context, string) (map[string][]byte, error) { return nil, nil }

func (discardState) PutState(context.Context, string, string, []byte) error { return nil }

func (discardState) DeleteState(context.Context, string, string) error { return nil }
