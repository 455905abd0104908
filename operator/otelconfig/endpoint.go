package otelconfig

import (
	"regexp"
	"strconv"
	"strings"
)

// address is an endpoint taken apart. A part that only the collector's environment knows is
// kept as the reference it is.
type address struct {
	host string // without brackets; "" when there is none
	port int32  // 0 when there is none, or when it is not known here
	env  bool   // the port is there, but in an environment variable
	unix bool   // a path in the file system: no port at all
	err  string // what is wrong with the endpoint, "" when it can be read
}

var (
	// envDefault matches the forms of a reference that carry a default value.
	envDefault = regexp.MustCompile(`\$\{(?:env:)?[A-Za-z_][A-Za-z0-9_]*:-([^${}]*)\}`)
	// reference matches a value that the collector takes from elsewhere.
	reference = regexp.MustCompile(`\$\{[^{}]*\}`)
)

// unknown stands for a reference while an endpoint is taken apart: no endpoint has it.
const unknown = "\x00"

// parseEndpoint takes an endpoint apart as the collector's host:port, with a host that may
// be missing, in brackets, or a reference to the environment. It also accepts a bare port and
// a URL.
func parseEndpoint(endpoint string) address {
	s := envDefault.ReplaceAllString(strings.TrimSpace(endpoint), "$1")
	s = reference.ReplaceAllString(s, unknown)
	if scheme, rest, ok := strings.Cut(s, "://"); ok {
		if scheme == "unix" {
			return address{unix: true}
		}
		s, _, _ = strings.Cut(rest, "/")
	}
	if strings.HasPrefix(s, "/") || strings.HasPrefix(s, "unix:") {
		return address{unix: true}
	}
	host, port := splitHostPort(s)
	a := address{host: host}
	switch {
	case port == "":
	case strings.Contains(port, unknown):
		a.env = true
	default:
		n, err := strconv.ParseUint(port, 10, 16)
		if err != nil || n == 0 {
			a.err = "the port " + strconv.Quote(port) + " is not a number from 1 to 65535"
			break
		}
		a.port = int32(n)
	}
	if host == unknown && port == "" {
		a.env = true // the variable may hold both
	}
	if strings.Contains(host, unknown) {
		a.host = unknown
	}
	return a
}

// splitHostPort divides at the last colon that is not part of an IPv6 address. What has no
// colon and only digits is a port.
func splitHostPort(s string) (host, port string) {
	if rest, ok := strings.CutPrefix(s, "["); ok {
		host, rest, _ = strings.Cut(rest, "]")
		port, _ = strings.CutPrefix(rest, ":")
		return host, port
	}
	i := strings.LastIndexByte(s, ':')
	switch {
	case i < 0 && s != "" && strings.Trim(s, "0123456789") == "":
		return "", s
	case i < 0:
		return s, ""
	case strings.Count(s, ":") > 1 && !strings.Contains(s, unknown):
		return s, "" // an IPv6 address without brackets has no port
	}
	return s[:i], s[i+1:]
}

// hostPort writes an endpoint; a host with colons gets its brackets.
func hostPort(host string, port int32) string {
	if strings.Contains(host, ":") {
		host = "[" + host + "]"
	}
	return host + ":" + strconv.FormatInt(int64(port), 10)
}

// local reports whether the endpoint's host is one that only the own pod can reach.
func (a address) local() bool {
	return a.host == "localhost" || a.host == "::1" || strings.HasPrefix(a.host, "127.")
}
