// Package await waits for names to be known.
package await

import (
	"context"
	"fmt"
	"log/slog"
	"net"
	"slices"
	"strings"
	"time"
)

const (
	interval = 500 * time.Millisecond // between two questions
	reminder = 10 * time.Second       // between two lines of the log
)

// Hosts returns the hosts of an address of the X-Ray daemon in either of the forms
// that the SDKs take: "host:port", or "tcp:host:port udp:host:port". An empty address
// has none.
func Hosts(address string) ([]string, error) {
	var hosts []string
	for part := range strings.FieldsSeq(address) {
		host, _, err := net.SplitHostPort(strings.TrimPrefix(strings.TrimPrefix(part, "tcp:"), "udp:"))
		if err != nil {
			return nil, err
		}
		if host != "" && !slices.Contains(hosts, host) {
			hosts = append(hosts, host)
		}
	}
	return hosts, nil
}

// Resolver looks names up, as [net.Resolver] does.
type Resolver interface {
	LookupHost(ctx context.Context, host string) ([]string, error)
}

// Resolved returns when every host has an address, or with an error when ctx ends. It
// logs what it waits for.
func Resolved(ctx context.Context, log *slog.Logger, r Resolver, hosts ...string) error {
	for _, host := range hosts {
		if err := resolved(ctx, log, r, host); err != nil {
			return err
		}
	}
	return nil
}

func resolved(ctx context.Context, log *slog.Logger, r Resolver, host string) error {
	tick := time.NewTicker(interval)
	defer tick.Stop()
	var said time.Time
	for {
		_, err := r.LookupHost(ctx, host)
		if err == nil {
			return nil
		}
		if time.Since(said) >= reminder {
			log.WarnContext(ctx, "name not known yet", "host", host, "err", err)
			said = time.Now()
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return fmt.Errorf("resolve %s: %w (%w)", host, err, context.Cause(ctx))
		}
	}
}
