package consoleapi

import (
	"net/http"

	"github.com/radiograph/radiograph/sampling"
)

// samplingRequest is a request that rules are tested with.
type samplingRequest struct {
	ServiceName string            `json:"serviceName"`
	ServiceType string            `json:"serviceType"`
	Host        string            `json:"host"`
	HTTPMethod  string            `json:"httpMethod"`
	URLPath     string            `json:"urlPath"`
	ResourceARN string            `json:"resourceArn"`
	Attributes  map[string]string `json:"attributes"`
}

type (
	samplingAnswer struct {
		Match string        `json:"match"`
		Rules []ruleVerdict `json:"rules"`
	}
	ruleVerdict struct {
		Name          string          `json:"name"`
		Priority      int             `json:"priority"`
		FixedRate     float64         `json:"fixedRate"`
		ReservoirSize int             `json:"reservoirSize"`
		Matches       bool            `json:"matches"`
		Decides       bool            `json:"decides"`
		Mismatches    []fieldMismatch `json:"mismatches"`
	}
	fieldMismatch struct {
		Field   string  `json:"field"`
		Pattern string  `json:"pattern"`
		Value   *string `json:"value"`
	}
)

// testSampling says which rule decides about a request, and why not the others.
func (a *API) testSampling(r *http.Request) (any, error) {
	var in samplingRequest
	if err := readBody(r, &in); err != nil {
		return nil, err
	}
	req := sampling.Request(in)
	rules := a.opts.Sampling.Rules()
	deciding := sampling.Deciding(rules, &req)
	out := samplingAnswer{Match: rules[deciding].Name, Rules: make([]ruleVerdict, len(rules))}
	for i := range rules {
		rule := &rules[i]
		v := ruleVerdict{
			Name: rule.Name, Priority: rule.Priority, FixedRate: rule.FixedRate, ReservoirSize: rule.ReservoirSize,
			Decides: i == deciding, Mismatches: []fieldMismatch{},
		}
		for _, m := range rule.Mismatches(&req) {
			v.Mismatches = append(v.Mismatches, mismatchOf(m))
		}
		v.Matches = len(v.Mismatches) == 0
		out.Rules[i] = v
	}
	return out, nil
}

var samplingFields = map[sampling.Field]string{
	sampling.FieldServiceName: "serviceName",
	sampling.FieldServiceType: "serviceType",
	sampling.FieldHost:        "host",
	sampling.FieldHTTPMethod:  "httpMethod",
	sampling.FieldURLPath:     "urlPath",
	sampling.FieldResourceARN: "resourceArn",
}

func mismatchOf(m sampling.Mismatch) fieldMismatch {
	out := fieldMismatch{Field: samplingFields[m.Field], Pattern: m.Pattern, Value: &m.Value}
	if m.Field == sampling.FieldAttribute {
		out.Field = "attributes." + m.Key
	}
	if m.Absent {
		out.Value = nil
	}
	return out
}
