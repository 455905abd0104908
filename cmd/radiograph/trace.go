package main

import (
	"context"
	"encoding/json"
	"os"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/xray"
	"github.com/aws/aws-sdk-go-v2/service/xray/types"
	"github.com/spf13/cobra"
	"golang.org/x/term"

	"github.com/radiograph/radiograph/problem"
	"github.com/radiograph/radiograph/traceid"
)

func (p *program) trace() *cobra.Command {
	var (
		e      endpoint
		mode   string
		asJSON bool
	)
	cmd := &cobra.Command{
		Use:     "trace ID",
		Short:   "Show one trace as a waterfall",
		Example: "  radiograph trace 1-5759e988-bd862e3fe1be46a994272793",
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) != 1 {
				return &problem.Error{Kind: problem.Invalid, Message: "trace takes the id of one trace", Hint: "list some with: radiograph traces"}
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			id, err := traceid.Parse(args[0])
			if err != nil {
				return problem.New(problem.Invalid, "%v: it looks like 1-5759e988-bd862e3fe1be46a994272793", err)
			}
			c, err := p.colour(mode)
			if err != nil {
				return err
			}
			t, err := e.trace(cmd.Context(), id)
			if err != nil {
				return err
			}
			if asJSON {
				return writeTraceJSON(p, t)
			}
			d, err := newTraceDrawing(t, p.width(), c)
			if err != nil {
				return err
			}
			return d.write(p.out)
		},
	}
	e.flag(p, cmd)
	colourFlag(cmd, &mode)
	cmd.Flags().BoolVar(&asJSON, "json", false, "print the segment documents as JSON")
	return cmd
}

// trace fetches one trace.
func (e *endpoint) trace(ctx context.Context, id traceid.ID) (*types.Trace, error) {
	client, err := e.client()
	if err != nil {
		return nil, err
	}
	out, err := client.BatchGetTraces(ctx, &xray.BatchGetTracesInput{TraceIds: []string{id.String()}})
	if err != nil {
		return nil, e.classify(err)
	}
	if len(out.Traces) == 0 {
		return nil, problem.New(problem.NotFound, "there is no trace %s", id)
	}
	return &out.Traces[0], nil
}

func writeTraceJSON(p *program, t *types.Trace) error {
	var out struct {
		ID       string `json:"Id"`
		Duration *float64
		Segments []json.RawMessage
	}
	out.ID, out.Duration = aws.ToString(t.Id), t.Duration
	for _, s := range t.Segments {
		out.Segments = append(out.Segments, json.RawMessage(aws.ToString(s.Document)))
	}
	return writeJSON(p.out, out)
}

// width is the width of the terminal, 100 without one.
func (p *program) width() int {
	if f, ok := p.out.(*os.File); ok {
		if w, _, err := term.GetSize(int(f.Fd())); err == nil {
			return w
		}
	}
	return 100
}
