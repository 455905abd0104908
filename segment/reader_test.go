package segment_test

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/radiograph/radiograph/segment"
)

func TestReader(t *testing.T) {
	var r segment.Reader
	r.Reset([]byte(` {"s":"a\"b","n":-7.9,"b":true,"list":[1,"x"],"raw":{"k":[null]},"skipped":{},"big":1e400,"none":null} `))
	var got []string
	note := func(v any) {
		text, err := json.Marshal(v)
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, r.Key()+"="+string(text))
	}
	for ok := r.Object(); ok; ok = r.Member() {
		switch r.Key() {
		case "s":
			note(r.String())
		case "n":
			n, _ := r.Integer()
			note(n)
		case "b":
			note(r.Flag() == segment.True)
		case "list":
			var list []string
			for ok := r.Array(); ok; ok = r.Element() {
				if s, isText := r.Text(); isText {
					list = append(list, s)
				}
			}
			note(list)
		case "raw":
			if !r.Begins(`{"k"`) || r.Begins(`{"l"`) {
				t.Error("Begins does not see what is there")
			}
			note(string(r.Raw()))
		case "big":
			note(string(r.Number()))
		case "none":
			note(string([]byte{r.Peek()}))
			r.Skip()
		default:
			r.Skip()
		}
	}
	want := `s="a\"b" n=-7 b=true list=["x"] raw="{\"k\":[null]}" big="1e400" none="n"`
	if text := strings.Join(got, " "); text != want || !r.OK() {
		t.Errorf("got %s, want %s, OK() = %t", text, want, r.OK())
	}
}

func TestReaderStopsAtAnError(t *testing.T) {
	var r segment.Reader
	for _, text := range []string{``, `{`, `{"a"`, `{"a":`, `{"a":1`, `{"a":1,`, `{"a":}`, `{"a":tru}`} {
		r.Reset([]byte(text))
		n := 0
		for ok := r.Object(); ok; ok = r.Member() {
			if raw := r.Raw(); raw == nil && r.OK() {
				t.Errorf("%s: no text and no error", text)
			}
			if n++; n > 2 {
				t.Fatalf("%s: reading does not end", text)
			}
		}
		if r.OK() {
			t.Errorf("%s: OK", text)
		}
	}
}

func TestAppendDocument(t *testing.T) {
	doc := `{"id":"00000000000000a1","name":"S3","start_time":1,"trace_id":"1-68f0c2a1-9b1d4e0f7a6c5b4d3e2f1a09","end_time":2,"parent_id":"00000000000000a2","type":"subsegment","traced":true,` +
		`"aws":{"operation":"o","bucket_name":"b"},"namespace":"aws"}`
	s := decode(t, strings.Replace(doc, `"operation"`, `"resource_names":["x"],"operation"`, 1))
	if got := string(s.AppendDocument(nil)); got != doc {
		t.Errorf("got  %s\nwant %s", got, doc)
	}
	if got := string(s.AppendJSON(nil)); strings.Contains(got, "traced") || !strings.Contains(got, `"resource_names":["b"]`) {
		t.Errorf("processed: %s", got)
	}
}

// FuzzAppendCompact compares with encoding/json.
func FuzzAppendCompact(f *testing.F) {
	for _, text := range []string{`{}`, ` [ 1 , {"a" : "b c\u0020"} ] `, `{`, "\"\xff\"", `1 2`, strings.Repeat("[", 20) + strings.Repeat("]", 20)} {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		const depth = 10
		out, ok := segment.AppendCompact([]byte("x"), text, depth)
		if ok != segment.IsJSON(text, depth) {
			t.Fatalf("AppendCompact(%q) is ok: %t", text, ok)
		}
		if !ok {
			if string(out) != "x" || json.Valid(text) && bytes.Count(text, []byte("["))+bytes.Count(text, []byte("{")) <= depth {
				t.Fatalf("AppendCompact(%q) = %q, refused", text, out)
			}
			return
		}
		if !json.Valid(text) || !json.Valid(out[1:]) || !utf8.Valid(out) {
			t.Fatalf("AppendCompact(%q) = %q", text, out)
		}
		var r segment.Reader
		r.Reset(out[1:])
		if raw := r.Raw(); !bytes.Equal(raw, out[1:]) || !r.OK() {
			t.Fatalf("%q reads as %q", out[1:], raw)
		}
	})
}
