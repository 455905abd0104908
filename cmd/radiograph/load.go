package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	"github.com/spf13/cobra"

	"github.com/radiograph/radiograph/config"
	"github.com/radiograph/radiograph/load"
	"github.com/radiograph/radiograph/problem"
)

func (p *program) load() *cobra.Command {
	var e endpoint
	opts := load.Options{}
	var duration, record string
	var api, verify, quiet bool
	cmd := &cobra.Command{
		Use:   "load",
		Short: "Send realistic traces and measure",
		Long: `Sends traces of a shop, each 18 spans (segments and subsegments) in 5 documents
from 5 services, and measures. By OTLP go the spans that OpenTelemetry's SDKs would
make of the same requests, with random trace ids. The last line of the output is JSON.

Trace number n of a seed is always the same, but for the time.`,
		Example: `  radiograph load --duration 10s
  radiograph load --duration 1m --rate 50000
  radiograph load --udp 127.0.0.1:2000 --traces 10000 --verify
  radiograph load --otlp-grpc 127.0.0.1:4317 --duration 1m
  radiograph load --duration 1m --server-pid $(pgrep -o radiograph) --data-dir ~/.local/share/radiograph`,
		Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) (err error) {
			if chosen(api, opts.UDP != "", opts.OTLPGRPC != "", opts.OTLPHTTP != "") > 1 {
				return problem.New(problem.Invalid, "choose one of --api, --udp, --otlp-grpc and --otlp-http")
			}
			if opts.Duration, err = config.ParseDuration(duration); err != nil {
				return problem.New(problem.Invalid, "--duration: %v", err)
			}
			if opts.Traces > 0 && !cmd.Flags().Changed("duration") {
				opts.Duration = 0
			}
			if opts.Client, err = e.client(); err != nil {
				return err
			}
			opts.API = e.url
			if verify {
				opts.Verify = 200
			}
			if !quiet {
				opts.Progress = p.err
			}
			if record != "" {
				f, err := os.Create(record)
				if err != nil {
					return err
				}
				defer func() { err = errors.Join(err, f.Close()) }()
				opts.Acknowledged = f
			}
			res, runErr := load.Run(cmd.Context(), opts)
			if res == nil {
				return runErr
			}
			return errors.Join(e.classify(runErr), printResult(p.out, res), judge(res))
		},
	}
	e.flag(p, cmd)
	f := cmd.Flags()
	f.BoolVar(&api, "api", false, "send with PutTraceSegments to --endpoint (the default)")
	f.StringVar(&opts.UDP, "udp", "", "send datagrams to this address instead, for example 127.0.0.1:2000")
	f.StringVar(&opts.OTLPGRPC, "otlp-grpc", "", "send spans by OTLP over gRPC to this address instead, for example 127.0.0.1:4317")
	f.StringVar(&opts.OTLPHTTP, "otlp-http", "", "send spans by OTLP over HTTP below this URL instead, for example http://127.0.0.1:4318")
	f.StringVar(&duration, "duration", "10s", "how long to send")
	f.Uint64Var(&opts.Traces, "traces", 0, "how many traces to send; without --duration there is no other end")
	f.Float64Var(&opts.Rate, "rate", 0, "spans a second; 0 is as fast as possible")
	f.IntVar(&opts.Connections, "connections", 2, "parallel senders")
	f.IntVar(&opts.Batch, "batch", 50, "documents a request (by OTLP their spans), or datagrams a system call")
	f.IntVar(&opts.Cardinality, "cardinality", 10_000, "distinct customers and products")
	f.Uint64Var(&opts.Seed, "seed", 1, "which traces to send; two runs against one service should differ")
	f.IntVar(&opts.ServerPID, "server-pid", 0, "measure CPU time and memory of this process (Linux)")
	f.StringVar(&opts.DataDir, "data-dir", "", "measure the bytes on disk below this directory")
	f.BoolVar(&verify, "verify", false, "read back 200 of the acknowledged traces; an incomplete one fails the command")
	f.IntVar(&opts.Ask, "ask", 0, "after the load, ask for traces, pages, graphs and series so many times each, and measure")
	f.StringVar(&record, "record", "", "write the ids of all acknowledged traces to this file, a line each")
	f.BoolVar(&quiet, "quiet", false, "print the last line only")
	return cmd
}

// printResult prints a summary for people and the last line for programs.
func printResult(w io.Writer, r *load.Result) error {
	took := time.Duration(r.Seconds * float64(time.Second)).Round(time.Millisecond)
	if _, err := fmt.Fprintf(w, "%d spans in %d documents of %d traces in %v: %.0f spans/s, %.0f documents/s\n",
		r.Spans, r.Documents, r.Traces, took, r.SpansPerS, r.DocumentsPer); err != nil {
		return err
	}
	return json.NewEncoder(w).Encode(r)
}

// judge fails when what was acknowledged is not there.
func judge(r *load.Result) error {
	switch {
	case r.Verify != nil && r.Verify.Complete < r.Verify.Sampled:
		return problem.New(problem.Internal, "of %d sampled traces %d are missing and %d incomplete", r.Verify.Sampled, r.Verify.Missing, r.Verify.Incomplete)
	case r.Rejected > 0:
		return problem.New(problem.Internal, "%d documents or spans were refused", r.Rejected)
	}
	return nil
}

// chosen counts what was chosen.
func chosen(options ...bool) (n int) {
	for _, o := range options {
		if o {
			n++
		}
	}
	return n
}
