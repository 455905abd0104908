package segment_test

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"reflect"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/radiograph/radiograph/segment"
	"github.com/radiograph/radiograph/traceid"
)

// drawSegment draws a processed segment: what Decode can return.
func drawSegment(t *rapid.T, outer *segment.Segment, depth int) *segment.Segment {
	s := &segment.Segment{
		ID:        drawEntity(t),
		Name:      rapid.StringN(1, 200, -1).Draw(t, "name"),
		StartTime: rapid.Int64Range(-1<<62, 1<<62).Draw(t, "start"),
		Error:     drawTri(t), Fault: drawTri(t), Throttle: drawTri(t),
		Namespace:   rapid.SampledFrom([]string{"", "remote", "local"}).Draw(t, "namespace"),
		Origin:      rapid.String().Draw(t, "origin"),
		User:        rapid.String().Draw(t, "user"),
		ResourceARN: rapid.String().Draw(t, "arn"),
		HTTP:        maybe(t, drawHTTP),
		AWS:         maybe(t, drawAWS),
		SQL:         maybe(t, drawSQL),
		Cause:       maybe(t, drawCause),
		Service:     drawRaw(t),
		Metadata:    drawRaw(t),
		Annotations: drawAnnotations(t),
	}
	if s.InProgress = rapid.Bool().Draw(t, "open"); !s.InProgress {
		s.EndTime = rapid.Int64Range(-1<<62, 1<<62).Draw(t, "end")
	}
	if outer == nil {
		s.TraceID[0], s.TraceID[15] = 1, rapid.Byte().Draw(t, "trace")
		s.Kind = rapid.SampledFrom([]segment.Kind{segment.KindSegment, segment.KindSubsegment}).Draw(t, "kind")
		if s.Kind == segment.KindSubsegment || rapid.Bool().Draw(t, "child") {
			s.ParentID = drawEntity(t)
		}
	} else {
		s.TraceID, s.ParentID, s.Kind = outer.TraceID, outer.ID, segment.KindSubsegment
	}
	for range rapid.IntRange(0, 2).Draw(t, "links") {
		s.Links = append(s.Links, segment.Link{TraceID: s.TraceID, ID: s.ID, Attributes: drawRaw(t)})
		s.Precursors = append(s.Precursors, s.ID)
	}
	if depth > 0 {
		for range rapid.IntRange(0, 3).Draw(t, "subsegments") {
			s.Subsegments = append(s.Subsegments, drawSegment(t, s, depth-1))
		}
	}
	return s
}

func maybe[T any](t *rapid.T, draw func(*rapid.T) T) *T {
	if !rapid.Bool().Draw(t, "there") {
		return nil
	}
	v := draw(t)
	return &v
}

func drawEntity(t *rapid.T) (id traceid.EntityID) {
	id[7] = rapid.ByteMin(1).Draw(t, "id")
	return id
}

func drawTri(t *rapid.T) segment.Tri {
	return rapid.SampledFrom([]segment.Tri{segment.Unset, segment.False, segment.True}).Draw(t, "flag")
}

func drawHTTP(t *rapid.T) segment.HTTP {
	h := segment.HTTP{
		HasRequest: true, Method: rapid.String().Draw(t, "method"), URL: rapid.String().Draw(t, "url"),
		UserAgent: rapid.String().Draw(t, "agent"), ClientIP: rapid.String().Draw(t, "ip"), XForwardedFor: drawTri(t),
	}
	if h.HasResponse = rapid.Bool().Draw(t, "response"); h.HasResponse {
		h.Status = int(rapid.Int32().Draw(t, "status"))
		if h.HasContentLength = rapid.Bool().Draw(t, "sized"); h.HasContentLength {
			h.ContentLength = max(rapid.Int64().Draw(t, "length"), -1<<63+1)
		}
	}
	return h
}

func drawAWS(t *rapid.T) segment.AWS {
	a := segment.AWS{Operation: rapid.String().Draw(t, "operation"), InstanceID: rapid.String().Draw(t, "instance")}
	raw, err := json.Marshal(map[string]any{"operation": a.Operation, "ec2": map[string]any{"instance_id": a.InstanceID}})
	if err != nil {
		t.Fatal(err)
	}
	a.Raw = raw
	return a
}

func drawSQL(t *rapid.T) segment.SQL {
	return segment.SQL{URL: rapid.String().Draw(t, "url"), SanitizedQuery: rapid.String().Draw(t, "query"), Preparation: "call"}
}

func drawCause(t *rapid.T) segment.Cause {
	if rapid.Bool().Draw(t, "reference") {
		return segment.Cause{Reference: id1, ReferenceObject: rapid.Bool().Draw(t, "object")}
	}
	c := segment.Cause{
		WorkingDirectory: rapid.String().Draw(t, "directory"),
		Paths:            rapid.SliceOfN(rapid.String(), 1, 3).Draw(t, "paths"),
	}
	for range rapid.IntRange(0, 3).Draw(t, "exceptions") {
		x := segment.Exception{
			ID: rapid.String().Draw(t, "id"), Message: rapid.String().Draw(t, "message"), Type: rapid.String().Draw(t, "type"),
			Remote: rapid.Bool().Draw(t, "remote"), Truncated: rapid.IntRange(0, 9).Draw(t, "truncated"), Skipped: rapid.IntRange(0, 9).Draw(t, "skipped"),
		}
		for range rapid.IntRange(0, 2).Draw(t, "frames") {
			x.Stack = append(x.Stack, segment.Frame{Path: rapid.String().Draw(t, "path"), Line: int(rapid.Int32().Draw(t, "line")), Label: rapid.String().Draw(t, "label")})
		}
		c.Exceptions = append(c.Exceptions, x)
	}
	return c
}

func drawAnnotations(t *rapid.T) (as []segment.Annotation) {
	keys := rapid.SliceOfNDistinct(rapid.StringMatching(`[A-Za-z0-9_.:]{1,8}`), 0, 40, rapid.ID[string]).Draw(t, "keys")
	for _, k := range keys {
		var v segment.Value
		switch v.Kind = rapid.SampledFrom([]segment.ValueKind{segment.StringValue, segment.NumberValue, segment.BooleanValue}).Draw(t, "kind"); v.Kind {
		case segment.StringValue:
			v.String = rapid.String().Draw(t, "string")
		case segment.NumberValue:
			v.Number = rapid.Float64().Draw(t, "number")
		case segment.BooleanValue:
			v.Bool = rapid.Bool().Draw(t, "bool")
		}
		as = append(as, segment.Annotation{Key: k, Value: v})
	}
	return as
}

// drawRaw draws a compact object of objects, or nothing.
func drawRaw(t *rapid.T) segment.Raw {
	m := rapid.MapOfN(rapid.String(), rapid.MapOf(rapid.String(), rapid.Float64()), 0, 3).Draw(t, "raw")
	if len(m) == 0 {
		return nil
	}
	raw, err := json.Marshal(m)
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

func TestEncodingRoundTrip(t *testing.T) {
	var d segment.Decoder
	rapid.Check(t, func(t *rapid.T) {
		want := drawSegment(t, nil, 2)
		doc := want.AppendJSON(nil)
		if !json.Valid(doc) || !utf8.Valid(doc) {
			t.Fatalf("invalid JSON: %s", doc)
		}
		d.Reset()
		got, err := d.Decode(doc)
		if err != nil {
			t.Fatalf("Decode(%s): %v", doc, err)
		}
		checkSame(t, doc, want, got)
		checkFixedPoint(t, doc, got)
		var spread bytes.Buffer
		if err := json.Indent(&spread, doc, " ", "\t"); err != nil {
			t.Fatal(err)
		}
		got, err = d.Decode(spread.Bytes())
		if err != nil {
			t.Fatalf("Decode(%s): %v", spread.Bytes(), err)
		}
		checkSame(t, spread.Bytes(), want, got)
	})
}

type failer interface {
	Fatalf(format string, args ...any)
}

// checkSame compares without go-cmp first, which is slow under the race detector.
func checkSame(t failer, doc []byte, want, got *segment.Segment) {
	if !reflect.DeepEqual(want, got) {
		t.Fatalf("%s (-want +got):\n%s", doc, cmp.Diff(want, got))
	}
}

// checkFixedPoint checks that the processed document of s decodes to the same.
func checkFixedPoint(t failer, doc []byte, s *segment.Segment) {
	once := s.AppendJSON(nil)
	if !json.Valid(once) || !utf8.Valid(once) {
		t.Fatalf("Decode(%q) gives invalid JSON: %q", doc, once)
	}
	again, err := segment.Decode(once)
	if err != nil {
		t.Fatalf("Decode(%q) gives %q, which is refused: %v", doc, once, err)
	}
	if twice := again.AppendJSON(nil); !bytes.Equal(once, twice) {
		t.Fatalf("Decode(%q) gives %q, and that %q", doc, once, twice)
	}
}

func TestDecoderDoesNotAllocate(t *testing.T) {
	docs := typical(20)
	names, err := filepath.Glob("testdata/sdk/*.json")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range names {
		doc, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		docs = append(docs, doc)
	}
	var d segment.Decoder
	if n := testing.AllocsPerRun(50, func() {
		d.Reset()
		for _, doc := range docs {
			if _, err := d.Decode(doc); err != nil {
				t.Fatalf("Decode(%s): %v", doc, err)
			}
		}
	}); n != 0 {
		t.Errorf("%v allocations in a used Decoder, want none", n)
	}
}

func TestDecoderKeepsResultsApart(t *testing.T) {
	var d segment.Decoder
	for round := range 3 {
		d.Reset()
		docs := typical(300 * (round + 1))
		var got []*segment.Segment
		for _, doc := range docs {
			s, err := d.Decode(doc)
			if err != nil {
				t.Fatal(err)
			}
			got = append(got, s)
		}
		for i, doc := range docs {
			checkSame(t, doc, decode(t, string(doc)), got[i])
		}
	}
}
