package traceid_test

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/radiograph/radiograph/traceid"
)

const (
	xray = "1-68f0c2a1-9b1d4e0f7a6c5b4d3e2f1a00"
	w3c  = "68f0c2a19b1d4e0f7a6c5b4d3e2f1a00"
)

func TestParse(t *testing.T) {
	for _, tc := range []struct {
		name, in string
		bad      bool
	}{
		{name: "X-Ray", in: xray},
		{name: "X-Ray in capitals", in: "1-68F0C2A1-9B1D4E0F7A6C5B4D3E2F1A00"},
		{name: "W3C", in: w3c},
		{name: "W3C in capitals", in: strings.ToUpper(w3c)},
		{name: "empty", in: "", bad: true},
		{name: "too short", in: xray[:34], bad: true},
		{name: "too long", in: xray + "0", bad: true},
		{name: "other version", in: "2" + xray[1:], bad: true},
		{name: "dash in the wrong place", in: "1-68f0c2a19-b1d4e0f7a6c5b4d3e2f1a00", bad: true},
		{name: "no hex", in: "1-68f0c2a1-9b1d4e0f7a6c5b4d3e2f1a0g", bad: true},
		{name: "W3C, no hex", in: w3c[:31] + "/", bad: true},
	} {
		t.Run(tc.name, func(t *testing.T) {
			id, err := traceid.Parse(tc.in)
			if tc.bad {
				if !errors.Is(err, traceid.ErrInvalid) || !id.IsZero() {
					t.Errorf("Parse(%q) = %v, %v, want ErrInvalid", tc.in, id, err)
				}
				return
			}
			if err != nil || id.String() != xray || id.W3C() != w3c {
				t.Errorf("Parse(%q) = %v (%v), %v, want %v", tc.in, id, id.W3C(), err, xray)
			}
			if got, want := id.Epoch(), time.Unix(0x68f0c2a1, 0); !got.Equal(want) {
				t.Errorf("Epoch of %v = %v, want %v", id, got, want)
			}
		})
	}
}

func TestParseEntity(t *testing.T) {
	for in, want := range map[string]string{
		"5f1e0a9b3c7d2e44":  "5f1e0a9b3c7d2e44",
		"5F1E0A9B3C7D2E44":  "5f1e0a9b3c7d2e44",
		"0000000000000000":  "0000000000000000",
		"5f1e0a9b3c7d2e4":   "",
		"5f1e0a9b3c7d2e444": "",
		"5f1e0a9b3c7d2e4x":  "",
		"":                  "",
	} {
		id, err := traceid.ParseEntity(in)
		if want == "" {
			if !errors.Is(err, traceid.ErrInvalid) || !id.IsZero() {
				t.Errorf("ParseEntity(%q) = %v, %v, want ErrInvalid", in, id, err)
			}
		} else if err != nil || id.String() != want {
			t.Errorf("ParseEntity(%q) = %v, %v, want %v", in, id, err, want)
		}
	}
}

func TestIDsAsText(t *testing.T) {
	type ids struct {
		Trace  traceid.ID
		Entity traceid.EntityID
		ByID   map[traceid.ID]traceid.EntityID
	}
	in := `{"Trace":"` + xray + `","Entity":"5f1e0a9b3c7d2e44","ByID":{"` + xray + `":"5f1e0a9b3c7d2e44"}}`
	var v ids
	if err := json.Unmarshal([]byte(in), &v); err != nil {
		t.Fatalf("unmarshal %s: %v", in, err)
	}
	out, err := json.Marshal(v)
	if err != nil || string(out) != in {
		t.Errorf("marshal = %s, %v, want %s", out, err, in)
	}
	for _, bad := range []string{`{"Trace":"1-2-3"}`, `{"Entity":"xyz"}`} {
		if err := json.Unmarshal([]byte(bad), &v); !errors.Is(err, traceid.ErrInvalid) {
			t.Errorf("unmarshal %s: %v, want ErrInvalid", bad, err)
		}
	}
}

func TestSpellingsAgree(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var id traceid.ID
		copy(id[:], rapid.SliceOfN(rapid.Byte(), 16, 16).Draw(t, "id"))
		for _, s := range []string{id.String(), id.W3C(), strings.ToUpper(id.W3C())} {
			if got, err := traceid.Parse(s); err != nil || got != id {
				t.Fatalf("Parse(%q) = %v, %v, want %v", s, got, err, id)
			}
		}
	})
}

func TestParsingDoesNotAllocate(t *testing.T) {
	in, entity := []byte(xray), []byte("5f1e0a9b3c7d2e44")
	if n := testing.AllocsPerRun(100, func() {
		traceid.ParseBytes(in)
		traceid.ParseEntityBytes(entity)
	}); n != 0 {
		t.Errorf("%v allocations, want none", n)
	}
}

func FuzzTraceID(f *testing.F) {
	for _, s := range []string{xray, w3c, strings.ToUpper(xray), "", "1--", "1-" + w3c, "5f1e0a9b3c7d2e44"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if id, err := traceid.Parse(s); err == nil {
			again, err := traceid.Parse(id.String())
			if err != nil || again != id {
				t.Errorf("Parse(%q) = %v, and of that %v, %v", s, id, again, err)
			}
			if !strings.EqualFold(s, id.String()) && !strings.EqualFold(s, id.W3C()) {
				t.Errorf("Parse(%q) = %v", s, id)
			}
		}
		if id, err := traceid.ParseEntity(s); err == nil && !strings.EqualFold(s, id.String()) {
			t.Errorf("ParseEntity(%q) = %v", s, id)
		}
	})
}

func header(t *testing.T, root, parent string, d traceid.Decision, lineage string, extra ...traceid.Pair) traceid.Header {
	t.Helper()
	h := traceid.Header{Sampled: d, Lineage: lineage, Extra: extra}
	var err error
	if root != "" {
		if h.Root, err = traceid.Parse(root); err != nil {
			t.Fatal(err)
		}
	}
	if parent != "" {
		if h.Parent, err = traceid.ParseEntity(parent); err != nil {
			t.Fatal(err)
		}
	}
	return h
}

func TestParseHeader(t *testing.T) {
	const parent = "53995c3f42cd8ad8"
	for _, tc := range []struct {
		name, in, out string
		want          traceid.Header
	}{
		{
			name: "root only", in: "Root=" + xray, out: "Root=" + xray,
			want: header(t, xray, "", traceid.Unset, ""),
		},
		{
			name: "all of an SDK's",
			in:   "Root=" + xray + ";Parent=" + parent + ";Sampled=1",
			out:  "Root=" + xray + ";Parent=" + parent + ";Sampled=1",
			want: header(t, xray, parent, traceid.Sampled, ""),
		},
		{
			name: "any order, with blanks and other letter case",
			in:   " sampled = 0 ; PARENT=" + parent + ";; root = " + xray + " ; ",
			out:  "Root=" + xray + ";Parent=" + parent + ";Sampled=0",
			want: header(t, xray, parent, traceid.NotSampled, ""),
		},
		{
			name: "decision requested", in: "Root=" + xray + ";Sampled=?", out: "Root=" + xray + ";Sampled=?",
			want: header(t, xray, "", traceid.Requested, ""),
		},
		{
			name: "load balancer's own id", in: "Self=1-68f0c2a2-000000000000000000000001;Root=" + xray, out: "Root=" + xray,
			want: header(t, xray, "", traceid.Unset, ""),
		},
		{
			name: "lineage", in: "Root=" + xray + ";Parent=" + parent + ";Sampled=0;Lineage=1:a87bd80c:0",
			out:  "Root=" + xray + ";Parent=" + parent + ";Sampled=0;Lineage=1:a87bd80c:0",
			want: header(t, xray, parent, traceid.NotSampled, "1:a87bd80c:0"),
		},
		{
			name: "custom pairs", in: "b=2;Root=" + xray + ";a=x=y;b=3;empty=",
			out: "Root=" + xray + ";b=2;a=x=y;b=3;empty=",
			want: header(t, xray, "", traceid.Unset, "", traceid.Pair{Key: "b", Value: "2"},
				traceid.Pair{Key: "a", Value: "x=y"}, traceid.Pair{Key: "b", Value: "3"}, traceid.Pair{Key: "empty"}),
		},
		{
			name: "W3C root, unknown decision, no pair", in: "Root=" + w3c + ";Sampled=maybe;nonsense;=x",
			out:  "Root=" + xray,
			want: header(t, xray, "", traceid.Unset, ""),
		},
		{name: "empty"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			got, err := traceid.ParseHeader(tc.in)
			if err != nil {
				t.Fatalf("ParseHeader(%q): %v", tc.in, err)
			}
			if diff := cmp.Diff(tc.want, got); diff != "" {
				t.Errorf("ParseHeader(%q) (-want +got):\n%s", tc.in, diff)
			}
			if got.String() != tc.out {
				t.Errorf("ParseHeader(%q) prints %q, want %q", tc.in, got, tc.out)
			}
		})
	}
}

func TestParseHeaderErrors(t *testing.T) {
	for _, in := range []string{"Root=1-2-3;Sampled=1", "Root=;Sampled=1", "Parent=nonsense;Sampled=1", "Root=x;Parent=y;Sampled=1"} {
		h, err := traceid.ParseHeader(in)
		if !errors.Is(err, traceid.ErrInvalid) {
			t.Errorf("ParseHeader(%q): %v, want ErrInvalid", in, err)
		}
		if want := (traceid.Header{Sampled: traceid.Sampled}); !cmp.Equal(h, want) {
			t.Errorf("ParseHeader(%q) = %v, want the readable rest %v", in, h, want)
		}
	}
}

func FuzzHeader(f *testing.F) {
	for _, s := range []string{
		"Root=" + xray + ";Parent=53995c3f42cd8ad8;Sampled=1;Lineage=1:a87bd80c:0;k=v",
		"Self=x;Root=" + w3c + " ; sampled=? ;=;;a==b", "", ";", "Root=;Parent=",
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		h, err := traceid.ParseHeader(s)
		if err != nil && !errors.Is(err, traceid.ErrInvalid) {
			t.Errorf("ParseHeader(%q): %v", s, err)
		}
		again, err := traceid.ParseHeader(h.String())
		if err != nil || !cmp.Equal(h, again) {
			t.Errorf("ParseHeader(%q) = %#v, printed and read again %#v, %v", s, h, again, err)
		}
	})
}
