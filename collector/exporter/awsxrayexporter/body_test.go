package awsxrayexporter

import (
	"bytes"
	"encoding/json"
	"io"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/klauspost/compress/gzip"
	"pgregory.net/rapid"

	"github.com/radiograph/radiograph/otlp"
)

func rawDocuments(raw ...string) []otlp.Document {
	docs := make([]otlp.Document, len(raw))
	for i, r := range raw {
		docs[i] = otlp.Document{Raw: []byte(r), Spans: []otlp.SpanIndex{{Span: i}}}
	}
	return docs
}

// What a request holds is what a JSON decoder finds in it.
func TestRequestHoldsItsDocuments(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		want := rapid.SliceOf(rapid.OneOf(rapid.String(), rapid.StringMatching(`\{"[a-z\\"]{0,20}":"[\x00-\x7f]{0,40}"\}`))).Draw(t, "documents")
		text := appendRequest(nil, rawDocuments(want...))
		var got struct{ TraceSegmentDocuments []string }
		if err := json.Unmarshal(text, &got); err != nil {
			t.Fatalf("%s: %v", text, err)
		}
		if !slices.Equal(got.TraceSegmentDocuments, want) {
			t.Errorf("got %q, want %q", got.TraceSegmentDocuments, want)
		}
	})
}

func TestPack(t *testing.T) {
	cfg := &Config{MaxDocuments: 3, MaxDocumentBytes: 20, MaxRequestBytes: len(bodyStart) + len(bodyEnd) + 40}
	doc := func(n int) string { return strings.Repeat("x", n) } // n+3 bytes in the request
	for _, tc := range []struct {
		name string
		docs []int // their sizes
		want string
	}{
		{"none", nil, ""},
		{"one", []int{5}, "5"},
		{"by count", []int{1, 1, 1, 1, 1, 1, 1}, "1,1,1 1,1,1 1"},
		{"by bytes", []int{17, 17, 17}, "17,17 17"},
		{"up to the last byte", []int{20, 14, 1}, "20,14 1"},
		{"one byte more", []int{20, 15, 1}, "20 15,1"},
		{"too large ones alone", []int{1, 21, 1, 99, 99}, "1 21 1 99 99"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			var raw []string
			for _, n := range tc.docs {
				raw = append(raw, doc(n))
			}
			var got []string
			for group := range pack(rawDocuments(raw...), cfg) {
				var sizes []string
				for _, d := range group {
					sizes = append(sizes, strconv.Itoa(len(d.Raw)))
				}
				got = append(got, strings.Join(sizes, ","))
			}
			if s := strings.Join(got, " "); s != tc.want {
				t.Errorf("got %q, want %q", s, tc.want)
			}
		})
	}
}

// Whatever comes, all documents are sent in their order, and the limits hold.
func TestPackKeepsLimits(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		cfg := &Config{
			MaxDocuments:     rapid.IntRange(1, 5).Draw(t, "documents"),
			MaxDocumentBytes: rapid.IntRange(0, 50).Draw(t, "document bytes"),
			MaxRequestBytes:  rapid.IntRange(1, 200).Draw(t, "request bytes"),
		}
		docs := rawDocuments(rapid.SliceOf(rapid.StringMatching(`[a"\\]{0,60}`)).Draw(t, "raw")...)
		var all []otlp.Document
		for group := range pack(docs, cfg) {
			if len(group) == 0 || len(group) > cfg.MaxDocuments {
				t.Fatalf("a group of %d", len(group))
			}
			if n := len(appendRequest(nil, group)); len(group) > 1 && n > cfg.MaxRequestBytes {
				t.Fatalf("%d documents in %d bytes, limit %d", len(group), n, cfg.MaxRequestBytes)
			}
			all = append(all, group...)
		}
		if d := cmp.Diff(docs, all); len(docs) > 0 && d != "" {
			t.Fatal(d)
		}
	})
}

func TestPackStops(t *testing.T) {
	for range pack(rawDocuments("1", "2", "3"), &Config{MaxDocuments: 1, MaxRequestBytes: 100}) {
		break
	}
}

func TestBodyIsKeptWhileRead(t *testing.T) {
	b := newBody()
	b.b = append(b.b, "content"...)
	first, second := b.reader(), b.reader()
	b.release()
	if err := first.Close(); err != nil {
		t.Fatal(err)
	}
	if err := first.Close(); err != nil { // transports may close twice
		t.Fatal(err)
	}
	if n := b.uses.Load(); n != 1 {
		t.Errorf("%d uses left, want the second reader's", n)
	}
	if got, err := io.ReadAll(second); err != nil || string(got) != "content" {
		t.Errorf("got %q, %v", got, err)
	}
	if err := second.Close(); err != nil {
		t.Fatal(err)
	}
	if n := b.uses.Load(); n != 0 {
		t.Errorf("%d uses left", n)
	}
}

func TestCompress(t *testing.T) {
	b := newBody()
	b.b = append(b.b, strings.Repeat("content ", 1000)...)
	want := string(b.b)
	z := b.compress()
	defer z.release()
	r, err := gzip.NewReader(bytes.NewReader(z.b))
	if err != nil {
		t.Fatal(err)
	}
	got, err := io.ReadAll(r)
	if err != nil || string(got) != want || len(z.b) > len(want)/10 {
		t.Errorf("%d bytes of %d in %d, %v", len(got), len(want), len(z.b), err)
	}
}
