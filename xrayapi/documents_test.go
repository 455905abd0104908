package xrayapi

import (
	"encoding/json"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// scanDocuments returns copies of the documents of body.
func scanDocuments(body string) (docs []string, present bool, err error) {
	var l documentList
	present, err = l.scan([]byte(body))
	for _, d := range l.list {
		docs = append(docs, string(d))
	}
	return docs, present, err
}

func TestScanDocuments(t *testing.T) {
	for _, tc := range []struct {
		name, body string
		want       []string
		present    bool
		err        string
	}{
		{name: "no body", body: ""},
		{name: "empty object", body: " {} "},
		{name: "null list", body: `{"TraceSegmentDocuments":null}`},
		{name: "empty list", body: `{"TraceSegmentDocuments":[ ]}`, present: true},
		{name: "one document", body: `{"TraceSegmentDocuments":["{\"id\":\"a\"}"]}`, want: []string{`{"id":"a"}`}, present: true},
		{name: "white space everywhere", body: " {\n\"TraceSegmentDocuments\" :\t[ \"a\" ,\r\"b\" ] } ", want: []string{"a", "b"}, present: true},
		{name: "all short escapes", body: `{"TraceSegmentDocuments":["\"\\\/\b\f\n\r\t"]}`, want: []string{"\"\\/\b\f\n\r\t"}, present: true},
		{name: "unicode escapes", body: `{"TraceSegmentDocuments":["\u00e9\u20AC\ud83d\ude00"]}`, want: []string{"é€😀"}, present: true},
		{name: "half a surrogate pair", body: `{"TraceSegmentDocuments":["\ud83dx\ude00"]}`, want: []string{"\ufffdx\ufffd"}, present: true},
		{name: "high surrogate twice", body: `{"TraceSegmentDocuments":["\ud83d\ud83d\ude00"]}`, want: []string{"\ufffd😀"}, present: true},
		{name: "escaped member name", body: `{"TraceSegment\u0044ocuments":["a"]}`, want: []string{"a"}, present: true},
		{name: "unknown members are skipped", body: `{"x":{"y":[1,"]"]},"TraceSegmentDocuments":["a"],"z":"}"}`, want: []string{"a"}, present: true},
		{name: "the last of repeated members counts", body: `{"TraceSegmentDocuments":["a","b"],"TraceSegmentDocuments":["c"]}`, want: []string{"c"}, present: true},
		{name: "null document", body: `{"TraceSegmentDocuments":["a",null]}`, want: []string{"a", "null"}, present: true},
		{name: "not an object", body: `["a"]`, err: `offset 0: '[' instead of an object`},
		{name: "documents are an object", body: `{"TraceSegmentDocuments":{}}`, err: "TraceSegmentDocuments is not a list of texts"},
		{name: "document is a number", body: `{"TraceSegmentDocuments":[1]}`, err: "TraceSegmentDocuments is not a list of texts"},
		{name: "trailing comma", body: `{"TraceSegmentDocuments":["a",]}`, err: "TraceSegmentDocuments is not a list of texts"},
		{name: "list goes on after its end", body: `{"TraceSegmentDocuments":["a",]"b"]}`, err: "TraceSegmentDocuments is not a list of texts"},
		{name: "no comma", body: `{"TraceSegmentDocuments":["a" "b"]}`, err: `offset 30: '"' instead of a comma or the end of the list`},
		{name: "unknown escape", body: `{"TraceSegmentDocuments":["\x"]}`, err: "offset 27: invalid escape sequence in a text"},
		{name: "short unicode escape", body: `{"TraceSegmentDocuments":["\u12"]}`, err: "offset 27: invalid escape sequence in a text"},
		{name: "control character", body: "{\"TraceSegmentDocuments\":[\"a\nb\"]}", err: "offset 28: control character in a text"},
		{name: "ends in a text", body: `{"TraceSegmentDocuments":["a`, err: "the body ends inside a text"},
		{name: "ends in an escape", body: `{"TraceSegmentDocuments":["a\`, err: "offset 28: invalid escape sequence in a text"},
		{name: "ends in the list", body: `{"TraceSegmentDocuments":["a"`, err: "the body ends where a comma or the end of the list should be"},
		{name: "trailing data", body: `{"TraceSegmentDocuments":["a"]} x`, err: `offset 32: 'x' instead of the end`},
	} {
		t.Run(tc.name, func(t *testing.T) {
			got, present, err := scanDocuments(tc.body)
			if tc.err != "" {
				if err == nil || err.Error() != tc.err {
					t.Fatalf("scan(%s): error %v, want %q", tc.body, err, tc.err)
				}
				return
			}
			if err != nil || present != tc.present {
				t.Fatalf("scan(%s): present %v, error %v; want present %v", tc.body, present, err, tc.present)
			}
			if diff := cmp.Diff(tc.want, got); diff != "" {
				t.Errorf("scan(%s): documents (-want +got):\n%s", tc.body, diff)
			}
		})
	}
}

// Whatever texts are encoded come out again.
func TestScanDocumentsReadsWhatIsEncoded(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		docs := rapid.SliceOfN(rapid.String(), 1, 5).Draw(rt, "documents")
		body, err := json.Marshal(map[string]any{"TraceSegmentDocuments": docs, "Other": rapid.String().Draw(rt, "other")})
		if err != nil {
			rt.Fatal(err)
		}
		got, _, err := scanDocuments(string(body))
		if err != nil {
			rt.Fatalf("scan(%s): %v", body, err)
		}
		for i := range docs {
			docs[i] = strings.ToValidUTF8(docs[i], "\ufffd")
		}
		if diff := cmp.Diff(docs, got); diff != "" {
			rt.Fatalf("scan(%s): documents (-want +got):\n%s", body, diff)
		}
	})
}

// FuzzPutTraceSegments compares the scanner with encoding/json.
func FuzzPutTraceSegments(f *testing.F) {
	for _, seed := range []string{
		``, `{}`, `{"TraceSegmentDocuments":null}`, `{"TraceSegmentDocuments":[]}`,
		`{"TraceSegmentDocuments":["{\"id\":\"1\",\"name\":\"a\\\"b\"}","\u00e9\ud83d\ude00\ud83d"]}`,
		`{"x":[{"y":1e9}],"TraceSegmentDocuments":["a",null],"TraceSegmentDocuments":["b"]}`,
		`{"TraceSegmentDocuments":["a",]}`, `{"TraceSegmentDocuments":{}}`, "{\"TraceSegmentDocuments\":[\"\x01\"]}",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, body string) {
		got, present, err := scanDocuments(body)
		if !utf8.ValidString(body) {
			return // passed through as it is, where encoding/json replaces it
		}
		members := map[string]json.RawMessage{}
		wantErr := json.Unmarshal([]byte(body), &members)
		if strings.TrimSpace(body) == "" || strings.TrimSpace(body) == "null" {
			return
		}
		var want []*string
		if wantErr == nil {
			wantErr = json.Unmarshal(orNullJSON(members["TraceSegmentDocuments"]), &want)
		}
		if (err == nil) != (wantErr == nil) {
			// Of repeated members the scanner looks at each, the map at the last.
			if strings.Count(body, "TraceSegmentDocuments") > 1 || strings.Contains(body, `\u`) {
				return
			}
			t.Fatalf("scan(%q): error %v, encoding/json: %v", body, err, wantErr)
		}
		if err != nil {
			return
		}
		if present != (want != nil) || len(got) != len(want) {
			t.Fatalf("scan(%q): present %v, %q; encoding/json: %v", body, present, got, want)
		}
		for i := range want {
			if want[i] != nil && *want[i] != got[i] {
				t.Fatalf("scan(%q): document %d is %q, encoding/json: %q", body, i, got[i], *want[i])
			}
		}
	})
}

func orNullJSON(m json.RawMessage) json.RawMessage {
	if m == nil {
		return json.RawMessage("null")
	}
	return m
}
