package main

import (
	"cmp"
	"context"
	"fmt"
	"iter"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/xray"
	"github.com/aws/aws-sdk-go-v2/service/xray/types"
	"github.com/spf13/cobra"

	"github.com/radiograph/radiograph/console/diagram"
	"github.com/radiograph/radiograph/console/waterfall"
	"github.com/radiograph/radiograph/problem"
	"github.com/radiograph/radiograph/segment"
)

func (p *program) traces() *cobra.Command {
	var (
		e      endpoint
		t      period
		match  string
		limit  int
		asJSON bool
	)
	cmd := &cobra.Command{
		Use:     "traces",
		Short:   "List traces, newest first",
		Example: "  radiograph traces --since 1h --filter 'fault AND service(\"orders\")'\n  radiograph traces --filter 'responsetime > 1' --json",
		Args:    noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if limit <= 0 {
				return problem.New(problem.Invalid, "--limit must be more than 0")
			}
			client, err := e.client()
			if err != nil {
				return err
			}
			start, end, err := t.bounds(time.Now())
			if err != nil {
				return err
			}
			found := []types.TraceSummary{}
			for s, err := range summaries(cmd.Context(), client, start, end, match, types.TimeRangeTypeTraceId) {
				if err != nil {
					return e.classifyFilter(err, match)
				}
				if found = append(found, s); len(found) == limit {
					break
				}
			}
			if asJSON {
				return writeJSON(p.out, found)
			}
			return p.printTraces(found, limit)
		},
	}
	e.flag(p, cmd)
	t.flags(cmd, "15m")
	cmd.Flags().StringVar(&match, "filter", "", "only traces that match this filter expression")
	cmd.Flags().IntVar(&limit, "limit", 20, "most traces to list")
	cmd.Flags().BoolVar(&asJSON, "json", false, "print the summaries as JSON")
	return cmd
}

// summaries yields the matching traces, newest first.
func summaries(ctx context.Context, client *xray.Client, start, end time.Time, filter string, clock types.TimeRangeType) iter.Seq2[types.TraceSummary, error] {
	return func(yield func(types.TraceSummary, error) bool) {
		in := &xray.GetTraceSummariesInput{StartTime: aws.Time(start), EndTime: aws.Time(end), TimeRangeType: clock}
		if filter != "" {
			in.FilterExpression = aws.String(filter)
		}
		for pages := xray.NewGetTraceSummariesPaginator(client, in); pages.HasMorePages(); {
			page, err := pages.NextPage(ctx)
			if err != nil {
				yield(types.TraceSummary{}, err)
				return
			}
			for _, s := range page.TraceSummaries {
				if !yield(s, nil) {
					return
				}
			}
		}
	}
}

func (p *program) printTraces(found []types.TraceSummary, limit int) error {
	if len(found) == 0 {
		p.printf("No matching traces in this time.\n")
		return nil
	}
	w := tabwriter.NewWriter(p.out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "TIME\tTRACE\tRESPONSE\tSTATUS\tENTRY\tREQUEST")
	for _, s := range found {
		r := rowOf(s)
		fmt.Fprintln(w, strings.Join([]string{r.time, r.id, r.response, r.status, r.entry, r.request}, "\t"))
	}
	if err := w.Flush(); err != nil {
		return err
	}
	if len(found) == limit {
		p.printf("The newest %d are shown; --limit shows more.\n", limit)
	}
	return nil
}

// summaryRow is a summary as text.
type summaryRow struct{ time, id, response, status, entry, request string }

func rowOf(s types.TraceSummary) summaryRow {
	r := summaryRow{
		time:     aws.ToTime(s.StartTime).Local().Format("15:04:05.000"),
		id:       aws.ToString(s.Id),
		response: "–",
		status:   statusOf(s),
		entry:    "–",
	}
	if s.ResponseTime != nil {
		r.response = diagram.FormatSeconds(*s.ResponseTime)
	}
	if s.EntryPoint != nil {
		r.entry = cmp.Or(printable(aws.ToString(s.EntryPoint.Name)), r.entry)
	}
	if s.Http != nil {
		r.request = printable(strings.TrimSpace(aws.ToString(s.Http.HttpMethod) + " " + aws.ToString(s.Http.HttpURL)))
	}
	return r
}

// outcomeOf is how the request of a trace ended.
func outcomeOf(s types.TraceSummary) segment.Outcome {
	switch {
	case aws.ToBool(s.HasThrottle):
		return segment.Throttle
	case aws.ToBool(s.HasFault):
		return segment.Fault
	case aws.ToBool(s.HasError):
		return segment.Error
	}
	return segment.OK
}

// statusOf is the outcome, after the HTTP status if there is one.
func statusOf(s types.TraceSummary) string {
	outcome := waterfall.OutcomeName(outcomeOf(s))
	if s.Http != nil && aws.ToInt32(s.Http.HttpStatus) != 0 {
		return fmt.Sprintf("%d %s", *s.Http.HttpStatus, outcome)
	}
	return outcome
}
