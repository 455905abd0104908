package config

import (
	"net"
	"net/netip"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/radiograph/radiograph/problem"
)

// maxClockSkew is what the most patient of AWS's services allow.
const maxClockSkew = 15 * time.Minute

type fault struct{ path, text string }

// isWebURL reports whether something can be posted to s.
func isWebURL(s string) bool {
	u, err := url.Parse(s)
	return err == nil && (u.Scheme == "http" || u.Scheme == "https") && u.Host != ""
}

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
		{"auth.clock_skew", c.Auth.ClockSkew, time.Second},
		{"login.idle", c.Login.Idle, time.Minute},
		{"login.lifetime", c.Login.Lifetime, time.Minute},
		{"http.read_header_timeout", c.HTTP.ReadHeaderTimeout, time.Millisecond},
		{"http.read_timeout", c.HTTP.ReadTimeout, time.Millisecond},
		{"http.idle_timeout", c.HTTP.IdleTimeout, time.Millisecond},
		{"store.retention", c.Store.Retention, time.Minute},
		{"store.settle", c.Store.Settle, time.Millisecond},
	} {
		check(d.value >= d.least, d.path, "must be at least "+FormatDuration(d.least))
	}
	check(c.Auth.Mode == AuthOff || c.Auth.Mode == AuthSigV4, "auth.mode", strconv.Quote(c.Auth.Mode)+" is neither off nor sigv4")
	check(c.Auth.ClockSkew <= maxClockSkew, "auth.clock_skew", "must be at most "+FormatDuration(maxClockSkew)+": that long a request can be sent again")
	for _, host := range c.Auth.AcceptedHosts {
		check(host != "" && !strings.ContainsAny(host, "/ @"), "auth.accepted_hosts", strconv.Quote(host)+" is not a host name such as traces.example.com or traces.example.com:8443")
	}
	check(c.HTTP.Listen != "", "http.listen", "must be an address such as 127.0.0.1:2080")
	check(!slices.Contains(c.OTLP.IndexedAttributes, ""), "otlp.indexed_attributes", "an attribute has no name")
	all = append(all, c.tlsFaults()...)
	all = append(all, c.loginFaults()...)
	check(c.Insights.Webhook == "" || isWebURL(c.Insights.Webhook), "insights.webhook", strconv.Quote(c.Insights.Webhook)+" is not a URL such as https://example.com/hook")
	for _, a := range c.addresses() {
		if a.addr == "" {
			continue
		}
		if text := addressFault(a.addr); text != "" {
			all = append(all, fault{a.path, text})
			continue
		}
		check(c.Insecure || a.guarded || isLoopback(a.addr), a.path, a.addr+" can be reached from other machines and nobody has to authenticate: use a loopback address, "+a.way+"or allow it with insecure: true (--insecure)")
	}
	return all
}

// address is where clients connect.
type address struct {
	path, addr string
	guarded    bool   // they must authenticate
	way        string // how to make them
}

func (c *Config) addresses() []address {
	signed, way := c.Auth.Mode == AuthSigV4, "demand signatures with auth.mode: sigv4 (--auth sigv4), "
	return []address{
		{"http.listen", c.HTTP.Listen, signed, way},
		{"daemon.udp", c.Daemon.UDP, false, ""},
		{"daemon.tcp", c.Daemon.TCP, false, ""},
		{"otlp.grpc", c.OTLP.GRPC, signed, way},
		{"otlp.http", c.OTLP.HTTP, signed, way},
	}
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
