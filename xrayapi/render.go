package xrayapi

import (
	"github.com/radiograph/radiograph/servicegraph"
	"github.com/radiograph/radiograph/store"
	"github.com/radiograph/radiograph/trace"
)

// RenderSummary returns s in the shape that GetTraceSummaries gives it for the clock,
// for json.Marshal. s must not change until then.
func RenderSummary(s *trace.Summary, clock store.Clock) any {
	return renderSummaries([]*trace.Summary{s}, clock)[0]
}

// RenderGraph returns g as the answer of GetServiceGraph, for json.Marshal.
func RenderGraph(g store.Graph) any { return answerOf(g.Graph, g.OldVersions) }

func answerOf(g *servicegraph.Graph, oldVersions bool) *getServiceGraphOutput {
	out := &getServiceGraphOutput{Services: renderGraph(g, timed), ContainsOldGroupVersions: oldVersions}
	out.StartTime, out.EndTime = observedBounds(out.Services)
	return out
}
