package cluster

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
)

// bridgeFilter makes the kernel see traffic between two pods in nftables too, without
// which an answer to a service's address would come from a pod's.
const bridgeFilter = "net/bridge/bridge-nf-call-iptables"

// sysctls are those that the cluster or its programs change, with the value that the
// cluster needs; empty where the kubelet sets it. Down restores all of them.
var sysctls = map[string]string{
	bridgeFilter:                       "1",
	"net/ipv4/ip_forward":              "1",
	"vm/overcommit_memory":             "",
	"vm/panic_on_oom":                  "",
	"kernel/panic":                     "",
	"kernel/panic_on_oops":             "",
	"kernel/keys/root_maxkeys":         "",
	"kernel/keys/root_maxbytes":        "",
	"net/ipv4/conf/all/route_localnet": "",
}

// readSysctls returns the present values of those the machine has.
func readSysctls() (map[string]string, error) {
	values := map[string]string{}
	for name := range sysctls {
		value, err := os.ReadFile(filepath.Join("/proc/sys", name))
		if errors.Is(err, os.ErrNotExist) {
			if name == bridgeFilter {
				return nil, errors.New("the kernel does not filter bridged traffic; load its module: modprobe br_netfilter")
			}
			continue
		}
		if err != nil {
			return nil, fmt.Errorf("read kernel setting %s: %w", name, err)
		}
		values[name] = strings.TrimSpace(string(value))
	}
	return values, nil
}

// writeSysctls sets the values that are not empty.
func writeSysctls(values map[string]string) error {
	var failed []error
	for name, value := range values {
		if value == "" {
			continue
		}
		path := filepath.Join("/proc/sys", name)
		if now, err := os.ReadFile(path); err == nil && strings.TrimSpace(string(now)) == value {
			continue
		}
		if err := os.WriteFile(path, []byte(value), 0o600); err != nil {
			failed = append(failed, fmt.Errorf("write kernel setting %s: %w", name, err))
		}
	}
	return errors.Join(failed...)
}

// makeBridge makes the bridge with the node's address. Services are routed to it, so
// that the machine reaches them also without a default route; kube-proxy turns their
// addresses into pods' before anything leaves.
func makeBridge(ctx context.Context) error {
	return commands(ctx,
		[]string{"ip", "link", "add", bridge, "type", "bridge"},
		[]string{"ip", "address", "add", nodeIP + "/16", "dev", bridge},
		[]string{"ip", "link", "set", bridge, "up"},
		[]string{"ip", "route", "add", serviceCIDR, "dev", bridge, "src", nodeIP},
	)
}

func removeBridge(ctx context.Context) error {
	if _, err := net.InterfaceByName(bridge); err != nil {
		return nil //nolint:nilerr // it is not there
	}
	return commands(ctx, []string{"ip", "link", "delete", bridge})
}

// forwardRules let the pods' traffic through where the machine drops what it forwards,
// as Docker sets it up.
var forwardRules = [][]string{{"-i", bridge, "-j", "ACCEPT"}, {"-o", bridge, "-j", "ACCEPT"}}

func dropsForwarded(ctx context.Context) bool {
	rules, err := output(exec.CommandContext(ctx, "iptables", "-w", "-S", "FORWARD"))
	return err == nil && strings.Contains(rules, "-P FORWARD DROP")
}

func changeForwardRules(ctx context.Context, action string) error {
	var failed []error
	for _, rule := range forwardRules {
		failed = append(failed, commands(ctx, append([]string{"iptables", "-w", action, "FORWARD"}, rule...)))
	}
	return errors.Join(failed...)
}

// removeTables deletes the nftables tables of kube-proxy.
func removeTables(ctx context.Context) error {
	tables, err := output(exec.CommandContext(ctx, "nft", "list", "tables"))
	if err != nil {
		return err
	}
	var failed []error
	for line := range strings.Lines(tables) {
		fields := strings.Fields(line) // table FAMILY NAME
		if len(fields) == 3 && fields[2] == "kube-proxy" {
			failed = append(failed, commands(ctx, []string{"nft", "delete", "table", fields[1], fields[2]}))
		}
	}
	return errors.Join(failed...)
}

// natFamilies are those in which the portmap plugin makes chains.
var natFamilies = []string{"ip", "ip6"}

// rule is a rule of nftables, named by its handle.
type rule struct {
	Chain  string          `json:"chain"`
	Handle int             `json:"handle"`
	Expr   json.RawMessage `json:"expr"`
}

// hostPortChains returns the chains that the portmap plugin makes for all host ports of
// a machine, and the rules outside them that lead there.
func hostPortChains(ctx context.Context, family string) (chains []string, jumps []rule, err error) {
	tables, err := output(exec.CommandContext(ctx, "nft", "list", "tables"))
	if err != nil {
		return nil, nil, err
	}
	if !strings.Contains(tables+"\n", "table "+family+" nat\n") {
		return nil, nil, nil
	}
	//nolint:gosec // the family is a constant
	text, err := output(exec.CommandContext(ctx, "nft", "--json", "--handle", "list", "table", family, "nat"))
	if err != nil {
		return nil, nil, err
	}
	chains, jumps, err = parseHostPortChains([]byte(text))
	if err != nil {
		return nil, nil, fmt.Errorf("read nftables table %s nat: %w", family, err)
	}
	return chains, jumps, nil
}

// parseHostPortChains reads what nft prints in JSON (libnftables-json(5)).
func parseHostPortChains(text []byte) (chains []string, jumps []rule, err error) {
	const prefix = "CNI-HOSTPORT-"
	var list struct {
		Objects []struct {
			Chain *struct {
				Name string `json:"name"`
			} `json:"chain"`
			Rule *rule `json:"rule"`
		} `json:"nftables"`
	}
	if err := json.Unmarshal(text, &list); err != nil {
		return nil, nil, err
	}
	for _, o := range list.Objects {
		switch {
		case o.Chain != nil && strings.HasPrefix(o.Chain.Name, prefix):
			chains = append(chains, o.Chain.Name)
		case o.Rule != nil && !strings.HasPrefix(o.Rule.Chain, prefix) && bytes.Contains(o.Rule.Expr, []byte(`"`+prefix)):
			jumps = append(jumps, *o.Rule)
		}
	}
	return chains, jumps, nil
}

// removeHostPortChains removes what the portmap plugin leaves when the last host port is
// gone.
func removeHostPortChains(ctx context.Context) error {
	var failed []error
	for _, family := range natFamilies {
		chains, jumps, err := hostPortChains(ctx, family)
		failed = append(failed, err)
		for _, j := range jumps {
			failed = append(failed, commands(ctx, []string{"nft", "delete", "rule", family, "nat", j.Chain, "handle", strconv.Itoa(j.Handle)}))
		}
		for _, chain := range chains {
			failed = append(failed, commands(ctx,
				[]string{"nft", "flush", "chain", family, "nat", chain},
				[]string{"nft", "delete", "chain", family, "nat", chain},
			))
		}
	}
	return errors.Join(failed...)
}

// commands runs each in turn until one fails.
func commands(ctx context.Context, all ...[]string) error {
	for _, c := range all {
		//nolint:gosec // the arguments are the harness's own
		if _, err := output(exec.CommandContext(ctx, c[0], c[1:]...)); err != nil {
			return err
		}
	}
	return nil
}

// freePort returns a TCP port of the address that nothing uses at the moment.
func freePort(ctx context.Context, ip string) (int, error) {
	var config net.ListenConfig
	listener, err := config.Listen(ctx, "tcp", net.JoinHostPort(ip, "0"))
	if err != nil {
		return 0, fmt.Errorf("find a free port: %w", err)
	}
	defer func() { _ = listener.Close() }()
	address, ok := listener.Addr().(*net.TCPAddr)
	if !ok {
		return 0, fmt.Errorf("find a free port: %v is not a TCP address", listener.Addr())
	}
	return address.Port, nil
}
