package awsxrayreceiver_test

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/radiograph/radiograph/collector/receiver/awsxrayreceiver"
	"github.com/radiograph/radiograph/otlp"
	"github.com/radiograph/radiograph/segment"
)

// TestSDKs sends the documents of the SDKs, and makes documents of the spans that
// come out: they are the same.
func TestSDKs(t *testing.T) {
	files, err := filepath.Glob("../../../segment/testdata/sdk/*.json")
	if err != nil || len(files) == 0 {
		t.Fatalf("no documents: %v", err)
	}
	for _, conventions := range []string{awsxrayreceiver.ConventionsOld, awsxrayreceiver.ConventionsCurrent} {
		for _, file := range files {
			t.Run(conventions+"/"+strings.TrimSuffix(filepath.Base(file), ".json"), func(t *testing.T) {
				doc, err := os.ReadFile(file)
				if err != nil {
					t.Fatal(err)
				}
				next := newSink()
				r := start(t, next, func(c *awsxrayreceiver.Config) { c.Conventions = conventions })
				r.send(1, header+string(doc))
				next.wait(t, 1)
				r.stop()
				arrived := next.arrivals()
				if len(arrived) != 1 {
					t.Fatalf("%d batches", len(arrived))
				}
				docs, refused := otlp.NewEncoder(otlp.Options{}).Encode(arrived[0].traces)
				if len(docs) != 1 || len(refused) != 0 {
					t.Fatalf("%d documents, refused %v", len(docs), refused)
				}
				if diff := cmp.Diff(processed(t, doc), processed(t, docs[0].Raw)); diff != "" {
					t.Errorf("document (-sent +came out):\n%s", diff)
				}
			})
		}
	}
}

// processed returns a document as the service shows it. The order of members does not
// matter.
func processed(t *testing.T, doc []byte) (members map[string]any) {
	t.Helper()
	s, err := segment.Decode(doc)
	if err != nil {
		t.Fatalf("decode %s: %v", doc, err)
	}
	in := json.NewDecoder(bytes.NewReader(s.AppendJSON(nil)))
	in.UseNumber()
	if err := in.Decode(&members); err != nil {
		t.Fatal(err)
	}
	return members
}
