package xrayapi

import (
	"context"
	"time"
)

// The destinations of segments. radiograph keeps all segments itself; the setting
// is remembered for clients that manage it.
const (
	destinationXRay = "XRay"
	destinationLogs = "CloudWatchLogs"
)

type destination struct {
	Destination string `json:"destination"`
}

type destinationOutput struct {
	Destination, Status string
}

func (a *API) getDestination(ctx context.Context, _ *empty) (*destinationOutput, error) {
	d, ok, err := load[destination](ctx, a, stateDestination, stateKeyOnly)
	if err != nil {
		return nil, err
	}
	if !ok {
		d.Destination = destinationXRay
	}
	return &destinationOutput{Destination: d.Destination, Status: "ACTIVE"}, nil
}

type updateDestinationInput struct {
	Destination *string
}

func (in *updateDestinationInput) check(v *violations) {
	v.OneOf("destination", in.Destination, destinationXRay, destinationLogs)
}

func (a *API) updateDestination(ctx context.Context, in *updateDestinationInput) (*destinationOutput, error) {
	if in.Destination == nil {
		return a.getDestination(ctx, nil)
	}
	if err := save(ctx, a, stateDestination, stateKeyOnly, destination{*in.Destination}); err != nil {
		return nil, err
	}
	return &destinationOutput{Destination: *in.Destination, Status: "ACTIVE"}, nil
}

// indexingRuleName is the only indexing rule.
const indexingRuleName = "Default"

// wholly is the share of traces that are indexed, in percent: all of them. A
// smaller desired share is remembered and not acted upon.
const wholly = 100

type indexingRule struct {
	Desired  float64   `json:"desired"`
	Modified time.Time `json:"modified"`
}

type probabilistic struct {
	DesiredSamplingPercentage, ActualSamplingPercentage float64
}

type indexingValue struct {
	Probabilistic probabilistic
}

type indexingRuleShape struct {
	Name       string
	ModifiedAt *seconds
	Rule       indexingValue
}

func renderIndexingRule(r indexingRule) indexingRuleShape {
	out := indexingRuleShape{Name: indexingRuleName, Rule: indexingValue{probabilistic{r.Desired, wholly}}}
	if !r.Modified.IsZero() {
		out.ModifiedAt = at(r.Modified)
	}
	return out
}

type getIndexingRulesInput struct {
	paging
}

type getIndexingRulesOutput struct {
	IndexingRules []indexingRuleShape
	NextToken     *string
}

func (a *API) getIndexingRules(ctx context.Context, in *getIndexingRulesInput) (*getIndexingRulesOutput, error) {
	if err := a.refuseToken(&in.paging); err != nil {
		return nil, err
	}
	r, ok, err := load[indexingRule](ctx, a, stateIndexing, indexingRuleName)
	if err != nil {
		return nil, err
	}
	if !ok {
		r.Desired = wholly
	}
	return &getIndexingRulesOutput{IndexingRules: []indexingRuleShape{renderIndexingRule(r)}}, nil
}

type updateIndexingRuleInput struct {
	Name *string
	Rule *struct {
		Probabilistic *struct{ DesiredSamplingPercentage *float64 }
	}
}

func (in *updateIndexingRuleInput) check(v *violations) {
	v.Required("name", in.Name != nil)
	v.Required("rule", in.Rule != nil)
	if in.Rule == nil || in.Rule.Probabilistic == nil {
		return
	}
	const member = "rule.probabilistic.desiredSamplingPercentage"
	desired := in.Rule.Probabilistic.DesiredSamplingPercentage
	v.Required(member, desired != nil)
	if desired != nil {
		v.Within(member, *desired, 0, wholly)
	}
}

type indexingRuleOutput struct {
	IndexingRule indexingRuleShape
}

func (a *API) updateIndexingRule(ctx context.Context, in *updateIndexingRuleInput) (*indexingRuleOutput, error) {
	if *in.Name != indexingRuleName {
		return nil, notFound(*in.Name, "The indexing rule %s does not exist.", *in.Name)
	}
	if in.Rule.Probabilistic == nil {
		return nil, invalid("Rule must have one member, Probabilistic")
	}
	r := indexingRule{Desired: *in.Rule.Probabilistic.DesiredSamplingPercentage, Modified: a.opts.Now().UTC()}
	if err := save(ctx, a, stateIndexing, indexingRuleName, r); err != nil {
		return nil, err
	}
	return &indexingRuleOutput{renderIndexingRule(r)}, nil
}
