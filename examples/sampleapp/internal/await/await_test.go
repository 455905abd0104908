package await

import (
	"context"
	"log/slog"
	"net"
	"slices"
	"testing"
	"testing/synctest"
	"time"
)

func TestHosts(t *testing.T) {
	for _, tc := range []struct {
		name, in string
		want     []string
		bad      bool
	}{
		{name: "nothing", in: ""},
		{name: "one address", in: "collector.tracing:2000", want: []string{"collector.tracing"}},
		{name: "one host in two protocols", in: "tcp:a:2000 udp:a:2000", want: []string{"a"}},
		{name: "two hosts", in: "udp:a:2000 tcp:b:2001", want: []string{"a", "b"}},
		{name: "number", in: "[::1]:2000", want: []string{"::1"}},
		{name: "no port", in: "collector", bad: true},
	} {
		t.Run(tc.name, func(t *testing.T) {
			got, err := Hosts(tc.in)
			if (err != nil) != tc.bad || !slices.Equal(got, tc.want) {
				t.Errorf("Hosts(%q) = %q, %v; want %q, error %v", tc.in, got, err, tc.want, tc.bad)
			}
		})
	}
}

func FuzzHosts(f *testing.F) {
	f.Add("tcp:a:2000 udp:[::1]:2000")
	f.Fuzz(func(t *testing.T, address string) {
		hosts, err := Hosts(address)
		if err != nil && hosts != nil {
			t.Errorf("Hosts(%q) = %q and %v", address, hosts, err)
		}
	})
}

// dns is a resolver whose names appear at a moment.
type dns time.Time

func (d dns) LookupHost(_ context.Context, host string) ([]string, error) {
	if time.Now().Before(time.Time(d)) {
		return nil, &net.DNSError{Err: "no such host", Name: host, IsNotFound: true}
	}
	return []string{"10.0.0.1"}, nil
}

func TestResolvedWaitsForTheName(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		start := time.Now()
		if err := Resolved(t.Context(), slog.New(slog.DiscardHandler), dns(start.Add(time.Minute)), "collector"); err != nil {
			t.Fatal(err)
		}
		if got := time.Since(start); got != time.Minute {
			t.Errorf("waited %s, want one minute", got)
		}
	})
}

func TestResolvedGivesUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if err := Resolved(ctx, slog.New(slog.DiscardHandler), dns(time.Now().Add(time.Minute)), "collector"); err == nil {
			t.Error("no error although the name is not known")
		}
	})
}
