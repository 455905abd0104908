package otlp_test

import (
	"encoding/json"
	"testing"

	"pgregory.net/rapid"

	"github.com/radiograph/radiograph/otlp"
	"github.com/radiograph/radiograph/segment"
	"github.com/radiograph/radiograph/segment/segmenttest"
)

// TestSegmentsSurvive takes segments through spans and back: they are the same
// segments, and the same spans again.
func TestSegmentsSurvive(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		drawn := segmenttest.Draw(t, segmenttest.Options{DistinctIDs: true, Calls: true})
		provoke(t, drawn)
		doc := drawn.AppendDocument(nil)
		want := decode(t, [][]byte{doc})[0]
		c := rapid.SampledFrom([]otlp.Conventions{otlp.CurrentConventions, otlp.OldConventions}).Draw(t, "conventions")
		td := build(otlp.NewBuilder(c), want)
		docs := encode(t, otlp.NewEncoder(otlp.Options{}), td)
		if len(docs) != 1 {
			t.Fatalf("%d documents, want one: %s", len(docs), docs)
		}
		sameJSON(t, want.AppendDocument(nil), docs[0])
		sameSpans(t, td, build(otlp.NewBuilder(c), decode(t, docs)...), docs)
	})
}

// provoke gives s what is hard to tell from something else.
func provoke(t *rapid.T, s *segment.Segment) {
	if rapid.Bool().Draw(t, "provoke") {
		keys := rapid.SliceOfNDistinct(rapid.SampledFrom([]string{
			"http.method", "http.url", "db.name", "aws.xray.fault", "aws.xray.annotations", "aws.xray.metadata.x", "enduser.id", "aws.operation", "rpc.method", "service.name",
		}), 0, 4, rapid.ID[string]).Draw(t, "reserved")
		for _, k := range keys {
			s.Annotations = append(s.Annotations, segment.Annotation{Key: k, Value: segment.Value{Kind: segment.NumberValue, Number: 1}})
		}
		m := map[string]any{}
		for _, ns := range rapid.SliceOfN(rapid.SampledFrom([]string{"default", "otlp", "", "é", "debug"}), 0, 4).Draw(t, "namespaces") {
			m[ns] = rapid.SampledFrom([]any{
				map[string]any{}, map[string]any{"a": nil, "b": []any{1, "<>&", map[string]any{}}}, map[string]any{"otel.resource.x": 1}, map[string]any{"version": 2},
			}).Draw(t, "metadata")
		}
		if len(m) > 0 {
			raw, err := json.Marshal(m)
			if err != nil {
				t.Fatal(err)
			}
			s.Metadata = raw
		}
		s.Traced = rapid.Bool().Draw(t, "traced")
		if s.SQL != nil {
			s.SQL.URL = rapid.SampledFrom([]string{
				"", "x", "/", "//", "jdbc:postgresql://db:5432/shop", "jdbc:mysql://db/shop?useSSL=1", "shop", "a/b/", "h/?q", "/x", "?", "u:p@h:1/d",
			}).Draw(t, "sql url")
			s.SQL.DatabaseType = rapid.SampledFrom([]string{"", "PostgreSQL"}).Draw(t, "type")
			s.SQL.User = rapid.SampledFrom([]string{"", "u"}).Draw(t, "sql user")
			if rapid.Bool().Draw(t, "bare") {
				*s.SQL = segment.SQL{}
			}
		}
		if s.HTTP != nil && rapid.Bool().Draw(t, "bare http") {
			*s.HTTP = segment.HTTP{HasRequest: rapid.Bool().Draw(t, "request"), HasResponse: rapid.Bool().Draw(t, "response")}
		}
		if s.Cause != nil && s.Cause.Reference == "" && rapid.Bool().Draw(t, "bare cause") {
			*s.Cause = segment.Cause{}
		}
	}
	for _, sub := range s.Subsegments {
		provoke(t, sub)
	}
}
