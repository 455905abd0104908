package filter

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/radiograph/radiograph/trace"
)

// The patterns of rootcause.json: the root causes of a summary as the API writes
// them. An absent or null member fits everything.
type (
	causePattern struct {
		ClientImpacting *bool
		Services        []servicePattern
	}
	servicePattern struct {
		Name, Type, AccountID *string
		Names                 []string
		Inferred              *bool
		EntityPath            []entityPattern
	}
	entityPattern struct {
		Name       *string
		Remote     *bool
		Coverage   *float64
		Exceptions []exceptionPattern
	}
	exceptionPattern struct{ Name, Message *string }
)

// decodeCauses decodes the array of rootcause.json.
func decodeCauses(s string) ([]causePattern, error) {
	dec := json.NewDecoder(strings.NewReader(s))
	dec.DisallowUnknownFields()
	var patterns []causePattern
	err := dec.Decode(&patterns)
	var wrong *json.UnmarshalTypeError
	switch {
	case errors.As(err, &wrong):
		return nil, fmt.Errorf("%s cannot be a JSON %s", cmp.Or(wrong.Field, "a root cause"), wrong.Value)
	case err != nil:
		return nil, errors.New(strings.TrimPrefix(err.Error(), "json: "))
	}
	return patterns, nil
}

// compactJSON returns raw without insignificant space.
func compactJSON(raw []byte) (string, error) {
	var b bytes.Buffer
	err := json.Compact(&b, raw)
	return b.String(), err
}

// compileCauseJSON compiles rootcause.json: every pattern fits some root cause of
// any category.
func compileCauseJSON(n *causeJSON) test[traceView] {
	patterns, err := decodeCauses(n.json)
	if err != nil {
		panic("filter: rootcause.json was not checked: " + err.Error())
	}
	return func(t traceView) bool {
		return n.negated != !slices.ContainsFunc(patterns, func(p causePattern) bool {
			return !slices.ContainsFunc(t.FaultCauses, p.fits) &&
				!slices.ContainsFunc(t.ErrorCauses, p.fits) &&
				!slices.ContainsFunc(t.ResponseTimeCauses, p.fits)
		})
	}
}

func (p *causePattern) fits(c trace.RootCause) bool {
	return same(p.ClientImpacting, c.ClientImpacting) && subsequence(p.Services, c.Services, servicePattern.fits)
}

func (p servicePattern) fits(s trace.CauseService) bool {
	return same(p.Name, s.Name) && same(p.Type, s.Type) && same(p.AccountID, s.AccountID) &&
		same(p.Inferred, s.Inferred) &&
		subsequence(p.Names, []string{s.Name}, func(a, b string) bool { return a == b }) &&
		subsequence(p.EntityPath, s.Entities, entityPattern.fits)
}

func (p entityPattern) fits(e trace.CauseEntity) bool {
	return same(p.Name, e.Name) && same(p.Remote, e.Remote) &&
		(p.Coverage == nil || math.Abs(*p.Coverage-e.Coverage) <= coverageTolerance) &&
		subsequence(p.Exceptions, e.Exceptions, exceptionPattern.fits)
}

// coverageTolerance lets a pattern fit that was copied from an answer with
// rounded numbers.
const coverageTolerance = 0.0005

func (p exceptionPattern) fits(e trace.CauseException) bool {
	return same(p.Name, e.Name) && same(p.Message, e.Message)
}

// same reports whether want is absent or got.
func same[T comparable](want *T, got T) bool { return want == nil || *want == got }

// subsequence reports whether every pattern fits an element, in the same order,
// other elements between them allowed.
func subsequence[P, E any](patterns []P, elements []E, fits func(P, E) bool) bool {
	for _, e := range elements {
		if len(patterns) == 0 {
			return true
		}
		if fits(patterns[0], e) {
			patterns = patterns[1:]
		}
	}
	return len(patterns) == 0
}
