package ingest_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/radiograph/radiograph/ingest"
	"github.com/radiograph/radiograph/problem"
	"github.com/radiograph/radiograph/segment"
	"github.com/radiograph/radiograph/store"
)

// shelf keeps what is appended to it, as a store does.
type shelf struct {
	mu      sync.Mutex
	batches []store.Batch
	err     error // refuses everything
}

func (s *shelf) Append(_ context.Context, b store.Batch) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.err != nil {
		return s.err
	}
	b.Documents = slices.Clone(b.Documents)
	for i := range b.Documents {
		b.Documents[i].Raw = bytes.Clone(b.Documents[i].Raw)
	}
	s.batches = append(s.batches, b)
	return nil
}

func (s *shelf) documents() (docs []string) {
	for _, b := range s.batches {
		for _, d := range b.Documents {
			docs = append(docs, d.TraceID.String()+" "+string(d.Raw))
		}
	}
	return docs
}

func document(i int) []byte {
	return fmt.Appendf(nil, `{"name":"shop","id":"%016x","trace_id":"1-68f0c2a1-%024x","start_time":1,"end_time":2}`, i+1, i+1)
}

func TestPutJudgesEachAlone(t *testing.T) {
	sh := &shelf{}
	in := ingest.New(sh, ingest.Options{MaxDocumentBytes: 200})
	docs := [][]byte{
		document(0),
		[]byte(`{"name":"shop","id":"00000000000000aa","start_time":1,"end_time":2}`),
		[]byte(`{`),
		document(1),
		[]byte(`{"name":"` + strings.Repeat("x", 200) + `"}`),
		[]byte(`{"name":"` + strings.Repeat("x", 200) + `","id":"00000000000000aa"}`),
	}
	got, err := in.Put(t.Context(), docs)
	if err != nil {
		t.Fatal(err)
	}
	id := "00000000000000aa"
	want := []*segment.Rejection{
		{Code: "MissingTraceId", ID: &id, Message: "Invalid segment. ErrorCode: MissingTraceId"},
		{Code: "ParseError", Message: "Invalid segment. ErrorCode: ParseError"},
		{Code: "InvalidSegment", Message: "Invalid segment. ErrorCode: InvalidSegment"},
		{Code: "InvalidSegment", ID: &id, Message: "Invalid segment. ErrorCode: InvalidSegment"},
	}
	wantDocs := []string{
		"1-68f0c2a1-000000000000000000000001 " + string(docs[0]),
		"1-68f0c2a1-000000000000000000000002 " + string(docs[3]),
	}
	wantStats := ingest.Stats{
		Batches: 1, Documents: 2, Bytes: int64(len(docs[0]) + len(docs[3])),
		Rejected: map[string]int64{"MissingTraceId": 1, "ParseError": 1, "InvalidSegment": 2},
	}
	for _, d := range docs {
		clear(d) // the caller may reuse them
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("rejections (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(wantDocs, sh.documents()); diff != "" {
		t.Errorf("stored (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(wantStats, in.Stats()); diff != "" {
		t.Errorf("stats (-want +got):\n%s", diff)
	}
}

func TestNothingGoodIsNoBatch(t *testing.T) {
	sh := &shelf{err: errors.New("must not be asked")}
	in := ingest.New(sh, ingest.Options{})
	for _, docs := range [][][]byte{nil, {[]byte("null")}} {
		got, err := in.Put(t.Context(), docs)
		if err != nil || len(got) != len(docs) {
			t.Errorf("Put(%q) = %v, %v", docs, got, err)
		}
	}
}

func TestErrorsOfTheStore(t *testing.T) {
	for _, tc := range []struct {
		name string
		err  error
		kind problem.Kind
		want ingest.Stats
	}{
		{"throttled", problem.New(problem.Throttled, "slow down"), problem.Throttled, ingest.Stats{Rejected: map[string]int64{}, Throttled: 1}},
		{"closed", store.ErrClosed, problem.Internal, ingest.Stats{Rejected: map[string]int64{}, Failed: 1}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			in := ingest.New(&shelf{err: tc.err}, ingest.Options{})
			rejections, err := in.Put(t.Context(), [][]byte{document(0), []byte("bad")})
			if rejections != nil || !errors.Is(err, tc.err) || problem.KindOf(err) != tc.kind {
				t.Errorf("got %v, %v", rejections, err)
			}
			if diff := cmp.Diff(tc.want, in.Stats()); diff != "" {
				t.Errorf("stats (-want +got):\n%s", diff)
			}
		})
	}
}

func TestReceiptTimesAreDistinct(t *testing.T) {
	const callers, calls = 8, 200
	sh := &shelf{}
	in := ingest.New(sh, ingest.Options{})
	var wg sync.WaitGroup
	for c := range callers {
		wg.Go(func() {
			for i := range calls {
				if r, err := in.Put(t.Context(), [][]byte{document(c*calls + i)}); err != nil || r != nil {
					t.Errorf("Put: %v, %v", r, err)
				}
			}
		})
	}
	wg.Wait()
	seen := map[int64]bool{}
	for _, b := range sh.batches {
		seen[b.Received] = true
	}
	if len(seen) != callers*calls {
		t.Errorf("%d distinct receipt times of %d batches", len(seen), callers*calls)
	}
	if got := in.Stats().Documents; got != callers*calls {
		t.Errorf("%d documents counted, want %d", got, callers*calls)
	}
}

type discard struct{}

func (discard) Append(context.Context, store.Batch) error { return nil }

func BenchmarkPut(b *testing.B) {
	in := ingest.New(discard{}, ingest.Options{})
	docs := make([][]byte, 50)
	bytes := 0
	for i := range docs {
		docs[i] = document(i)
		bytes += len(docs[i])
	}
	b.SetBytes(int64(bytes))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := in.Put(b.Context(), docs); err != nil {
			b.Fatal(err)
		}
	}
}

func TestPutEncodedRefusesOnlyWhatIsTooLarge(t *testing.T) {
	sh := &shelf{}
	in := ingest.New(sh, ingest.Options{MaxDocumentBytes: 200})
	large := []byte(`{"name":"` + strings.Repeat("x", 200) + `"}`)
	var docs []store.Document
	for i := range 4 {
		docs = append(docs, store.Document{TraceID: [16]byte{15: byte(i + 1)}, Raw: document(i)})
	}
	docs[0].Raw, docs[2].Raw = large, large
	got, err := in.PutEncoded(t.Context(), docs)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]int{0, 2}, got); diff != "" {
		t.Errorf("too large (-want +got):\n%s", diff)
	}
	want := []string{
		"1-00000000-000000000000000000000002 " + string(docs[1].Raw),
		"1-00000000-000000000000000000000004 " + string(docs[3].Raw),
	}
	if diff := cmp.Diff(want, sh.documents()); diff != "" {
		t.Errorf("stored (-want +got):\n%s", diff)
	}
	if s := in.Stats(); s.Documents != 2 || s.Rejected[segment.CodeInvalidSegment] != 2 || s.Batches != 1 {
		t.Errorf("counted %+v", s)
	}

	sh.err = problem.New(problem.Throttled, "busy")
	if _, err := in.PutEncoded(t.Context(), docs); problem.KindOf(err) != problem.Throttled {
		t.Errorf("got %v, want to be throttled", err)
	}
	if s := in.Stats(); s.Documents != 2 || s.Rejected[segment.CodeInvalidSegment] != 2 || s.Throttled != 2 {
		t.Errorf("counted %+v", s)
	}
	if got, err := in.PutEncoded(t.Context(), []store.Document{docs[0]}); err != nil || len(got) != 1 {
		t.Errorf("got %v, %v, want the only document refused and nothing stored", got, err)
	}
}
