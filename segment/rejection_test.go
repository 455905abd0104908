package segment_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/radiograph/radiograph/segment"
)

const (
	id1   = `5f1e0a9b3c7d2e44`
	id2   = `5f1e0a9b3c7d2e45`
	id3   = `5f1e0a9b3c7d2e46`
	trace = `1-68f0c2a1-9b1d4e0f7a6c5b4d3e2f1a00`
)

// root returns a good segment's document with more members.
func root(members string) string {
	doc := `{"id":"` + id1 + `","name":"a","trace_id":"` + trace + `","start_time":1,"end_time":2`
	if members != "" {
		doc += "," + members
	}
	return doc + "}"
}

// with returns a good segment's document with one embedded subsegment.
func with(sub string) string { return root(`"subsegments":[` + sub + `]`) }

func reject(t *testing.T, doc string) *segment.Rejection {
	t.Helper()
	s, err := segment.Decode([]byte(doc))
	if err == nil {
		t.Fatalf("Decode(%s) = %s, want a rejection", doc, s.AppendJSON(nil))
	}
	r, ok := errors.AsType[*segment.Rejection](err)
	if !ok {
		t.Fatalf("Decode(%s): %T %v, want a rejection", doc, err, err)
	}
	return r
}

func TestRejections(t *testing.T) {
	const none = "<nil>"
	for _, tc := range []struct{ name, doc, code, id, message string }{
		{"empty", ``, "ParseError", none, "Invalid segment. ErrorCode: ParseError"},
		{"cut object", `{`, "ParseError", none, "Invalid segment. ErrorCode: ParseError"},
		{"cut late", root("")[:80], "ParseError", none, "Invalid segment. ErrorCode: ParseError"},
		{"trailing data", root("") + "x", "ParseError", none, "Invalid segment. ErrorCode: ParseError"},
		{"two documents", root("") + root(""), "ParseError", none, "Invalid segment. ErrorCode: ParseError"},
		{"array", `[]`, "ParseError", none, "Invalid entity. ErrorCode: ParseError"},
		{"array of good ones", `[` + root("") + `]`, "ParseError", none, "Invalid entity. ErrorCode: ParseError"},
		{"two numbers", `00`, "ParseError", none, "Invalid segment. ErrorCode: ParseError"},
		{"null", `null`, "ParseError", none, "Invalid entity. ErrorCode: ParseError"},
		{"syntax before everything else", `{"id":"x","type":"y",}`, "ParseError", none, "Invalid segment. ErrorCode: ParseError"},
		{"child null", with(`null`), "ParseError", id1, "Invalid entity. ErrorCode: ParseError"},
		{"child array", with(`[]`), "ParseError", id1, "Invalid entity. ErrorCode: ParseError"},

		{"unknown type", root(`"type":"span"`), "UnknownType", id1, "Invalid segment. ErrorCode: UnknownType"},
		{"unknown type before missing id", `{"type":"span"}`, "UnknownType", none, "Invalid segment. ErrorCode: UnknownType"},
		{"missing id", `{}`, "MissingId", none, "Invalid segment. ErrorCode: MissingId"},
		{"null id", `{"id":null}`, "MissingId", none, "Invalid segment. ErrorCode: MissingId"},
		{"numeric id", `{"id":5}`, "MissingId", none, "Invalid segment. ErrorCode: MissingId"},
		{"empty id", `{"id":""}`, "MissingId", "", "Invalid segment. ErrorCode: MissingId"},
		{"short id", `{"id":"5f1e"}`, "InvalidId", "5f1e", "Invalid segment. ErrorCode: InvalidId"},
		{"id of zeros", `{"id":"0000000000000000"}`, "InvalidId", "0000000000000000", "Invalid segment. ErrorCode: InvalidId"},
		{"escaped id", `{"id":"\u0041"}`, "InvalidId", "A", "Invalid segment. ErrorCode: InvalidId"},
		{"missing name", `{"id":"` + id1 + `"}`, "MissingName", id1, "Invalid segment. ErrorCode: MissingName"},
		{"empty name", `{"id":"` + id1 + `","name":""}`, "MissingName", id1, "Invalid segment. ErrorCode: MissingName"},
		{"missing trace id", `{"id":"` + id1 + `","name":"a"}`, "MissingTraceId", id1, "Invalid segment. ErrorCode: MissingTraceId"},
		{"invalid trace id", `{"id":"` + id1 + `","name":"a","trace_id":"1-2-3"}`, "InvalidTraceId", id1, "Invalid segment. ErrorCode: InvalidTraceId"},
		{"missing start", root(`"start_time":null`), "MissingStartTime", id1, "Invalid segment. ErrorCode: MissingStartTime"},
		{"start as text", root(`"start_time":"1"`), "MissingStartTime", id1, "Invalid segment. ErrorCode: MissingStartTime"},
		{"start in milliseconds", root(`"start_time":1760608929125`), "MissingStartTime", id1, "Invalid segment. ErrorCode: MissingStartTime"},
		{"open and ended", root(`"in_progress":true`), "InProgressSegmentHasEndTime", id1, "Invalid segment. ErrorCode: InProgressSegmentHasEndTime"},
		{"open and ended subsegment", root(`"in_progress":true,"type":"subsegment"`), "InProgressSubsegmentHasEndTime", id1, "Invalid subsegment. ErrorCode: InProgressSubsegmentHasEndTime, Cause: null"},
		{"neither open nor ended", root(`"end_time":null`), "MissingEndTime", id1, "Invalid segment. ErrorCode: MissingEndTime"},
		{"not open and not ended", root(`"end_time":null,"in_progress":false`), "MissingEndTime", id1, "Invalid segment. ErrorCode: MissingEndTime"},
		{"subsegment without parent", root(`"type":"subsegment"`), "MissingParentId", id1, "Invalid subsegment. ErrorCode: MissingParentId, Cause: null"},
		{"subsegment with wrong parent", root(`"type":"subsegment","parent_id":"x"`), "InvalidParentId", id1, "Invalid subsegment. ErrorCode: InvalidParentId, Cause: null"},
		{"segment with wrong parent", root(`"parent_id":"x"`), "InvalidParentId", id1, "Invalid segment. ErrorCode: InvalidParentId"},

		{"child without id", with(`{}`), "MissingId", id1, "Invalid subsegment. ErrorCode: MissingId, Cause: null"},
		{"child with invalid id", with(`{"id":"x"}`), "InvalidId", id1, "Invalid subsegment. ErrorCode: InvalidId, Cause: null"},
		{"child without name", with(`{"id":"` + id2 + `"}`), "MissingName", id1, "Invalid subsegment. ErrorCode: MissingName, Cause: null"},
		{"child without start", with(`{"id":"` + id2 + `","name":"b"}`), "MissingStartTime", id1, "Invalid subsegment. ErrorCode: MissingStartTime, Cause: null"},
		{"child without end", with(`{"id":"` + id2 + `","name":"b","start_time":1}`), "MissingEndTime", id1, "Invalid subsegment. ErrorCode: MissingEndTime, Cause: null"},
		{"child open and ended", with(`{"id":"` + id2 + `","name":"b","start_time":1,"end_time":1,"in_progress":true}`), "InProgressSubsegmentHasEndTime", id1, "Invalid subsegment. ErrorCode: InProgressSubsegmentHasEndTime, Cause: null"},
		{"grandchild", with(`{"id":"` + id2 + `","name":"b","start_time":1,"end_time":1,"subsegments":[{"id":"x"}]}`), "InvalidId", id1, "Invalid subsegment. ErrorCode: InvalidId, Cause: null"},

		{"parent before child, whatever comes first", `{"subsegments":[{}],"id":"` + id1 + `"}`, "MissingName", id1, "Invalid segment. ErrorCode: MissingName"},
		{"first child first", with(`{"id":"` + id2 + `"},{},null`), "MissingName", id1, "Invalid subsegment. ErrorCode: MissingName, Cause: null"},
		{"child before its siblings, with its own", with(`{"id":"` + id2 + `","name":"b","start_time":1,"end_time":1,"subsegments":[null]},{}`), "ParseError", id1, "Invalid entity. ErrorCode: ParseError"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			got := reject(t, tc.doc)
			want := &segment.Rejection{Code: tc.code, Message: tc.message}
			if tc.id != none {
				want.ID = &tc.id
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("Decode(%s) (-want +got):\n%s", tc.doc, diff)
			}
			if got.Error() != tc.message {
				t.Errorf("Decode(%s): %v, want %v", tc.doc, got, tc.message)
			}
		})
	}
}

func TestSyntax(t *testing.T) {
	for _, member := range []string{
		`"a"`, `"a":`, `"a":,"b":1`, `a:1`, `"a" 1`, `"a":1 "b":2`, `1:2`, `,`, `"a":1,`,
		`"a":tru`, `"a":nul`, `"a":False`, `"a":NaN`, `"a":Infinity`, `"a":undefined`,
		`"a":01`, `"a":+1`, `"a":1.`, `"a":.5`, `"a":-`, `"a":1e`, `"a":1e+`, `"a":0x1`,
		`"a":"\x"`, `"a":"\u12"`, `"a":"\u12g4"`, `"a":"` + "\n" + `"`, `"a":"` + "\x00" + `"`, `"a":"b`, `"a":"\`,
		`"a":[1`, `"a":[1,]`, `"a":[,1]`, `"a":[1 2]`, `"a":{`, `"a":{"b"}`, `"a":{"b":1,}`, `"a":[}`, `"a":{]`,
		`"metadata":{"a":{"b":}}`, `"annotations":{"a":"b}`, `"aws":{"operation":"x"`, `"http":{"request":{"method":GET}}`,
		"\x00", "/**/", "'a':1",
	} {
		if r := reject(t, root(member)); r.Code != segment.CodeParseError || r.ID != nil {
			t.Errorf("Decode with %q: %v, want a ParseError without id", member, r)
		}
	}
}

func TestDepth(t *testing.T) {
	nested := func(n int) string { return strings.Repeat("[", n) + strings.Repeat("]", n) }
	family := func(n int) string {
		const sub = `{"id":"` + id2 + `","name":"b","start_time":1,"end_time":1`
		return strings.Repeat(sub+`,"subsegments":[`, n-1) + sub + "}" + strings.Repeat("]}", n-1)
	}
	for _, tc := range []struct {
		name, doc string
		ok        bool
	}{
		{"values in limits", root(`"x":` + nested(999)), true},
		{"values too deep", root(`"x":` + nested(1000)), false},
		{"values absurdly deep", root(`"x":` + strings.Repeat(`{"a":[`, 1e6)), false},
		{"metadata in limits", root(`"metadata":{"a":{"b":` + nested(997) + `}}`), true},
		{"metadata too deep", root(`"metadata":{"a":{"b":` + nested(998) + `}}`), false},
		{"subsegments in limits", with(family(499)), true},
		{"subsegments too deep", with(family(500)), false},
	} {
		t.Run(tc.name, func(t *testing.T) {
			if !tc.ok {
				if r := reject(t, tc.doc); r.Code != segment.CodeParseError {
					t.Errorf("got %v, want a ParseError", r)
				}
				return
			}
			if _, err := segment.Decode([]byte(tc.doc)); err != nil {
				t.Errorf("got %v", err)
			}
		})
	}
}

func TestRejectionOutlivesTheDocument(t *testing.T) {
	doc := []byte(`{"id":"` + id1 + `"}`)
	_, err := segment.Decode(doc)
	clear(doc)
	r, ok := errors.AsType[*segment.Rejection](err)
	if !ok || r.ID == nil || *r.ID != id1 {
		t.Errorf("rejection %v changed with the document", err)
	}
}
