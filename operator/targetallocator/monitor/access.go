package monitor

import (
	"slices"
	"strings"

	monitoringv1 "github.com/prometheus-operator/prometheus-operator/pkg/apis/monitoring/v1"
	corev1 "k8s.io/api/core/v1"
)

// secret returns the value that a reference to a Secret stands for. An optional reference to
// nothing is "".
func (j *job) secret(what string, ref *corev1.SecretKeySelector) string {
	switch {
	case ref == nil || ref.Name == "":
		return ""
	case !j.Credentials:
		j.refuse("%s is in the Secret %s: credentials need spec.mtls or spec.allowInsecureAuthSecrets of the target allocator", what, ref.Name)
		return ""
	case len(j.Settings.SecretNamespaces) > 0 && !slices.Contains(j.Settings.SecretNamespaces, j.namespace):
		j.refuse("%s is in the Secret %s, and %s is not among secretNamespaces", what, ref.Name, j.namespace)
		return ""
	}
	value, err := j.Values.Secret(j.ctx, j.namespace, ref.Name, ref.Key)
	if err != nil {
		j.refuse("%s: %w", what, err)
	}
	return value
}

// either returns the value of a reference to a Secret or to a ConfigMap.
func (j *job) either(what string, ref monitoringv1.SecretOrConfigMap) string {
	if ref.ConfigMap == nil {
		return j.secret(what, ref.Secret)
	}
	value, err := j.Values.ConfigMap(j.ctx, j.namespace, ref.ConfigMap.Name, ref.ConfigMap.Key)
	if err != nil {
		j.refuse("%s: %w", what, err)
	}
	return value
}

// access is how the targets, or a discovery, are spoken to.
type access struct {
	tls           *monitoringv1.SafeTLSConfig
	files         *monitoringv1.TLSFilesConfig
	authorization *monitoringv1.SafeAuthorization
	basic         *monitoringv1.BasicAuth
	oauth2        *monitoringv1.OAuth2
	bearer        *corev1.SecretKeySelector
	bearerFile    string
	proxy         *monitoringv1.ProxyConfig
	redirects     *bool
	http2         *bool
}

// access writes all of it into a piece of configuration.
func (j *job) access(out tree, a access) {
	put(out, "follow_redirects", a.redirects)
	put(out, "enable_http2", a.http2)
	if a.tls != nil || a.files != nil {
		out["tls_config"] = j.tls(a.tls, a.files)
	}
	if a.authorization != nil {
		out["authorization"] = j.authorization(a.authorization)
	}
	if a.basic != nil {
		out["basic_auth"] = tree{"username": j.secret("basicAuth.username", &a.basic.Username), "password": j.secret("basicAuth.password", &a.basic.Password)}
	}
	if a.bearer != nil && a.bearer.Name != "" {
		out["authorization"] = tree{"type": "Bearer", "credentials": j.secret("bearerTokenSecret", a.bearer)}
	}
	if a.bearerFile != "" {
		j.file("bearerTokenFile")
		out["authorization"] = tree{"type": "Bearer", "credentials_file": a.bearerFile}
	}
	if a.oauth2 != nil {
		out["oauth2"] = j.oauth2(a.oauth2)
	}
	j.proxy(out, a.proxy)
}

// file refuses a path in the collector when that is not wanted.
func (j *job) file(what string) {
	if j.Settings.DenyFiles && !j.trusted {
		j.refuse("%s names a file, which denyFSAccessThroughSMs refuses", what)
	}
}

func (j *job) tls(safe *monitoringv1.SafeTLSConfig, files *monitoringv1.TLSFilesConfig) tree {
	out := tree{}
	if safe != nil {
		text(out, "ca", j.either("tlsConfig.ca", safe.CA))
		text(out, "cert", j.either("tlsConfig.cert", safe.Cert))
		text(out, "key", j.secret("tlsConfig.keySecret", safe.KeySecret))
		put(out, "server_name", safe.ServerName)
		put(out, "insecure_skip_verify", safe.InsecureSkipVerify)
		put(out, "min_version", safe.MinVersion)
		put(out, "max_version", safe.MaxVersion)
	}
	if files == nil {
		return out
	}
	for _, f := range []struct{ key, name, path string }{
		{"ca_file", "tlsConfig.caFile", files.CAFile}, {"cert_file", "tlsConfig.certFile", files.CertFile}, {"key_file", "tlsConfig.keyFile", files.KeyFile},
	} {
		if f.path != "" {
			j.file(f.name)
			out[f.key] = f.path
		}
	}
	return out
}

func (j *job) authorization(a *monitoringv1.SafeAuthorization) tree {
	out := tree{"credentials": j.secret("authorization.credentials", a.Credentials)}
	text(out, "type", strings.TrimSpace(a.Type))
	return out
}

func (j *job) oauth2(o *monitoringv1.OAuth2) tree {
	out := tree{
		"client_id":     j.either("oauth2.clientId", o.ClientID),
		"client_secret": j.secret("oauth2.clientSecret", &o.ClientSecret),
		"token_url":     o.TokenURL,
	}
	if len(o.Scopes) > 0 {
		out["scopes"] = o.Scopes
	}
	if len(o.EndpointParams) > 0 {
		out["endpoint_params"] = o.EndpointParams
	}
	if o.TLSConfig != nil {
		out["tls_config"] = j.tls(o.TLSConfig, nil)
	}
	j.proxy(out, &o.ProxyConfig)
	return out
}

func (j *job) proxy(out tree, p *monitoringv1.ProxyConfig) {
	if p == nil {
		return
	}
	put(out, "proxy_url", p.ProxyURL)
	put(out, "no_proxy", p.NoProxy)
	put(out, "proxy_from_environment", p.ProxyFromEnvironment)
	if len(p.ProxyConnectHeader) == 0 {
		return
	}
	headers := tree{}
	for name, refs := range p.ProxyConnectHeader {
		var values []string
		for i := range refs {
			values = append(values, j.secret("proxyConnectHeader", &refs[i]))
		}
		headers[name] = values
	}
	out["proxy_connect_header"] = headers
}

// withClass fills in what a scrape class says and the object does not. Files of a class are
// those of the allocator's own user, and not refused.
func (j *job) withClass(class *monitoringv1.ScrapeClass) {
	if class == nil {
		return
	}
	j.trusted = true
	defer func() { j.trusted = false }()
	if _, ok := j.out["tls_config"]; !ok && class.TLSConfig != nil {
		j.out["tls_config"] = j.tls(&class.TLSConfig.SafeTLSConfig, &class.TLSConfig.TLSFilesConfig)
	}
	for _, key := range []string{"authorization", "basic_auth", "oauth2"} {
		if _, ok := j.out[key]; ok {
			return
		}
	}
	if a := class.Authorization; a != nil {
		j.out["authorization"] = j.authorization(&a.SafeAuthorization)
		if a.CredentialsFile != "" {
			j.out["authorization"] = tree{"type": a.Type, "credentials_file": a.CredentialsFile}
		}
	}
}
