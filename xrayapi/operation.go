package xrayapi

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"slices"
	"strings"
)

// operation is one operation of the API.
type operation struct {
	name, path string
	serve      func(a *API, ctx context.Context, body []byte) (any, error)
}

// operations lists the API. PutTraceSegments reads its body itself, because it is
// the one that is called all the time.
var operations = []operation{
	{"PutTraceSegments", "/TraceSegments", (*API).putTraceSegments},
	define("PutTelemetryRecords", "/TelemetryRecords", (*API).putTelemetryRecords),

	define("BatchGetTraces", "/Traces", (*API).batchGetTraces),
	define("GetTraceSummaries", "/TraceSummaries", (*API).getTraceSummaries),
	define("GetTraceGraph", "/TraceGraph", (*API).getTraceGraph),
	define("GetServiceGraph", "/ServiceGraph", (*API).getServiceGraph),
	define("GetTimeSeriesServiceStatistics", "/TimeSeriesServiceStatistics", (*API).getTimeSeries),

	define("GetGroups", "/Groups", (*API).getGroups),
	define("GetGroup", "/GetGroup", (*API).getGroup),
	define("CreateGroup", "/CreateGroup", (*API).createGroup),
	define("UpdateGroup", "/UpdateGroup", (*API).updateGroup),
	define("DeleteGroup", "/DeleteGroup", (*API).deleteGroup),

	define("GetSamplingRules", "/GetSamplingRules", (*API).getSamplingRules),
	define("CreateSamplingRule", "/CreateSamplingRule", (*API).createSamplingRule),
	define("UpdateSamplingRule", "/UpdateSamplingRule", (*API).updateSamplingRule),
	define("DeleteSamplingRule", "/DeleteSamplingRule", (*API).deleteSamplingRule),
	define("GetSamplingTargets", "/SamplingTargets", (*API).getSamplingTargets),
	define("GetSamplingStatisticSummaries", "/SamplingStatisticSummaries", (*API).getSamplingStatistics),

	define("GetInsightSummaries", "/InsightSummaries", (*API).getInsightSummaries),
	define("GetInsight", "/Insight", (*API).getInsight),
	define("GetInsightEvents", "/InsightEvents", (*API).getInsightEvents),
	define("GetInsightImpactGraph", "/InsightImpactGraph", (*API).getInsightImpactGraph),

	define("GetEncryptionConfig", "/EncryptionConfig", (*API).getEncryption),
	define("PutEncryptionConfig", "/PutEncryptionConfig", (*API).putEncryption),
	define("ListResourcePolicies", "/ListResourcePolicies", (*API).listPolicies),
	define("PutResourcePolicy", "/PutResourcePolicy", (*API).putPolicy),
	define("DeleteResourcePolicy", "/DeleteResourcePolicy", (*API).deletePolicy),

	define("TagResource", "/TagResource", (*API).tagResource),
	define("UntagResource", "/UntagResource", (*API).untagResource),
	define("ListTagsForResource", "/ListTagsForResource", (*API).listTags),

	define("StartTraceRetrieval", "/StartTraceRetrieval", (*API).startRetrieval),
	define("ListRetrievedTraces", "/ListRetrievedTraces", (*API).listRetrieved),
	define("GetRetrievedTracesGraph", "/GetRetrievedTracesGraph", (*API).getRetrievedGraph),
	define("CancelTraceRetrieval", "/CancelTraceRetrieval", (*API).cancelRetrieval),

	define("GetTraceSegmentDestination", "/GetTraceSegmentDestination", (*API).getDestination),
	define("UpdateTraceSegmentDestination", "/UpdateTraceSegmentDestination", (*API).updateDestination),
	define("GetIndexingRules", "/GetIndexingRules", (*API).getIndexingRules),
	define("UpdateIndexingRule", "/UpdateIndexingRule", (*API).updateIndexingRule),
}

// define makes an operation of a handler of decoded requests: the body is decoded
// and its constraints are checked before the handler sees it.
func define[In, Out any](name, path string, handle func(*API, context.Context, *In) (*Out, error)) operation {
	return operation{name: name, path: path, serve: func(a *API, ctx context.Context, body []byte) (any, error) {
		in := new(In)
		if err := decode(body, in); err != nil {
			return nil, err
		}
		if err := a.authorize(ctx, name, in); err != nil {
			return nil, err
		}
		if c, ok := any(in).(checked); ok {
			v := violations{strict: a.opts.Strict}
			c.check(&v)
			if err := v.Err(); err != nil {
				return nil, err
			}
		}
		return handle(a, ctx, in)
	}}
}

// decode reads a request. No body at all is the empty request.
func decode(body []byte, in any) error {
	body = bytes.TrimSpace(body)
	if len(body) == 0 {
		return nil
	}
	err := json.Unmarshal(body, in)
	if err == nil {
		return nil
	}
	if e, ok := errors.AsType[*json.UnmarshalTypeError](err); ok {
		member := wireName(e.Field)
		if member == "" {
			return malformed("the request is no object: %s", e.Value)
		}
		return malformed("%s has the wrong type: %s", member, e.Value)
	}
	return malformed("%v", err)
}

// wireName returns the member at path without the structs that are only embedded
// here: the wire does not have them. All members on the wire begin with a capital.
func wireName(path string) string {
	names := strings.Split(path, ".")
	return strings.Join(slices.DeleteFunc(names, func(name string) bool {
		return name == "" || 'a' <= name[0] && name[0] <= 'z'
	}), ".")
}

// Paths returns the path of every operation, for mounting an API next to other
// handlers.
func Paths() []string {
	paths := make([]string, len(operations))
	for i := range operations {
		paths[i] = operations[i].path
	}
	return paths
}

// operationNames maps paths to names.
var operationNames = func() map[string]string {
	names := make(map[string]string, len(operations))
	for i := range operations {
		names[operations[i].path] = operations[i].name
	}
	return names
}()

// Operation returns the name of the operation with that path, which is also the
// name of its action in policies (with the prefix "xray:").
func Operation(path string) (name string, ok bool) {
	name, ok = operationNames[path]
	return name, ok
}
