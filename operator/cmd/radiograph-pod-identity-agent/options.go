package main

import (
	"errors"
	"fmt"
	"io"
	"net"
	"net/netip"
	"os"
	"strings"

	"github.com/spf13/pflag"

	"github.com/radiograph/radiograph/operator/podidentityagent"
)

// options is all that can be told to the agent. Every field is a flag, and an environment
// variable of its name.
type options struct {
	endpoint, cluster, caFile string
	listen                    []string
	hosts                     []string
	assign                    bool
	link                      string
	healthAddr, metricsAddr   string
	logLevel                  string
}

func (o *options) flags() *pflag.FlagSet {
	f := pflag.NewFlagSet("radiograph-pod-identity-agent", pflag.ContinueOnError)
	f.StringVar(&o.endpoint, "endpoint", "", "URL of radiograph, https://host:port")
	f.StringVar(&o.cluster, "cluster-name", "", "name of the cluster")
	f.StringVar(&o.caFile, "ca-file", "", "certificates in PEM that radiograph's is verified by; those of the system by default")
	f.StringSliceVar(&o.listen, "listen", []string{net.JoinHostPort(podidentityagent.IPv4, "80"), net.JoinHostPort(podidentityagent.IPv6, "80")}, "addresses that pods ask")
	f.StringSliceVar(&o.hosts, "hosts", nil, "names that pods ask by; the addresses by default")
	f.BoolVar(&o.assign, "assign-addresses", false, "give these addresses to an interface of the node before; it needs the capability NET_ADMIN")
	f.StringVar(&o.link, "link", podidentityagent.Link, "name of that interface")
	f.StringVar(&o.healthAddr, "health-addr", "localhost:2703", "address of /healthz and /readyz")
	f.StringVar(&o.metricsAddr, "metrics-addr", ":2705", "address of /metrics; empty for none")
	f.StringVar(&o.logLevel, "log-level", "info", "least level to log: debug, info, warn or error")
	f.VisitAll(func(flag *pflag.Flag) { flag.Usage += " [" + envName(flag.Name) + "]" })
	return f
}

// envName is the environment variable that sets a flag.
func envName(flag string) string {
	return "RADIOGRAPH_AGENT_" + strings.ToUpper(strings.ReplaceAll(flag, "-", "_"))
}

// parse reads the arguments and, for what they do not say, the environment.
func parse(args []string, getenv func(string) (string, bool), usage io.Writer) (*options, error) {
	o := &options{}
	f := o.flags()
	f.SetOutput(usage)
	if err := f.Parse(args); err != nil {
		return nil, err
	}
	if f.NArg() > 0 {
		return nil, fmt.Errorf("unexpected argument %q", f.Arg(0))
	}
	var errs []error
	f.VisitAll(func(flag *pflag.Flag) {
		value, ok := getenv(envName(flag.Name))
		if !ok || flag.Changed {
			return
		}
		if err := f.Set(flag.Name, value); err != nil {
			errs = append(errs, fmt.Errorf("%s: %w", envName(flag.Name), err))
		}
	})
	if len(o.listen) == 0 {
		errs = append(errs, errors.New("listen: there is no address"))
	}
	for _, address := range o.listen {
		if _, err := netip.ParseAddrPort(address); err != nil {
			errs = append(errs, fmt.Errorf("listen: %q is not an IP address with a port", address))
		}
	}
	return o, errors.Join(errs...)
}

// addresses are those to listen at. Where the node has no IPv6, those of IPv6 are left out, as
// long as others remain.
func (o *options) addresses(hasIPv6 bool) []netip.AddrPort {
	var all, four []netip.AddrPort
	for _, text := range o.listen {
		a := netip.MustParseAddrPort(text) // parse has tried
		all = append(all, a)
		if a.Addr().Is4() {
			four = append(four, a)
		}
	}
	if hasIPv6 || len(four) == 0 {
		return all
	}
	return four
}

// ipv6File says whether the kernel has IPv6 turned off (Documentation/networking/ip-sysctl).
const ipv6File = "/proc/sys/net/ipv6/conf/all/disable_ipv6"

// hasIPv6 reports whether the node can have addresses of IPv6.
func hasIPv6() bool {
	text, err := os.ReadFile(ipv6File)
	return err == nil && strings.TrimSpace(string(text)) == "0"
}
