package v1beta1

import networkingv1 "k8s.io/api/networking/v1"

// IngressType is the kind of object that lets traffic in from outside the cluster.
// +kubebuilder:validation:Enum=ingress;route
type IngressType string

const (
	// IngressTypeIngress creates an Ingress.
	IngressTypeIngress IngressType = "ingress"
	// IngressTypeRoute creates an OpenShift Route.
	IngressTypeRoute IngressType = "route"
)

// IngressRuleType says how an ingress tells the collector's ports apart.
// +kubebuilder:validation:Enum=path;subdomain
type IngressRuleType string

const (
	// IngressRuleTypePath gives each port the path /<port name>.
	IngressRuleTypePath IngressRuleType = "path"
	// IngressRuleTypeSubdomain gives each port the host <port name>.<hostname>.
	IngressRuleTypeSubdomain IngressRuleType = "subdomain"
)

// TLSRouteTerminationType says where an OpenShift Route ends TLS.
// +kubebuilder:validation:Enum=insecure;edge;passthrough;reencrypt
type TLSRouteTerminationType string

const (
	// TLSRouteTerminationTypeInsecure is a route without TLS.
	TLSRouteTerminationTypeInsecure TLSRouteTerminationType = "insecure"
	// TLSRouteTerminationTypeEdge ends TLS at the router.
	TLSRouteTerminationTypeEdge TLSRouteTerminationType = "edge"
	// TLSRouteTerminationTypePassthrough ends TLS at the collector.
	TLSRouteTerminationTypePassthrough TLSRouteTerminationType = "passthrough"
	// TLSRouteTerminationTypeReencrypt ends TLS at the router and begins it anew behind it.
	TLSRouteTerminationTypeReencrypt TLSRouteTerminationType = "reencrypt"
)

// Ingress describes how traffic comes in from outside the cluster.
type Ingress struct {
	// Type of the object; nothing is created when it is empty.
	// +optional
	Type IngressType `json:"type,omitempty"`
	// RuleType says how the ports are told apart. The default is path.
	// +optional
	RuleType IngressRuleType `json:"ruleType,omitempty"`
	// Hostname by which the collector is reached. Needed for subdomains.
	// +optional
	Hostname string `json:"hostname,omitempty"`
	// Annotations of the ingress, for its controller.
	// +optional
	Annotations map[string]string `json:"annotations,omitempty"`
	// TLS of the ingress.
	// +optional
	TLS []networkingv1.IngressTLS `json:"tls,omitempty"`
	// IngressClassName chooses the ingress controller.
	// +optional
	IngressClassName *string `json:"ingressClassName,omitempty"`
	// Route is for an OpenShift Route only.
	// +optional
	Route OpenShiftRoute `json:"route,omitzero"`
}

// OpenShiftRoute is what only a Route has.
type OpenShiftRoute struct {
	// Termination says where TLS ends. The default is edge.
	// +optional
	Termination TLSRouteTerminationType `json:"termination,omitempty"`
}

// HttpRouteConfig describes the HTTPRoutes of the Gateway API.
type HttpRouteConfig struct { //nolint:staticcheck // the name other programs use
	// Enabled creates an HTTPRoute for each port that speaks HTTP.
	// +optional
	Enabled bool `json:"enabled,omitempty"`
	// Gateway is the name of the Gateway the routes belong to.
	// +optional
	Gateway string `json:"gateway,omitempty"`
	// GatewayNamespace is the namespace of the Gateway: this object's when empty.
	// +optional
	GatewayNamespace string `json:"gatewayNamespace,omitempty"`
	// Hostnames of the routes.
	// +optional
	Hostnames []string `json:"hostnames,omitempty"`
}
