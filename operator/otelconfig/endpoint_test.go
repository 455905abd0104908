package otelconfig

import "testing"

func TestParseEndpoint(t *testing.T) {
	for endpoint, want := range map[string]address{
		"":                                  {},
		"0.0.0.0:4317":                      {host: "0.0.0.0", port: 4317},
		":4317":                             {port: 4317},
		"4317":                              {port: 4317},
		" 4317 ":                            {port: 4317},
		"localhost":                         {host: "localhost"},
		"localhost:":                        {host: "localhost"},
		"[::]:4317":                         {host: "::", port: 4317},
		"[fe80::1%eth0]:4317":               {host: "fe80::1%eth0", port: 4317},
		"[::1]":                             {host: "::1"},
		"::1":                               {host: "::1"},
		"2001:db8::8888":                    {host: "2001:db8::8888"},
		"http://0.0.0.0:4318/v1/traces":     {host: "0.0.0.0", port: 4318},
		"unix:///run/x.sock":                {unix: true},
		"/run/x.sock":                       {unix: true},
		"${env:POD_IP}:4317":                {host: unknown, port: 4317},
		"${POD_IP}:4317":                    {host: unknown, port: 4317},
		"[${env:POD_IP}]:4317":              {host: unknown, port: 4317},
		"0.0.0.0:${env:PORT}":               {host: "0.0.0.0", env: true},
		"0.0.0.0:1${env:PORT}":              {host: "0.0.0.0", env: true},
		"${env:HOST}:${env:PORT}":           {host: unknown, env: true},
		"${env:ENDPOINT}":                   {host: unknown, env: true},
		"${env:ENDPOINT:-0.0.0.0:4317}":     {host: "0.0.0.0", port: 4317},
		"${env:HOST:-localhost}:4317":       {host: "localhost", port: 4317},
		"0.0.0.0:${env:PORT:-4317}":         {host: "0.0.0.0", port: 4317},
		"${file:/etc/host}:4317":            {host: unknown, port: 4317},
		"0.0.0.0:0":                         {host: "0.0.0.0", err: `the port "0" is not a number from 1 to 65535`},
		"0.0.0.0:65536":                     {host: "0.0.0.0", err: `the port "65536" is not a number from 1 to 65535`},
		"0.0.0.0:grpc":                      {host: "0.0.0.0", err: `the port "grpc" is not a number from 1 to 65535`},
		"[::1]:-1":                          {host: "::1", err: `the port "-1" is not a number from 1 to 65535`},
		"[::1":                              {host: "::1"},
		"${env:HOST:-${env:OTHER}}:4317":    {host: unknown, port: 4317},
		"$NAME:4317":                        {host: "$NAME", port: 4317},
		"999999999999999999999999999999999": {err: `the port "999999999999999999999999999999999" is not a number from 1 to 65535`},
	} {
		if got := parseEndpoint(endpoint); got != want {
			t.Errorf("%s: got %+v, want %+v", endpoint, got, want)
		}
	}
}

// FuzzParseEndpoint checks that an endpoint with a host and a port means the same when it is
// written again.
func FuzzParseEndpoint(f *testing.F) {
	f.Add("0.0.0.0:4317")
	f.Add("[::1]:1")
	f.Add("${env:A:-b}:2")
	f.Fuzz(func(t *testing.T, endpoint string) {
		a := parseEndpoint(endpoint)
		if a.port < 0 || a.port > 65535 || a.port != 0 && a.err != "" {
			t.Fatalf("%q: %+v", endpoint, a)
		}
		if a.port == 0 || a.host == unknown {
			return
		}
		again := parseEndpoint(hostPort(a.host, a.port))
		if again.host != a.host {
			return // a host with brackets or slashes, which no resolver takes
		}
		if again != a {
			t.Fatalf("%q: %+v, again %+v", endpoint, a, again)
		}
	})
}
