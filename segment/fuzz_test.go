package segment_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/radiograph/radiograph/segment"
)

func FuzzDecode(f *testing.F) {
	names, err := filepath.Glob("testdata/sdk/*.json")
	if err != nil {
		f.Fatal(err)
	}
	for _, name := range names {
		doc, err := os.ReadFile(name)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(doc)
	}
	for _, doc := range []string{
		``, `{`, `[]`, `null`, root(""), with(`null`), with(`{"id":"x"}`), root(`"user":"\ud83d\ude00\ud83d"`), root("\"user\":\"\xff\""),
		root(`"start_time":1.478293361271E9,"annotations":{"a":1e400,"a b":1,"a":"x"}`),
		root(`"metadata": {"a": {"b" : [ 1, {} ]}, "c": 5}, "aws": {"resource_names": [], "x": " "}`),
		root(`"type":"subsegment","namespace":"aws","name":"amazon sqs","parent_id":"` + id2 + `","aws":{"operation":"x","queue_url":"q"}`),
		root(`"cause":{"id":"` + id2 + `"},"links":[{"trace_id":"` + trace + `","id":"` + id2 + `","attributes":{"k":"\u0000"}}]`),
	} {
		f.Add([]byte(doc))
	}
	var used segment.Decoder
	f.Fuzz(func(t *testing.T, doc []byte) {
		before := bytes.Clone(doc)
		s, err := segment.Decode(doc)
		used.Reset()
		if r := used.RejectTooLarge(doc); r.Code != segment.CodeInvalidSegment {
			t.Fatalf("RejectTooLarge(%q) = %v", doc, r)
		}
		used.Reset()
		again, againErr := used.Decode(doc)
		if !bytes.Equal(doc, before) {
			t.Fatalf("Decode(%q) changed the document", before)
		}
		checkSame(t, doc, s, again)
		if diff := cmp.Diff(err, againErr); diff != "" {
			t.Fatalf("a used Decoder differs on %q:\n%s", doc, diff)
		}
		if err == nil {
			if !json.Valid(doc) {
				t.Fatalf("Decode(%q) accepts what is no JSON", doc)
			}
			checkFixedPoint(t, doc, s)
			return
		}
		r, ok := errors.AsType[*segment.Rejection](err)
		if !ok {
			t.Fatalf("Decode(%q): %v", doc, err)
		}
		syntax := r.Code == segment.CodeParseError && r.Message == "Invalid segment. ErrorCode: ParseError"
		if syntax == json.Valid(doc) && bytes.Count(doc, []byte("["))+bytes.Count(doc, []byte("{")) < 1000 {
			t.Fatalf("Decode(%q): %v, but valid JSON is %v", doc, r, !syntax)
		}
	})
}
