package xrayapi

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/radiograph/radiograph/sampling"
)

// ruleResource is what the ARN of a sampling rule has before the rule's name.
const ruleResource = "sampling-rule/"

type rateBoost struct {
	MaxRate               float64
	CooldownWindowMinutes integer
}

func (b *rateBoost) boost() *sampling.Boost {
	if b == nil {
		return nil
	}
	return &sampling.Boost{MaxRate: b.MaxRate, CooldownMinutes: int(b.CooldownWindowMinutes)}
}

// ruleRef names a rule by one of two ways.
type ruleRef struct {
	RuleName, RuleARN *string
}

// name returns the name of the rule that r is about.
func (r *ruleRef) name(a *API) (string, error) {
	if (r.RuleName == nil) == (r.RuleARN == nil) {
		return "", invalid("Provide either RuleName or RuleARN")
	}
	if r.RuleName != nil {
		return *r.RuleName, nil
	}
	name, ok := strings.CutPrefix(*r.RuleARN, a.arn(ruleResource))
	if !ok || name == "" {
		return "", invalid("Sampling rule does not exist")
	}
	return name, nil
}

// ruleFields are the members that a new rule and a change of a rule share.
type ruleFields struct {
	ruleRef
	ResourceARN       *string
	Priority          *integer
	FixedRate         *float64
	ReservoirSize     *integer
	ServiceName       *string
	ServiceType       *string
	Host              *string
	HTTPMethod        *string
	URLPath           *string
	Attributes        map[string]string
	SamplingRateBoost *rateBoost
}

func (f *ruleFields) check(v *violations, at string) {
	v.Length(at+"ruleName", f.RuleName, 1, sampling.MaxNameLength)
	f.update().Check(&v.Violations, at)
}

// update returns what f says about a rule.
func (f *ruleFields) update() sampling.Update {
	return sampling.Update{
		Priority:      f.Priority.pointer(),
		FixedRate:     f.FixedRate,
		ReservoirSize: f.ReservoirSize.pointer(),
		ServiceName:   f.ServiceName,
		ServiceType:   f.ServiceType,
		Host:          f.Host,
		HTTPMethod:    f.HTTPMethod,
		URLPath:       f.URLPath,
		ResourceARN:   f.ResourceARN,
		Attributes:    f.Attributes,
		Boost:         f.SamplingRateBoost.boost(),
	}
}

// samplingRule is a rule as the answers have it. All members are always there,
// because samplers drop rules or fail without; only SamplingRateBoost is left out
// when unset, because there are samplers that fail when it is null.
type samplingRule struct {
	RuleName          string
	RuleARN           string
	ResourceARN       string
	Priority          int
	FixedRate         float64
	ReservoirSize     int
	ServiceName       string
	ServiceType       string
	Host              string
	HTTPMethod        string
	URLPath           string
	Version           int
	Attributes        map[string]string
	SamplingRateBoost *boostShape `json:",omitempty"`
}

type boostShape struct {
	MaxRate               float64
	CooldownWindowMinutes int
}

type ruleRecord struct {
	SamplingRule          samplingRule
	CreatedAt, ModifiedAt seconds
}

type ruleOutput struct {
	SamplingRuleRecord ruleRecord
}

func (a *API) renderRule(r sampling.Rule) ruleRecord {
	out := ruleRecord{
		SamplingRule: samplingRule{
			RuleName:      r.Name,
			RuleARN:       a.arn(ruleResource + r.Name),
			ResourceARN:   r.ResourceARN,
			Priority:      r.Priority,
			FixedRate:     r.FixedRate,
			ReservoirSize: r.ReservoirSize,
			ServiceName:   r.ServiceName,
			ServiceType:   r.ServiceType,
			Host:          r.Host,
			HTTPMethod:    r.HTTPMethod,
			URLPath:       r.URLPath,
			Version:       1,
			Attributes:    r.Attributes,
		},
		CreatedAt:  epoch(r.CreatedAt),
		ModifiedAt: epoch(r.ModifiedAt),
	}
	if r.Attributes == nil {
		out.SamplingRule.Attributes = map[string]string{}
	}
	if r.Boost != nil {
		out.SamplingRule.SamplingRateBoost = &boostShape{r.Boost.MaxRate, r.Boost.CooldownMinutes}
	}
	return out
}

// epoch returns t in whole seconds; 0 for the zero time, which is "never".
func epoch(t time.Time) seconds {
	if t.IsZero() {
		return 0
	}
	return *wholeSecondsAt(t)
}

// ruleError translates errors of the registry that are not problems.
func ruleError(err error) error {
	if errors.Is(err, sampling.ErrLimit) {
		return refused("RuleLimitExceededException", "%v", err)
	}
	return err
}

type getSamplingRulesInput struct {
	paging
}

type getSamplingRulesOutput struct {
	SamplingRuleRecords []ruleRecord
	NextToken           *string
}

func (a *API) getSamplingRules(_ context.Context, in *getSamplingRulesInput) (*getSamplingRulesOutput, error) {
	a.ignoreTokenIfStrict(&in.paging)
	pager, err := newPager("GetSamplingRules", in)
	if err != nil {
		return nil, err
	}
	rules, next := page(pager, a.opts.Sampling.Rules(), a.opts.PageSize, func(r sampling.Rule) string {
		return fmt.Sprintf("%05d%s", r.Priority, r.Name)
	})
	out := &getSamplingRulesOutput{SamplingRuleRecords: make([]ruleRecord, len(rules)), NextToken: next}
	for i, r := range rules {
		out.SamplingRuleRecords[i] = a.renderRule(r)
	}
	return out, nil
}

type newRule struct {
	ruleFields
	Version *integer
}

type createRuleInput struct {
	SamplingRule *newRule
	Tags         []tag
}

func (in *createRuleInput) check(v *violations) {
	checkTags(v, in.Tags)
	v.Required("samplingRule", in.SamplingRule != nil)
	if in.SamplingRule == nil {
		return
	}
	const at = "samplingRule."
	r := in.SamplingRule
	v.Required(at+"resourceARN", r.ResourceARN != nil)
	v.Required(at+"priority", r.Priority != nil)
	v.Required(at+"fixedRate", r.FixedRate != nil)
	v.Required(at+"reservoirSize", r.ReservoirSize != nil)
	v.Required(at+"serviceName", r.ServiceName != nil)
	v.Required(at+"serviceType", r.ServiceType != nil)
	v.Required(at+"host", r.Host != nil)
	v.Required(at+"hTTPMethod", r.HTTPMethod != nil)
	v.Required(at+"uRLPath", r.URLPath != nil)
	v.Required(at+"version", r.Version != nil)
	r.check(v, at)
}

func (a *API) createSamplingRule(ctx context.Context, in *createRuleInput) (*ruleOutput, error) {
	r := in.SamplingRule
	if *r.Version != 1 {
		return nil, invalid("Version must be 1")
	}
	name, err := r.name(a)
	if err != nil {
		return nil, err
	}
	tags, err := mergeTags(nil, in.Tags)
	if err != nil {
		return nil, err
	}
	rule, err := a.opts.Sampling.Create(ctx, sampling.Rule{
		Name:          name,
		Priority:      r.Priority.int(),
		FixedRate:     *r.FixedRate,
		ReservoirSize: r.ReservoirSize.int(),
		ServiceName:   *r.ServiceName,
		ServiceType:   *r.ServiceType,
		Host:          *r.Host,
		HTTPMethod:    *r.HTTPMethod,
		URLPath:       *r.URLPath,
		ResourceARN:   *r.ResourceARN,
		Attributes:    r.Attributes,
		Boost:         r.SamplingRateBoost.boost(),
	})
	if err != nil {
		return nil, ruleError(err)
	}
	if err := a.tagNew(ctx, a.arn(ruleResource+name), tags); err != nil {
		return nil, err
	}
	return &ruleOutput{a.renderRule(rule)}, nil
}

type updateRuleInput struct {
	SamplingRuleUpdate *ruleFields
}

func (in *updateRuleInput) check(v *violations) {
	v.Required("samplingRuleUpdate", in.SamplingRuleUpdate != nil)
	if in.SamplingRuleUpdate != nil {
		in.SamplingRuleUpdate.check(v, "samplingRuleUpdate.")
	}
}

func (a *API) updateSamplingRule(ctx context.Context, in *updateRuleInput) (*ruleOutput, error) {
	u := in.SamplingRuleUpdate
	name, err := u.name(a)
	if err != nil {
		return nil, err
	}
	rule, err := a.opts.Sampling.Update(ctx, name, u.update())
	if err != nil {
		return nil, ruleError(err)
	}
	return &ruleOutput{a.renderRule(rule)}, nil
}

type deleteRuleInput struct {
	ruleRef
}

func (in *deleteRuleInput) check(v *violations) {
	v.Length("ruleName", in.RuleName, 1, sampling.MaxNameLength)
}

func (a *API) deleteSamplingRule(ctx context.Context, in *deleteRuleInput) (*ruleOutput, error) {
	name, err := in.name(a)
	if err != nil {
		return nil, err
	}
	rule, err := a.opts.Sampling.Delete(ctx, name)
	if err != nil {
		return nil, err
	}
	if err := remove(ctx, a, stateTags, a.arn(ruleResource+name)); err != nil {
		return nil, err
	}
	return &ruleOutput{a.renderRule(rule)}, nil
}
