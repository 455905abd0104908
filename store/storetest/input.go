package storetest

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/radiograph/radiograph/segment"
	"github.com/radiograph/radiograph/store"
	"github.com/radiograph/radiograph/traceid"
)

// epoch is the time at which the suite's clocks start: a whole minute.
var epoch = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

// at returns epoch plus seconds, in ns since the Unix epoch.
func at(seconds float64) int64 {
	return epoch.Add(time.Duration(seconds * float64(time.Second))).UnixNano()
}

// when returns epoch plus seconds.
func when(seconds float64) time.Time { return time.Unix(0, at(seconds)) }

// tid returns the n-th trace id of the suite.
func tid(n int) traceid.ID {
	id, err := traceid.Parse(fmt.Sprintf("1-%08x-%024x", epoch.Unix()+int64(n), n))
	if err != nil {
		panic(err)
	}
	return id
}

// document returns a segment document. Times are seconds after epoch; an end
// below zero means that the segment is in progress. rest is more JSON members,
// beginning with a comma, or empty.
func document(trace, entity int, name string, start, end float64, rest string) string {
	state := fmt.Sprintf(`"end_time":%.6f`, float64(at(end))/1e9)
	if end < 0 {
		state = `"in_progress":true`
	}
	return fmt.Sprintf(`{"trace_id":%q,"id":"%016x","name":%q,"start_time":%.6f,%s%s}`,
		tid(trace), entity, name, float64(at(start))/1e9, state, rest)
}

// put appends docs as one batch received so many seconds after epoch.
func put(t *testing.T, s store.Store, received float64, docs ...string) {
	t.Helper()
	if err := s.Append(t.Context(), batch(t, at(received), docs...)); err != nil {
		t.Fatalf("append: %v", err)
	}
}

func batch(t *testing.T, received int64, docs ...string) store.Batch {
	t.Helper()
	b := store.Batch{Received: received}
	for _, d := range docs {
		seg, err := segment.Decode([]byte(d))
		if err != nil {
			t.Fatalf("bad document %s: %v", d, err)
		}
		b.Documents = append(b.Documents, store.Document{TraceID: seg.TraceID, Raw: []byte(d)})
	}
	return b
}

// sub returns the JSON of an embedded subsegment, see document.
func sub(entity int, name string, start, end float64, rest string) string {
	return fmt.Sprintf(`{"id":"%016x","name":%q,"start_time":%.6f,"end_time":%.6f%s}`,
		entity, name, float64(at(start))/1e9, float64(at(end))/1e9, rest)
}

// subs returns the member that embeds the subsegments.
func subs(subsegments ...string) string {
	return `,"subsegments":[` + strings.Join(subsegments, ",") + `]`
}

// parent returns the member that names a parent.
func parent(entity int) string { return fmt.Sprintf(`,"parent_id":"%016x"`, entity) }
