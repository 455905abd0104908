package manifest

import (
	"sigs.k8s.io/controller-runtime/pkg/client"
)

const certManager = "cert-manager.io/v1"

// issuers let cert-manager issue the certificates of the allocator and of its collectors: an
// authority that signs itself, and two certificates that it signs.
func (a *allocatorBuilder) issuers() []client.Object {
	if a.certs == nil || !a.certs.managed {
		return nil
	}
	ta, ns := a.ta.Name, a.ta.Namespace
	selfSigned, authority, issuer := Name("%s-self-signed-issuer", ta), Name("%s-ca-cert", ta), Name("%s-ca-issuer", ta)
	service := a.name()
	object := func(kind, name string, spec map[string]any) client.Object {
		return foreign(certManager, kind, a.meta(name), spec)
	}
	certificate := func(name, signer string, usages ...any) map[string]any {
		return map[string]any{
			"secretName": name,
			"subject":    map[string]any{"organizationalUnits": []any{ManagedBy}},
			"issuerRef":  map[string]any{"kind": "Issuer", "name": signer},
			"usages":     usages,
			"dnsNames": []any{
				service, service + "." + ns, service + "." + ns + ".svc", service + "." + ns + ".svc.cluster.local",
			},
		}
	}
	ca := certificate(authority, selfSigned, "cert sign")
	ca["isCA"], ca["commonName"] = true, authority
	delete(ca, "dnsNames")
	return []client.Object{
		object("Issuer", selfSigned, map[string]any{"selfSigned": map[string]any{}}),
		object("Certificate", authority, ca),
		object("Issuer", issuer, map[string]any{"ca": map[string]any{"secretName": authority}}),
		object("Certificate", serverCertificate(ta), certificate(serverCertificate(ta), issuer, "server auth")),
		object("Certificate", clientCertificate(ta), certificate(clientCertificate(ta), issuer, "client auth")),
	}
}
