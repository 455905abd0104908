package main

import (
	"context"
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"runtime"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
	"golang.org/x/sync/errgroup"

	"github.com/radiograph/radiograph/config"
	"github.com/radiograph/radiograph/demo"
	"github.com/radiograph/radiograph/internal/version"
	"github.com/radiograph/radiograph/problem"
	"github.com/radiograph/radiograph/server"
)

// upFlags are the keys that up offers as flags; server offers all.
var upFlags = []string{"data", "http", "account-id", "region", "pprof", "strict-aws-limits", "retention", "sync", "memory", "otlp-grpc", "otlp-http", "otlp-indexed-attributes", "otlp-index-all-attributes", "log-level", "log-format"}

func (p *program) up() *cobra.Command {
	var withDemo bool
	daemon := "127.0.0.1:2000"
	keys := config.Default()
	keys.Data = p.dataDir()
	cmd := &cobra.Command{
		Use:   "up",
		Short: "Start everything on this machine",
		Long: `Starts the service for this machine: X-Ray API, daemon, OTLP, store and page, on
loopback addresses. With --demo a small shop of real services, instrumented with
the X-Ray SDK, makes traces: the program radiograph-shop, which lies beside this one.`,
		Example: "  radiograph up\n  radiograph up --demo\n  radiograph up --data /tmp/traces --http 127.0.0.1:3080 --daemon 127.0.0.1:3000 --otlp-grpc 127.0.0.1:3317 --otlp-http=",
		Args:    noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			flags := given(cmd.Flags())
			flags["daemon-udp"], flags["daemon-tcp"] = daemon, daemon
			base := config.Default()
			base.Data = p.dataDir()
			l, err := config.Load(base, config.Source{Env: p.env, Flags: flags})
			if err != nil {
				return err
			}
			shop := ""
			if withDemo {
				if shop, err = demo.Find(); err != nil {
					return err
				}
			}
			return p.serve(cmd.Context(), l.Config, shop)
		},
	}
	bindKeys(cmd.Flags(), &keys, upFlags)
	cmd.Flags().StringVar(&daemon, "daemon", daemon, "UDP and TCP address for X-Ray SDKs")
	cmd.Flags().BoolVar(&withDemo, "demo", false, "run a small shop that makes traces")
	return cmd
}

func (p *program) server() *cobra.Command {
	keys := config.Default()
	var file string
	cmd := &cobra.Command{
		Use:   "server",
		Short: "Start the service as its configuration says",
		Long: `Starts the service. Values come from the defaults, the file, the environment
(RADIOGRAPH_…) and the flags; the later wins. "radiograph config" prints the result.`,
		Example: "  radiograph server --config /etc/radiograph.yaml",
		Args:    noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			l, err := p.loadConfig(cmd.Flags(), file)
			if err != nil {
				return err
			}
			return p.serve(cmd.Context(), l.Config, "")
		},
	}
	bindKeys(cmd.Flags(), &keys, nil)
	configFlag(cmd.Flags(), &file)
	return cmd
}

func (p *program) config() *cobra.Command {
	keys := config.Default()
	var file string
	cmd := &cobra.Command{
		Use:     "config",
		Short:   "Print the effective configuration and where each value comes from",
		Example: "  radiograph config --config /etc/radiograph.yaml --retention 7d",
		Args:    noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			l, err := p.loadConfig(cmd.Flags(), file)
			if err != nil {
				return err
			}
			return l.Write(p.out)
		},
	}
	bindKeys(cmd.Flags(), &keys, nil)
	configFlag(cmd.Flags(), &file)
	return cmd
}

func configFlag(f *pflag.FlagSet, file *string) {
	f.StringVarP(file, "config", "c", "", "YAML file")
}

// bindKeys adds the flags of the named keys, of all keys for nil. The values land
// in c, only to be shown as defaults and checked early: config.Load decides.
func bindKeys(f *pflag.FlagSet, c *config.Config, names []string) {
	wanted := map[string]bool{}
	for _, n := range names {
		wanted[n] = true
	}
	for _, k := range c.Keys() {
		if names != nil && !wanted[k.Flag] {
			continue
		}
		flag := f.VarPF(k.Value, k.Flag, "", lowerFirst(k.Doc))
		if k.Value.Type() == "bool" {
			flag.NoOptDefVal = "true"
		}
	}
}

// lowerFirst makes a sentence of the documentation fit for the list of flags.
func lowerFirst(s string) string {
	s = strings.TrimSuffix(s, ".")
	if len(s) > 1 && s[1] >= 'a' && s[1] <= 'z' {
		return strings.ToLower(s[:1]) + s[1:]
	}
	return s
}

// given returns the flags that were set, by name.
func given(f *pflag.FlagSet) map[string]string {
	set := map[string]string{}
	f.Visit(func(flag *pflag.Flag) { set[flag.Name] = flag.Value.String() })
	return set
}

func (p *program) loadConfig(f *pflag.FlagSet, file string) (*config.Loaded, error) {
	src := config.Source{File: file, Env: p.env, Flags: given(f)}
	if file != "" {
		text, err := os.ReadFile(file)
		if err != nil {
			return nil, &problem.Error{Kind: problem.NotFound, Message: "configuration", Err: err}
		}
		src.YAML = text
	}
	return config.Load(config.Default(), src)
}

// dataDir is where up keeps data when nothing else is said.
func (p *program) dataDir() string {
	if dir := p.getenv("XDG_DATA_HOME"); filepath.IsAbs(dir) {
		return filepath.Join(dir, "radiograph")
	}
	home := p.getenv("HOME")
	if home == "" && runtime.GOOS == "windows" {
		home = p.getenv("USERPROFILE")
	}
	return filepath.Join(home, ".local", "share", "radiograph")
}

// serve runs the service until ctx ends, with the program of a shop if one is named.
func (p *program) serve(ctx context.Context, cfg config.Config, shop string) error {
	s, err := server.New(ctx, cfg, server.Options{Logger: p.logger(cfg.Log), Version: version.String()})
	if err != nil {
		return err
	}
	p.greet(cfg, s)
	g, gctx := errgroup.WithContext(ctx)
	demoCtx, stopDemo := context.WithCancel(gctx)
	demoDone := make(chan struct{})
	g.Go(func() error {
		defer close(demoDone)
		if shop == "" {
			return nil
		}
		return p.demo(demoCtx, s, shop)
	})
	// The shop stops first: its last traces shall arrive.
	serveCtx, stopServe := context.WithCancel(context.WithoutCancel(ctx))
	defer stopServe()
	g.Go(func() error {
		defer stopDemo()
		return s.Run(serveCtx)
	})
	g.Go(func() error {
		<-gctx.Done()
		stopDemo()
		<-demoDone
		stopServe()
		return nil
	})
	return ignoreCancel(g.Wait())
}

// ignoreCancel drops the error of being told to stop.
func ignoreCancel(err error) error {
	if errors.Is(err, context.Canceled) {
		return nil
	}
	return err
}

// greet says what listens where, and what to do next.
func (p *program) greet(cfg config.Config, s *server.Server) {
	p.printf("radiograph %s\n\n", version.String())
	p.printf("  API and page   %s\n", s.Endpoint())
	if addr := s.DaemonAddress(); addr != "" {
		p.printf("  X-Ray SDKs     AWS_XRAY_DAEMON_ADDRESS=%s\n", addr)
	}
	if addr := s.OTLPGRPCAddress(); addr != "" {
		scheme := "http"
		if cfg.TLS.On(config.ListenerOTLPGRPC) {
			scheme = "https"
		}
		p.printf("  OTLP, gRPC     OTEL_EXPORTER_OTLP_ENDPOINT=%s://%s\n", scheme, addr)
	}
	if url := s.OTLPEndpoint(); url != "" {
		p.printf("  OTLP, HTTP     OTEL_EXPORTER_OTLP_ENDPOINT=%s OTEL_EXPORTER_OTLP_PROTOCOL=http/protobuf\n", url)
	}
	p.printf("  data           %s\n", server.Scope(cfg.Data, cfg.AccountID, cfg.Region))
	option := ""
	if s.Endpoint() != defaultEndpoint {
		option = " --endpoint " + s.Endpoint()
	}
	p.printf("\nNext, in another terminal:\n\n  %[1]s map%[2]s\n  %[1]s tail%[2]s\n  aws xray get-trace-summaries --endpoint-url %[3]s --region %[4]s --no-sign-request --start-time $(date -d -5min +%%s) --end-time $(date +%%s)\n\nCtrl-C stops.\n\n",
		p.name(), option, s.Endpoint(), cfg.Region)
}

// logger writes to standard error.
func (p *program) logger(c config.Log) *slog.Logger {
	var level slog.Level
	if err := level.UnmarshalText([]byte(c.Level)); err != nil {
		level = slog.LevelInfo // config has checked it
	}
	opts := &slog.HandlerOptions{Level: level}
	if c.Format == "text" || c.Format == "auto" && terminal(p.err) {
		return slog.New(slog.NewTextHandler(p.err, opts))
	}
	return slog.New(slog.NewJSONHandler(p.err, opts))
}
