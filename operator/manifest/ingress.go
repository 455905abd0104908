package manifest

import (
	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/controller-runtime/pkg/client"
	gatewayv1 "sigs.k8s.io/gateway-api/apis/v1"

	"github.com/radiograph/radiograph/operator/api/v1beta1"
)

// ingresses are the Ingress or the Routes that lead into the cluster.
func (b *builder) ingresses() []client.Object {
	switch b.cr.Spec.Ingress.Type {
	case v1beta1.IngressTypeIngress:
		return b.ingress()
	case v1beta1.IngressTypeRoute:
		return b.routes()
	}
	return nil
}

// webPorts are the ports of the base Service that HTTP can lead to: those of TCP.
func (b *builder) webPorts() []corev1.ServicePort {
	var out []corev1.ServicePort
	for _, p := range servicePorts(b.base) {
		if p.Protocol == corev1.ProtocolTCP {
			out = append(out, p)
		}
	}
	return out
}

func isGRPC(p corev1.ServicePort) bool { return p.AppProtocol != nil && *p.AppProtocol == grpc }

const grpc = "grpc"

// ingress leads to each port by a path or a host with the port's name.
func (b *builder) ingress() []client.Object {
	said := &b.cr.Spec.Ingress
	ports := b.webPorts()
	if len(ports) == 0 {
		b.warn("there is no TCP port: there is no Ingress")
		return nil
	}
	name := Name("%s-ingress", b.cr.Name)
	out := &networkingv1.Ingress{
		TypeMeta:   metav1.TypeMeta{APIVersion: networkingv1.SchemeGroupVersion.String(), Kind: "Ingress"},
		ObjectMeta: b.meta(name),
		Spec:       networkingv1.IngressSpec{TLS: said.TLS, IngressClassName: said.IngressClassName},
	}
	out.Annotations = ingressAnnotations(said, ports)
	if said.RuleType == v1beta1.IngressRuleTypeSubdomain {
		for _, p := range ports {
			out.Spec.Rules = append(out.Spec.Rules, b.ingressRule(p.Name+"."+said.Hostname, "/", p))
		}
		return []client.Object{out}
	}
	rule := networkingv1.IngressRule{Host: said.Hostname}
	rule.HTTP = &networkingv1.HTTPIngressRuleValue{}
	for _, p := range ports {
		rule.HTTP.Paths = append(rule.HTTP.Paths, b.ingressRule("", "/"+p.Name, p).HTTP.Paths...)
	}
	out.Spec.Rules = []networkingv1.IngressRule{rule}
	return []client.Object{out}
}

func (b *builder) ingressRule(host, path string, p corev1.ServicePort) networkingv1.IngressRule {
	return networkingv1.IngressRule{Host: host, IngressRuleValue: networkingv1.IngressRuleValue{HTTP: &networkingv1.HTTPIngressRuleValue{
		Paths: []networkingv1.HTTPIngressPath{{
			Path: path, PathType: pointer(networkingv1.PathTypePrefix),
			Backend: networkingv1.IngressBackend{Service: &networkingv1.IngressServiceBackend{
				Name: ServiceName(b.cr.Name), Port: networkingv1.ServiceBackendPort{Name: p.Name},
			}},
		}},
	}}}
}

// ingressAnnotations are the user's. When all ports speak gRPC, the controller of nginx is
// told: it does not look at the Service's appProtocol, and has one protocol for an Ingress.
func ingressAnnotations(said *v1beta1.Ingress, ports []corev1.ServicePort) map[string]string {
	const protocol = "nginx.ingress.kubernetes.io/backend-protocol"
	out := with(said.Annotations, nil)
	allGRPC := true
	for _, p := range ports {
		allGRPC = allGRPC && isGRPC(p)
	}
	if _, set := out[protocol]; !set && allGRPC && said.IngressClassName != nil && *said.IngressClassName == "nginx" {
		out[protocol] = "GRPC"
	}
	if len(out) == 0 {
		return nil
	}
	return out
}

// routes are OpenShift's, one for each port.
func (b *builder) routes() []client.Object {
	if !b.Available.Routes {
		b.warn("spec.ingress.type is route, and the cluster has no route.openshift.io: use ingress")
		return nil
	}
	said := &b.cr.Spec.Ingress
	var out []client.Object
	for _, p := range b.webPorts() {
		name := Name("%s-%s-route", p.Name, b.cr.Name)
		spec := map[string]any{
			"to":             map[string]any{"kind": "Service", "name": ServiceName(b.cr.Name)},
			"port":           map[string]any{"targetPort": p.Name},
			"path":           "/",
			"wildcardPolicy": "None",
		}
		if said.Hostname != "" {
			spec["host"] = p.Name + "." + said.Hostname
		}
		termination := said.Route.Termination
		if termination == "" {
			termination = v1beta1.TLSRouteTerminationTypeEdge
		}
		if termination == v1beta1.TLSRouteTerminationTypePassthrough {
			delete(spec, "path") // the router does not see it
		}
		if termination != v1beta1.TLSRouteTerminationTypeInsecure {
			spec["tls"] = map[string]any{"termination": string(termination)}
		}
		meta := b.meta(name)
		meta.Annotations = with(said.Annotations, nil)
		out = append(out, foreign("route.openshift.io/v1", "Route", meta, spec))
	}
	return out
}

// foreign is an object of a kind whose types this module does not have.
func foreign(apiVersion, kind string, meta metav1.ObjectMeta, spec map[string]any) client.Object {
	out := &unstructured.Unstructured{Object: map[string]any{"spec": spec}}
	out.SetAPIVersion(apiVersion)
	out.SetKind(kind)
	out.SetName(meta.Name)
	out.SetNamespace(meta.Namespace)
	out.SetLabels(meta.Labels)
	if len(meta.Annotations) > 0 {
		out.SetAnnotations(meta.Annotations)
	}
	return out
}

// httpRoutes are those of the Gateway API, one for each port but those of gRPC, which have a
// kind of their own there.
func (b *builder) httpRoutes() []client.Object {
	said := &b.cr.Spec.HttpRoute
	if !said.Enabled {
		return nil
	}
	if !b.Available.HTTPRoutes {
		b.warn("spec.httpRoute is enabled, and the cluster has no gateway.networking.k8s.io")
		return nil
	}
	namespace := said.GatewayNamespace
	if namespace == "" {
		namespace = b.cr.Namespace
	}
	hostnames := make([]gatewayv1.Hostname, 0, len(said.Hostnames))
	for _, name := range said.Hostnames {
		hostnames = append(hostnames, gatewayv1.Hostname(name))
	}
	var out []client.Object
	for _, p := range b.webPorts() {
		if isGRPC(p) {
			continue
		}
		out = append(out, &gatewayv1.HTTPRoute{
			TypeMeta:   metav1.TypeMeta{APIVersion: gatewayv1.GroupVersion.String(), Kind: "HTTPRoute"},
			ObjectMeta: b.meta(Name("%s-%s-httproute", b.cr.Name, p.Name)),
			Spec: gatewayv1.HTTPRouteSpec{
				CommonRouteSpec: gatewayv1.CommonRouteSpec{ParentRefs: []gatewayv1.ParentReference{{
					Group: pointer(gatewayv1.Group(gatewayv1.GroupName)), Kind: pointer(gatewayv1.Kind("Gateway")),
					Name: gatewayv1.ObjectName(said.Gateway), Namespace: pointer(gatewayv1.Namespace(namespace)),
				}}},
				Hostnames: hostnames,
				Rules:     []gatewayv1.HTTPRouteRule{httpRouteRule(ServiceName(b.cr.Name), p)},
			},
		})
	}
	return out
}

// httpRouteRule leads from a path with the port's name to the root of the port.
func httpRouteRule(service string, p corev1.ServicePort) gatewayv1.HTTPRouteRule {
	return gatewayv1.HTTPRouteRule{
		Matches: []gatewayv1.HTTPRouteMatch{{Path: &gatewayv1.HTTPPathMatch{
			Type: pointer(gatewayv1.PathMatchPathPrefix), Value: pointer("/" + p.Name),
		}}},
		Filters: []gatewayv1.HTTPRouteFilter{{
			Type: gatewayv1.HTTPRouteFilterURLRewrite,
			URLRewrite: &gatewayv1.HTTPURLRewriteFilter{Path: &gatewayv1.HTTPPathModifier{
				Type: gatewayv1.PrefixMatchHTTPPathModifier, ReplacePrefixMatch: pointer("/"),
			}},
		}},
		BackendRefs: []gatewayv1.HTTPBackendRef{{BackendRef: gatewayv1.BackendRef{
			BackendObjectReference: gatewayv1.BackendObjectReference{
				Group: pointer(gatewayv1.Group("")), Kind: pointer(gatewayv1.Kind("Service")),
				Name: gatewayv1.ObjectName(service), Port: pointer(p.Port),
			},
			Weight: pointer(int32(1)),
		}}},
	}
}
