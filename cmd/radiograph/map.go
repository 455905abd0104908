package main

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strconv"
	"text/tabwriter"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/xray"
	"github.com/aws/aws-sdk-go-v2/service/xray/types"
	"github.com/spf13/cobra"

	"github.com/radiograph/radiograph/console/diagram"
	"github.com/radiograph/radiograph/problem"
)

// maxFilteredTraces bounds the traces behind a filtered map.
const maxFilteredTraces = 1000

type mapCommand struct {
	endpoint
	period
	format, filter, group string
}

func (p *program) serviceMap() *cobra.Command {
	var c mapCommand
	cmd := &cobra.Command{
		Use:     "map",
		Short:   "Show the services, who calls whom, and how it goes",
		Example: "  radiograph map\n  radiograph map --since 1h --format svg > map.svg\n  radiograph map --filter 'fault'",
		Args:    noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if !slices.Contains([]string{"table", "dot", "mermaid", "json", "svg"}, c.format) {
				return problem.New(problem.Invalid, "unknown format %q: choose table, dot, mermaid, json or svg", c.format)
			}
			if c.filter != "" && c.group != "" {
				return problem.New(problem.Invalid, "choose one of --filter and --group")
			}
			return c.run(cmd.Context(), p)
		},
	}
	c.endpoint.flag(p, cmd)
	c.period.flags(cmd, "5m")
	cmd.Flags().StringVar(&c.format, "format", "table", "table, dot (Graphviz), mermaid, json or svg")
	cmd.Flags().StringVar(&c.filter, "filter", "", "only traces that match this filter expression (the newest "+strconv.Itoa(maxFilteredTraces)+")")
	cmd.Flags().StringVar(&c.group, "group", "", "only traces of this group")
	return cmd
}

func (c *mapCommand) run(ctx context.Context, p *program) error {
	client, err := c.client()
	if err != nil {
		return err
	}
	start, end, err := c.bounds(time.Now())
	if err != nil {
		return err
	}
	var services []types.Service
	if c.filter == "" {
		services, err = serviceGraph(ctx, client, start, end, c.group)
	} else {
		services, err = filteredGraph(ctx, client, start, end, c.filter)
	}
	if err != nil {
		return c.classifyFilter(err, c.filter)
	}
	if c.format == "json" {
		return writeJSON(p.out, map[string]any{"StartTime": start, "EndTime": end, "Services": services})
	}
	return c.print(p, mapOf(services, diagram.Covered(earliest(services, end), start, end)))
}

func (c *mapCommand) print(p *program, m *diagram.Map) error {
	switch c.format {
	case "dot":
		return m.DOT(p.out)
	case "mermaid":
		return m.Mermaid(p.out)
	case "svg":
		return m.SVG(p.out, true)
	}
	if len(m.Nodes) == 0 {
		p.printf("No traces in this time. Look further back with --since, or make some: radiograph up --demo\n")
		return nil
	}
	return printMap(p, m)
}

// earliest is when the first of the services was seen, end without any.
func earliest(services []types.Service, end time.Time) time.Time {
	for _, s := range services {
		if s.StartTime != nil && s.StartTime.Before(end) {
			end = *s.StartTime
		}
	}
	return end
}

func serviceGraph(ctx context.Context, client *xray.Client, start, end time.Time, group string) ([]types.Service, error) {
	in := &xray.GetServiceGraphInput{StartTime: aws.Time(start), EndTime: aws.Time(end)}
	if group != "" {
		in.GroupName = aws.String(group)
	}
	return gather(ctx, xray.NewGetServiceGraphPaginator(client, in),
		func(p *xray.GetServiceGraphOutput) []types.Service { return p.Services })
}

// filteredGraph adds up the graphs of the traces that match a filter.
func filteredGraph(ctx context.Context, client *xray.Client, start, end time.Time, filter string) ([]types.Service, error) {
	var ids []string
	for s, err := range summaries(ctx, client, start, end, filter, types.TimeRangeTypeEvent) {
		if err != nil {
			return nil, err
		}
		if ids = append(ids, aws.ToString(s.Id)); len(ids) == maxFilteredTraces {
			break
		}
	}
	services := []types.Service{}
	for part := range slices.Chunk(ids, 100) {
		more, err := gather(ctx, xray.NewGetTraceGraphPaginator(client, &xray.GetTraceGraphInput{TraceIds: part}),
			func(p *xray.GetTraceGraphOutput) []types.Service { return p.Services })
		if err != nil {
			return nil, err
		}
		renumber(more, int32(len(services)))
		services = append(services, more...)
	}
	return services, nil
}

// renumber makes the reference ids of one answer distinct from those of others.
func renumber(services []types.Service, base int32) {
	for i := range services {
		s := &services[i]
		s.ReferenceId = aws.Int32(aws.ToInt32(s.ReferenceId) + base)
		for j := range s.Edges {
			s.Edges[j].ReferenceId = aws.Int32(aws.ToInt32(s.Edges[j].ReferenceId) + base)
		}
	}
}

// mapOf turns the API's services into a map. Services of the same name, type and
// account become one node.
func mapOf(services []types.Service, period time.Duration) *diagram.Map {
	m := &diagram.Map{}
	node := map[string]int{}     // by name, type and account
	reference := map[int32]int{} // by ReferenceId
	for _, s := range services {
		key := aws.ToString(s.Name) + "\x00" + aws.ToString(s.Type) + "\x00" + aws.ToString(s.AccountId)
		i, ok := node[key]
		if !ok {
			i = len(m.Nodes)
			node[key] = i
			m.Nodes = append(m.Nodes, diagram.Node{Name: aws.ToString(s.Name), Type: aws.ToString(s.Type)})
		}
		reference[aws.ToInt32(s.ReferenceId)] = i
		if t := s.SummaryStatistics; t != nil {
			add(&m.Nodes[i].Stats, t.OkCount, t.ErrorStatistics, t.FaultStatistics, t.TotalResponseTime, period)
		}
	}
	edge := map[[2]int]int{}
	for _, s := range services {
		for _, e := range s.Edges {
			from, to := reference[aws.ToInt32(s.ReferenceId)], reference[aws.ToInt32(e.ReferenceId)]
			i, ok := edge[[2]int{from, to}]
			if !ok {
				i = len(m.Edges)
				edge[[2]int{from, to}] = i
				m.Edges = append(m.Edges, diagram.Edge{From: from, To: to, Link: aws.ToString(e.EdgeType) == "link"})
			}
			if t := e.SummaryStatistics; t != nil {
				add(&m.Edges[i].Stats, t.OkCount, t.ErrorStatistics, t.FaultStatistics, t.TotalResponseTime, period)
			}
		}
	}
	m.Sort()
	return m
}

func add(s *diagram.Stats, ok *int64, errs *types.ErrorStatistics, faults *types.FaultStatistics, seconds *float64, period time.Duration) {
	s.OK += aws.ToInt64(ok)
	if errs != nil {
		s.Error += aws.ToInt64(errs.OtherCount)
		s.Throttle += aws.ToInt64(errs.ThrottleCount)
	}
	if faults != nil {
		s.Fault += aws.ToInt64(faults.TotalCount)
	}
	s.TotalTime += aws.ToFloat64(seconds)
	s.Period = period
}

// printMap writes the nodes with the nodes that they call below them.
func printMap(p *program, m *diagram.Map) error {
	calls := make([][]diagram.Edge, len(m.Nodes))
	for _, e := range m.Edges {
		calls[e.From] = append(calls[e.From], e)
	}
	w := tabwriter.NewWriter(p.out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "SERVICE\tTYPE\tAVERAGE\tRATE\tERRORS\tTHROTTLES\tFAULTS")
	for i, n := range m.Nodes {
		row(w, printable(n.Name), cmp.Or(printable(n.Type), "–"), n.Stats)
		for _, e := range calls[i] {
			row(w, "  → "+printable(m.Nodes[e.To].Name), "", e.Stats)
		}
	}
	return w.Flush()
}

func row(w *tabwriter.Writer, name, kind string, s diagram.Stats) {
	fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\t%s\t%s\n",
		name, kind, s.Average(), s.Rate(), share(s.Error, s), share(s.Throttle, s), share(s.Fault, s))
}

func share(n int64, s diagram.Stats) string {
	if n == 0 {
		return "–"
	}
	return fmt.Sprintf("%.1f%%", 100*float64(n)/float64(s.Total()))
}
