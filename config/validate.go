package config

import (
	"net"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/radiograph/radiograph/problem"
)

type fault struct{ path, text string }

// Validate checks c as a whole. The error, a problem of kind Invalid, lists
// everything that is wrong.
func (c *Config) Validate() error {
	var lines []string
	for _, f := range c.faults() {
		lines = append(lines, f.path+": "+f.text)
	}
	if len(lines) == 0 {
		return nil
	}
	return problem.New(problem.Invalid, "configuration: %s", strings.Join(lines, "\n"))
}

func (c *Config) faults() (all []fault) {
	check := func(ok bool, path, text string) {
		if !ok {
			all = append(all, fault{path, text})
		}
	}
	check(c.Data != "", "data", "must name a directory")
	check(isAccountID(c.AccountID), "account_id", strconv.Quote(c.AccountID)+" is not an account number: 12 digits (in YAML in quotes)")
	check(isRegion(c.Region), "region", strconv.Quote(c.Region)+" is not a region: lower-case letters, digits and dashes, at most 64")
	check(c.HTTP.MaxBody > 0, "http.max_body", "must be more than 0")
	check(c.Ingest.MaxDocument > 0, "ingest.max_document", "must be more than 0")
	check(c.Store.Memory >= 8<<20, "store.memory", "must be at least 8MiB")
	check(c.Store.Head == 0 || c.Store.Head >= 1<<20 && c.Store.Head <= c.Store.Memory/2, "store.head", "must be at least 1MiB and at most half of store.memory: while a full head is written, the next one fills")
	check(c.Store.Disk >= 0, "store.disk", "must not be negative")
	for _, d := range []struct {
		path  string
		value time.Duration
		least time.Duration
	}{
		{"shutdown", c.Shutdown, time.Millisecond},
		{"http.read_header_timeout", c.HTTP.ReadHeaderTimeout, time.Millisecond},
		{"http.read_timeout", c.HTTP.ReadTimeout, time.Millisecond},
		{"http.idle_timeout", c.HTTP.IdleTimeout, time.Millisecond},
		{"store.retention", c.Store.Retention, time.Minute},
		{"store.settle", c.Store.Settle, time.Millisecond},
	} {
		check(d.value >= d.least, d.path, "must be at least "+FormatDuration(d.least))
	}
	check(c.HTTP.Listen != "", "http.listen", "must be an address such as 127.0.0.1:2080")
	check(!slices.Contains(c.OTLP.IndexedAttributes, ""), "otlp.indexed_attributes", "an attribute has no name")
	for _, a := range c.addresses() {
		if a.addr == "" {
			continue
		}
		if text := addressFault(a.addr); text != "" {
			all = append(all, fault{a.path, text})
			continue
		}
		check(c.Insecure || isLoopback(a.addr), a.path, a.addr+" can be reached from other machines and nobody has to authenticate: use a loopback address, or allow it with insecure: true (--insecure)")
	}
	return all
}

type address struct{ path, addr string }

func (c *Config) addresses() []address {
	return []address{{"http.listen", c.HTTP.Listen}, {"daemon.udp", c.Daemon.UDP}, {"daemon.tcp", c.Daemon.TCP}, {"otlp.grpc", c.OTLP.GRPC}, {"otlp.http", c.OTLP.HTTP}}
}

func addressFault(addr string) string {
	_, port, err := net.SplitHostPort(addr)
	if err != nil {
		return strconv.Quote(addr) + " is not an address such as 127.0.0.1:2080"
	}
	if n, err := strconv.ParseUint(port, 10, 16); err != nil || strconv.FormatUint(n, 10) != port {
		return strconv.Quote(port) + " is not a port number"
	}
	return ""
}

// isLoopback reports whether only this machine can reach addr. A name other than
// localhost is not trusted to stay local.
func isLoopback(addr string) bool {
	host, _, err := net.SplitHostPort(addr)
	if err != nil {
		return false
	}
	if host == "localhost" {
		return true
	}
	ip, err := netip.ParseAddr(host)
	return err == nil && ip.Unmap().IsLoopback()
}

func isAccountID(s string) bool {
	return len(s) == 12 && strings.Trim(s, "0123456789") == ""
}

func isRegion(s string) bool {
	return s != "" && len(s) <= 64 && strings.Trim(s, "abcdefghijklmnopqrstuvwxyz0123456789-") == "" && s[0] != '-'
}
