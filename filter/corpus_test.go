package filter_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"flag"
	"os"
	"testing"

	"github.com/radiograph/radiograph/filter"
)

var updateCorpus = flag.Bool("update-corpus", false, "write testdata/corpus.json")

const corpusFile = "testdata/corpus.json"

// corpus is what the console's grammar is checked against.
type corpus struct {
	Valid   []string       `json:"valid"`
	Invalid []invalidEntry `json:"invalid"`
}

type invalidEntry struct {
	Expr   string `json:"expr"`
	Error  string `json:"error"`
	Offset int    `json:"offset"`
}

// TestCorpus keeps the file that the console reads equal to the tests of this package.
func TestCorpus(t *testing.T) {
	var c corpus
	for _, e := range examples {
		c.Valid = append(c.Valid, e.expr)
	}
	for _, f := range faults {
		var fault *filter.SyntaxError
		if _, err := filter.Parse(f.expr); !errors.As(err, &fault) {
			t.Fatalf("Parse(%s): got %v, want a SyntaxError", f.expr, err)
		}
		c.Invalid = append(c.Invalid, invalidEntry{f.expr, fault.Error(), fault.Offset})
	}
	var want bytes.Buffer
	enc := json.NewEncoder(&want)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	if err := enc.Encode(c); err != nil {
		t.Fatal(err)
	}
	if *updateCorpus {
		if err := os.WriteFile(corpusFile, want.Bytes(), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	got, err := os.ReadFile(corpusFile)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want.Bytes()) {
		t.Error(corpusFile + " is old: go test ./filter -run TestCorpus -update-corpus")
	}
}
