package trace_test

import (
	"fmt"
	"strconv"
	"strings"
	"testing"

	"github.com/radiograph/radiograph/segment"
	"github.com/radiograph/radiograph/trace"
	"github.com/radiograph/radiograph/trace/tracetest"
)

func TestScripts(t *testing.T) {
	tracetest.Run(t, func(t *testing.T) func(tracetest.Command) string {
		var docs []trace.Document
		account := ""
		return func(c tracetest.Command) string {
			switch c.Name {
			case "reset":
				docs, account = nil, ""
				return ""
			case "account":
				account = c.Args[0]
				return ""
			case "put":
				received, err := strconv.ParseFloat(c.Args[0], 64)
				if err != nil {
					t.Fatal(err)
				}
				more, err := tracetest.Documents(c.Input, received)
				if err != nil {
					t.Fatal(err)
				}
				docs = append(docs, more...)
			}
			tr := trace.Assemble(tracetest.TraceID, docs)
			tr.Account = account
			return show(t, tr, c)
		}
	})
}

// show prints what a command asks for.
func show(t *testing.T, tr *trace.Trace, c tracetest.Command) string {
	switch c.Name {
	case "put":
		return fmt.Sprintf("revision=%d received=%s..%s superfluous=%v", tr.Revision,
			tracetest.Seconds(tr.FirstReceived), tracetest.Seconds(tr.LastReceived), tr.Superfluous)
	case "tree":
		return tracetest.Tree(tr)
	case "duration":
		d, ok := tr.Duration()
		return fmt.Sprint(tracetest.Seconds(d), " ", ok)
	case "documents":
		var b strings.Builder
		for _, e := range tr.Segments {
			b.Write(append(tr.AppendDocument(nil, e), '\n'))
		}
		return b.String()
	case "node":
		id, err := tracetest.ID(c.Args[0])
		if err != nil {
			t.Fatal(err)
		}
		n, end, ok := tr.NodeOf(id)
		return fmt.Sprintf("%s end=%s %v", tracetest.Node(n), tracetest.Seconds(end), ok)
	case "summary":
		return summary(tr.Summary())
	case "observations":
		return observations(tr.Summary())
	case "causes":
		return causes(tr.Summary())
	}
	t.Fatalf("unknown command %q", c.Name)
	return ""
}

func summary(s *trace.Summary) string {
	var b strings.Builder
	fmt.Fprintf(&b, "start=%s duration=%s responsetime=%s\n", tracetest.Seconds(s.StartTime), tracetest.Seconds(s.Duration), tracetest.Seconds(s.ResponseTime))
	fmt.Fprintf(&b, "root=%v %s partial=%v http=%v entrypoint=%d\n", s.HasRoot, tracetest.Outcome(s.Flags.Outcome()), s.IsPartial, s.HTTP, s.EntryPoint)
	fmt.Fprintf(&b, "annotations=%s users=%v arns=%v instances=%v zones=%v\n", annotations(s.Annotations), s.Users, s.ResourceARNs, s.InstanceIDs, s.AvailabilityZones)
	for _, n := range s.Nodes {
		fmt.Fprintf(&b, "node %s\n", tracetest.Node(n))
	}
	for _, l := range s.Links {
		fmt.Fprintf(&b, "link from %s start=%s received=%s\n", tracetest.Node(s.Nodes[l.Node]), tracetest.Seconds(l.Start), tracetest.Seconds(l.Received))
	}
	return b.String()
}

func annotations(list []segment.Annotation) string {
	var words []string
	for _, a := range list {
		var value any = a.Value.String
		switch a.Value.Kind {
		case segment.NumberValue:
			value = a.Value.Number
		case segment.BooleanValue:
			value = a.Value.Bool
		case segment.StringValue:
		}
		words = append(words, fmt.Sprintf("%s=%v", a.Key, value))
	}
	return fmt.Sprint(words)
}

func observations(s *trace.Summary) string {
	var b strings.Builder
	for _, o := range s.NodeObservations {
		fmt.Fprint(&b, tracetest.Node(s.Nodes[o.Node]))
		if o.Root {
			b.WriteString(" root")
		}
		if o.Inferred {
			b.WriteString(" inferred")
		}
		b.WriteString(observation(o.Observation))
	}
	for _, o := range s.EdgeObservations {
		fmt.Fprintf(&b, "%s → %s", tracetest.Node(s.Nodes[o.From]), tracetest.Node(s.Nodes[o.To]))
		if o.Alias != (trace.Node{}) {
			fmt.Fprintf(&b, " alias %s", tracetest.Node(o.Alias))
		}
		b.WriteString(observation(o.Observation))
	}
	return b.String()
}

func observation(o trace.Observation) string {
	s := fmt.Sprintf(" %s responsetime=%s duration=%s end=%s received=%s", tracetest.Outcome(o.Flags.Outcome()),
		tracetest.Seconds(o.ResponseTime), tracetest.Seconds(o.Duration), tracetest.Seconds(o.EndTime), tracetest.Seconds(o.Received))
	if len(o.Annotations) > 0 {
		s += " " + annotations(o.Annotations)
	}
	return s + "\n"
}

func causes(s *trace.Summary) string {
	var b strings.Builder
	for _, category := range []struct {
		name   string
		causes []trace.RootCause
	}{{"fault", s.FaultCauses}, {"error", s.ErrorCauses}, {"responsetime", s.ResponseTimeCauses}} {
		for _, c := range category.causes {
			fmt.Fprintf(&b, "%s clientimpacting=%v\n", category.name, c.ClientImpacting)
			for _, service := range c.Services {
				fmt.Fprintf(&b, "  %s inferred=%v:", tracetest.Node(service.Node), service.Inferred)
				for _, e := range service.Entities {
					fmt.Fprintf(&b, " [%s remote=%v", e.Name, e.Remote)
					if category.name == "responsetime" {
						fmt.Fprintf(&b, " %.3g", e.Coverage)
					}
					for _, x := range e.Exceptions {
						fmt.Fprintf(&b, " %s:%s", x.Name, x.Message)
					}
					b.WriteString("]")
				}
				b.WriteString("\n")
			}
		}
	}
	return b.String()
}
