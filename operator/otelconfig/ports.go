package otelconfig

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/util/validation"

	"github.com/radiograph/radiograph/operator/api/v1beta1"
)

// Port is a port that a component of the configuration opens.
type Port struct {
	// Name is the name of the port in Services and containers, a valid one of at most 15
	// characters. No two ports of one list have the same.
	Name string
	// Port is the number the component listens at.
	Port int32
	// Protocol is TCP or UDP. A port of one is not the port of the other.
	Protocol corev1.Protocol
	// AppProtocol is "grpc", "http" or "" when it is not known.
	AppProtocol string
	// Section is "receivers", "exporters" or "extensions", and Component the id in it.
	Section, Component string
}

// Ports lists the ports that the receivers and exporters open which run in a pipeline, in the
// order of their names. Warnings tell what could not be read, or was named otherwise than its
// component.
func Ports(cfg *v1beta1.Config) ([]Port, []Warning) {
	return portsOf(cfg, receivers, exporters)
}

// ExtensionPorts lists the ports of the extensions that run and are meant to be reached from
// outside of the pod, such as health_check.
func ExtensionPorts(cfg *v1beta1.Config) ([]Port, []Warning) {
	return portsOf(cfg, extensions)
}

// ExporterPorts lists the ports of the exporters alone: those that are scraped.
func ExporterPorts(cfg *v1beta1.Config) ([]Port, []Warning) {
	return portsOf(cfg, exporters)
}

func portsOf(cfg *v1beta1.Config, sections ...string) ([]Port, []Warning) {
	var ports []Port
	var warnings []Warning
	names := map[string]bool{}
	for _, name := range sections {
		for _, c := range enabled(cfg, name) {
			for _, l := range listenersOf(c) {
				p, warning := portOf(c, l)
				if warning != nil {
					warnings = append(warnings, *warning)
				}
				if p == nil || slices.ContainsFunc(ports, p.sameSocket) {
					continue
				}
				wanted := p.Name
				p.Name = freeName(names, *p)
				if p.Name != wanted {
					warnings = append(warnings, warn(c.path(), "the port of %s is named %s: %q %s", c.id, p.Name, wanted, whyNot(names, wanted)))
				}
				names[p.Name] = true
				ports = append(ports, *p)
			}
		}
	}
	slices.SortFunc(ports, func(a, b Port) int { return cmp.Compare(a.Name, b.Name) })
	return ports, warnings
}

func (p *Port) sameSocket(other Port) bool {
	return p.Port == other.Port && p.Protocol == other.Protocol
}

// portOf returns the port of one socket, nil when it has none that is known here.
func portOf(c component, l listener) (*Port, *Warning) {
	network := l.transport(c.settings)
	if !l.open(c.settings) || network == "unix" {
		return nil, nil
	}
	path := strings.Join(slices.Concat([]string{c.path()}, l.path, []string{l.endpointKey()}), "::")
	a := parseEndpoint(text(l.object(c.settings), l.endpointKey()))
	number := a.port
	var warning *Warning
	switch {
	case a.unix:
		return nil, nil
	case a.err != "":
		w := warn(path, "%s", a.err)
		return nil, &w
	case a.env && l.port == 0:
		w := warn(path, "the port is in an environment variable that only the collector knows: no Service port is made; name it in spec.ports")
		return nil, &w
	case a.env:
		w := warn(path, "the port is in an environment variable that only the collector knows: the default %d is assumed; name another in spec.ports", l.port)
		number, warning = l.port, &w
	case number == 0:
		number = l.port
	}
	if number == 0 {
		return nil, nil
	}
	name := portName(c.id)
	if l.protocol != "" {
		name += "-" + portName(l.protocol)
	}
	return &Port{Name: name, Port: number, Protocol: network, AppProtocol: l.app, Section: c.section, Component: c.id}, warning
}

// portName spells an id with the characters that names of ports may have.
func portName(id string) string {
	name := strings.Map(func(r rune) rune {
		switch {
		case r >= 'a' && r <= 'z', r >= '0' && r <= '9':
			return r
		case r >= 'A' && r <= 'Z':
			return r + 'a' - 'A'
		}
		return '-'
	}, id)
	return strings.Trim(name, "-")
}

// freeName returns the port's name, or the next one that Kubernetes accepts and nobody has.
func freeName(taken map[string]bool, p Port) string {
	number := fmt.Sprintf("port-%d", p.Port)
	other := number + "-" + strings.ToLower(string(p.Protocol))
	for _, name := range []string{p.Name, number, other} {
		if !taken[name] && len(validation.IsValidPortName(name)) == 0 {
			return name
		}
	}
	// port-65535-udp is a valid name, so only a user's own port can have all three.
	for i := 2; ; i++ {
		if name := fmt.Sprintf("p%d-%d", p.Port, i); !taken[name] {
			return name
		}
	}
}

func whyNot(taken map[string]bool, name string) string {
	if taken[name] {
		return "is the name of another port"
	}
	return "is no valid name of a port, which has at most 15 lower-case letters, digits and single hyphens"
}

// Merge returns the ports of a Service: the user's own first, in their order, then the
// inferred ones that are not among them, by name. An inferred port with a user's number and
// protocol is the user's port; one with a user's name gets the name "port-<number>".
func Merge(user []corev1.ServicePort, inferred []Port) []corev1.ServicePort {
	out := slices.Clone(user)
	taken := map[string]bool{}
	for i := range out {
		if out[i].Protocol == "" {
			out[i].Protocol = corev1.ProtocolTCP
		}
		taken[out[i].Name] = true
	}
	rest := make([]corev1.ServicePort, 0, len(inferred))
	for _, p := range inferred {
		same := func(u corev1.ServicePort) bool { return u.Port == p.Port && u.Protocol == p.Protocol }
		if slices.ContainsFunc(out[:len(user)], same) {
			continue
		}
		p.Name = freeName(taken, p)
		taken[p.Name] = true
		rest = append(rest, p.ServicePort())
	}
	slices.SortFunc(rest, func(a, b corev1.ServicePort) int { return cmp.Compare(a.Name, b.Name) })
	return append(out, rest...)
}

// ServicePort returns the port as a Service has it.
func (p Port) ServicePort() corev1.ServicePort {
	out := corev1.ServicePort{Name: p.Name, Port: p.Port, Protocol: p.Protocol}
	out.TargetPort.IntVal = p.Port
	if p.AppProtocol != "" {
		app := p.AppProtocol
		out.AppProtocol = &app
	}
	return out
}
