package xrayapi_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/rogpeppe/go-internal/txtar"

	"github.com/radiograph/radiograph/xrayapi"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// TestGolden plays conversations. A conversation is a txtar archive whose files are
// requests ("POST /Path"), the answers that follow them ("answer"), and pauses
// ("sleep 10s"). Its comment may say "strict" or "page 2" on a line of its own.
//
// Time starts on 2000-01-01T00:00:00Z and stands still but for pauses. In requests
// $now stands for the seconds since the epoch, and $<member> for the last value of
// one of the members in remembered, which the answers show in the same way.
func TestGolden(t *testing.T) {
	files, err := filepath.Glob("testdata/golden/*.txtar")
	if err != nil || len(files) == 0 {
		t.Fatalf("no conversations: %v", err)
	}
	for _, file := range files {
		name := strings.TrimSuffix(filepath.Base(file), ".txtar")
		t.Run(name, func(t *testing.T) {
			archive, err := txtar.ParseFile(file)
			if err != nil {
				t.Fatal(err)
			}
			before := string(txtar.Format(archive))
			synctest.Test(t, func(t *testing.T) { play(t, archive) })
			after := string(txtar.Format(archive))
			if *update {
				if err := os.WriteFile(file, []byte(after), 0o600); err != nil {
					t.Fatal(err)
				}
				return
			}
			if diff := cmp.Diff(before, after); diff != "" {
				t.Errorf("%s (-want +got):\n%s", file, diff)
			}
		})
	}
}

// play performs the archive and puts the answers that it gets into it.
func play(t *testing.T, archive *txtar.Archive) {
	api := newAPI(t, func(o *xrayapi.Options) { configure(o, string(archive.Comment)) })
	var memory memory
	answer := []byte("there was no request\n")
	for i := range archive.Files {
		f := &archive.Files[i]
		verb, rest, _ := strings.Cut(f.Name, " ")
		switch verb {
		case "sleep":
			d, err := time.ParseDuration(rest)
			if err != nil {
				t.Fatal(err)
			}
			time.Sleep(d)
		case "answer":
			f.Data = answer
		default:
			r := httptest.NewRequestWithContext(t.Context(), verb, rest, strings.NewReader(memory.fill(string(f.Data))))
			w := httptest.NewRecorder()
			api.ServeHTTP(w, r)
			answer = memory.describe(t, w.Result(), w.Body.Bytes())
		}
	}
}

func configure(o *xrayapi.Options, comment string) {
	for line := range strings.Lines(comment) {
		if strings.TrimSpace(line) == "strict" {
			o.Strict = true
		}
		_, _ = fmt.Sscanf(line, "page %d", &o.PageSize)
	}
}

// remembered matches the members whose values differ from run to run.
var remembered = regexp.MustCompile(`"(NextToken|RetrievalToken|GroupARN)": ?"([^"]+)"`)

// memory holds the last value of each remembered member.
type memory map[string]string

func (m *memory) fill(request string) string {
	for name, value := range *m {
		request = strings.ReplaceAll(request, "$"+name, value)
	}
	return strings.ReplaceAll(request, "$now", epochOf(time.Now()))
}

func (m *memory) describe(t *testing.T, r *http.Response, body []byte) []byte {
	var out bytes.Buffer
	fmt.Fprintf(&out, "%d %s\n", r.StatusCode, r.Header.Get("X-Amzn-Errortype"))
	if err := json.Indent(&out, body, "", "  "); err != nil {
		t.Errorf("answer is not JSON: %v: %s", err, body)
	}
	text := out.String()
	for _, match := range remembered.FindAllStringSubmatch(text, -1) {
		name, value := match[1], match[2]
		if name == "GroupARN" && strings.HasSuffix(value, "group/Default") {
			continue
		}
		if *m == nil {
			*m = memory{}
		}
		(*m)[name] = value
		text = strings.ReplaceAll(text, value, "$"+name)
	}
	return []byte(strings.TrimSpace(strings.Replace(text, " \n", "\n", 1)) + "\n")
}
