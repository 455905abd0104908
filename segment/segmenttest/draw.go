// Package segmenttest draws segments for property tests.
package segmenttest

import (
	"encoding/binary"
	"encoding/json"

	"pgregory.net/rapid"

	"github.com/radiograph/radiograph/segment"
	"github.com/radiograph/radiograph/traceid"
)

// Options say what Draw draws. The zero Options are good.
type Options struct {
	// DistinctIDs makes the ids in a document differ.
	DistinctIDs bool
	// Calls adds calls to AWS and fuller objects.
	Calls bool
}

// Draw draws a processed segment with subsegments: what segment.Decode can return.
func Draw(t *rapid.T, opts Options) *segment.Segment {
	d := drawing{Options: opts}
	return d.segment(t, nil, 2)
}

// drawing is one call of Draw.
type drawing struct {
	Options
	ids uint64 // handed out
}

func (d *drawing) segment(t *rapid.T, outer *segment.Segment, depth int) *segment.Segment {
	s := &segment.Segment{
		ID:        d.entity(t),
		Name:      rapid.StringN(1, 200, -1).Draw(t, "name"),
		StartTime: rapid.Int64Range(-1<<62, 1<<62).Draw(t, "start"),
		Error:     drawTri(t), Fault: drawTri(t), Throttle: drawTri(t),
		Namespace:   rapid.SampledFrom(d.namespaces()).Draw(t, "namespace"),
		Origin:      rapid.String().Draw(t, "origin"),
		User:        rapid.String().Draw(t, "user"),
		ResourceARN: rapid.String().Draw(t, "arn"),
		HTTP:        maybe(t, drawHTTP),
		AWS:         maybe(t, d.aws),
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
			s.Subsegments = append(s.Subsegments, d.segment(t, s, depth-1))
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

// entity draws an id.
func (d *drawing) entity(t *rapid.T) (id traceid.EntityID) {
	if !d.DistinctIDs {
		return drawEntity(t)
	}
	d.ids++
	binary.BigEndian.PutUint64(id[:], d.ids<<8)
	return id
}

func (d *drawing) namespaces() []string {
	if d.Calls {
		return []string{"", "remote", "aws", "local", "odd"}
	}
	return []string{"", "remote", "local"}
}

// aws draws an object "aws": a small one, or one with everything.
func (d *drawing) aws(t *rapid.T) segment.AWS {
	if !d.Calls {
		return drawAWS(t)
	}
	m := map[string]any{}
	add := func(to map[string]any, draw func() any, names ...string) {
		for _, name := range names {
			if rapid.Bool().Draw(t, name) {
				to[name] = draw()
			}
		}
	}
	text := func() any {
		return rapid.SampledFrom([]any{"", "x", "é", "arn:aws:logs:a:1:log-group:/g", "X-Ray for Go", "1"}).Draw(t, "text")
	}
	scalar := func() any { return rapid.SampledFrom([]any{"y", 7, true, 1.5, []any{"a", 1}}).Draw(t, "value") }
	add(m, text, "operation", "account_id", "region", "request_id", "table_name", "bucket_name", "queue_url", "topic_arn", "function_name", "key", "id_2", "function_arn")
	add(m, scalar, "retries", "table_names", "region", "made up")
	block := func(name string, names ...string) {
		if rapid.Bool().Draw(t, name) {
			b := map[string]any{}
			add(b, text, names...)
			add(b, scalar, names[0], "deployment_id", "auto_instrumentation", "other")
			m[name] = b
		}
	}
	block("ec2", "instance_id", "availability_zone", "instance_size", "ami_id")
	block("ecs", "container", "container_id", "container_arn", "task_arn", "task_family", "cluster_arn", "availability_zone", "launch_type")
	block("eks", "cluster_name", "pod", "container_id")
	block("elastic_beanstalk", "environment_name", "version_label")
	block("xray", "sdk", "sdk_version", "package")
	if rapid.Bool().Draw(t, "logs") {
		m["cloudwatch_logs"] = []any{map[string]any{"log_group": text(), "arn": text()}, map[string]any{"log_group": text()}, scalar()}
	}
	raw, err := json.Marshal(m)
	if err != nil {
		t.Fatal(err)
	}
	return segment.AWS{Raw: raw}
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
		return segment.Cause{Reference: "00000000000000a1", ReferenceObject: rapid.Bool().Draw(t, "object")}
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
