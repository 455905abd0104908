package otlp_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/radiograph/radiograph/otlp"
)

// TestSDKDocuments takes what real X-Ray SDKs send through spans and back.
func TestSDKDocuments(t *testing.T) {
	names, err := filepath.Glob("../segment/testdata/sdk/*.json")
	if err != nil || len(names) == 0 {
		t.Fatalf("no documents: %v", err)
	}
	for _, name := range names {
		for _, c := range []otlp.Conventions{otlp.CurrentConventions, otlp.OldConventions} {
			t.Run(strings.TrimSuffix(filepath.Base(name), ".json"), func(t *testing.T) {
				doc, err := os.ReadFile(name)
				if err != nil {
					t.Fatal(err)
				}
				want := decode(t, [][]byte{doc})[0]
				td := build(otlp.NewBuilder(c), want)
				docs := encode(t, otlp.NewEncoder(otlp.Options{}), td)
				if len(docs) != 1 {
					t.Fatalf("%d documents, want one: %s", len(docs), docs)
				}
				sameJSON(t, want.AppendDocument(nil), docs[0])
				sameSpans(t, td, spansOf(docs, t, c), docs)
			})
		}
	}
}
