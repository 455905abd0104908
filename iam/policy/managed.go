package policy

import (
	"embed"
	"io/fs"
	"strings"
)

// Managed is an AWS managed policy: ARN arn:aws:iam::aws:policy/<Name>, path /.
type Managed struct {
	Name    string // case matters, and AWS spells both XRay and Xray
	ARN     string
	Version string // of AWS's versions the one that radiograph has, such as v2
	Document
}

// Radiograph's own managed policies stand beside AWS's: what the OTLP addresses and
// the console ask for has no AWS policy.
//
//go:embed managed/*.json
var managedFiles embed.FS

// managed are the managed policies by ARN and in the order of their names.
var managed, managedList = func() (map[string]*Managed, []*Managed) {
	byARN, list := map[string]*Managed{}, []*Managed(nil)
	entries, err := fs.ReadDir(managedFiles, "managed")
	if err != nil {
		panic(err) // embedded
	}
	for _, e := range entries {
		text, err := fs.ReadFile(managedFiles, "managed/"+e.Name())
		if err != nil {
			panic(err) // embedded
		}
		name, version, _ := strings.Cut(strings.TrimSuffix(e.Name(), ".json"), ".")
		m := &Managed{Name: name, ARN: "arn:aws:iam::aws:policy/" + name, Version: version, Document: *MustParse(string(text))}
		byARN[m.ARN] = m
		list = append(list, m)
	}
	return byARN, list
}()

// ManagedPolicy returns the managed policy with that ARN, nil when there is none.
func ManagedPolicy(arn string) *Managed { return managed[arn] }

// ManagedPolicies returns all managed policies, sorted by name. The caller must not
// change the slice.
func ManagedPolicies() []*Managed { return managedList }
