package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/meta"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/rest"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/manager"

	"github.com/radiograph/radiograph/operator/otelconfig"
)

// clusterProfile is the TLS security profile of an OpenShift cluster, spec.tlsSecurityProfile
// of its APIServer named "cluster"
// (https://docs.redhat.com/en/documentation/openshift_container_platform/4.20/html/config_apis/apiserver-config-openshift-io-v1).
type clusterProfile struct {
	minVersion string // VersionTLS12 or VersionTLS13
	suites     []string
	// weaker is set when the profile also allows versions before 1.2, which this operator does
	// not speak.
	weaker bool
}

// apiServers is the kind that has the profile.
var apiServers = schema.GroupVersionKind{Group: "config.openshift.io", Version: "v1", Kind: "APIServer"}

// intermediate are the cipher suites of the profiles Intermediate and Old, as far as Go has
// them and holds them to be safe.
var intermediate = []string{
	"TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256", "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256", "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384",
	"TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384", "TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256", "TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256",
}

// openSSL are the names under which profiles list the suites that Go has.
var openSSL = map[string]string{
	"ECDHE-ECDSA-AES128-GCM-SHA256": "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256",
	"ECDHE-RSA-AES128-GCM-SHA256":   "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256",
	"ECDHE-ECDSA-AES256-GCM-SHA384": "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384",
	"ECDHE-RSA-AES256-GCM-SHA384":   "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384",
	"ECDHE-ECDSA-CHACHA20-POLY1305": "TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256",
	"ECDHE-RSA-CHACHA20-POLY1305":   "TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256",
	"ECDHE-ECDSA-AES128-SHA":        "TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA",
	"ECDHE-RSA-AES128-SHA":          "TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA",
	"ECDHE-ECDSA-AES256-SHA":        "TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA",
	"ECDHE-RSA-AES256-SHA":          "TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA",
}

// readProfile reads the profile from an APIServer; without one it is Intermediate.
func readProfile(apiServer map[string]any) (clusterProfile, error) {
	kind, _, err := unstructured.NestedString(apiServer, "spec", "tlsSecurityProfile", "type")
	if err != nil {
		return clusterProfile{}, fmt.Errorf("read the TLS profile of the cluster: %w", err)
	}
	switch kind {
	case "", "Intermediate":
		return clusterProfile{minVersion: "VersionTLS12", suites: intermediate}, nil
	case "Old":
		return clusterProfile{minVersion: "VersionTLS12", suites: intermediate, weaker: true}, nil
	case "Modern":
		return clusterProfile{minVersion: "VersionTLS13"}, nil
	case "Custom":
		return customProfile(apiServer)
	}
	return clusterProfile{}, fmt.Errorf("read the TLS profile of the cluster: unknown type %q", kind)
}

// customProfile reads what somebody has put together. Suites that Go does not have are left
// out; that none is left is an error, as what remains would be Go's own choice.
func customProfile(apiServer map[string]any) (clusterProfile, error) {
	version, _, err := unstructured.NestedString(apiServer, "spec", "tlsSecurityProfile", "custom", "minTLSVersion")
	ciphers, _, errs := unstructured.NestedStringSlice(apiServer, "spec", "tlsSecurityProfile", "custom", "ciphers")
	if err := errors.Join(err, errs); err != nil {
		return clusterProfile{}, fmt.Errorf("read the TLS profile of the cluster: %w", err)
	}
	p := clusterProfile{minVersion: "VersionTLS12"}
	switch version {
	case "VersionTLS13":
		return clusterProfile{minVersion: version}, nil
	case "VersionTLS12":
	case "VersionTLS10", "VersionTLS11":
		p.weaker = true
	default:
		return clusterProfile{}, fmt.Errorf("read the TLS profile of the cluster: unknown version %q", version)
	}
	for _, name := range ciphers {
		if iana, ok := openSSL[name]; ok && !slices.Contains(p.suites, iana) {
			p.suites = append(p.suites, iana)
		}
	}
	if len(p.suites) == 0 {
		return clusterProfile{}, fmt.Errorf("read the TLS profile of the cluster: no cipher suite of TLS 1.2 among %q is one that is safe to use", ciphers)
	}
	return p, nil
}

func (p clusterProfile) equal(q clusterProfile) bool {
	return p.minVersion == q.minVersion && p.weaker == q.weaker && slices.Equal(p.suites, q.suites)
}

// fetchProfile asks the API server for the profile.
func fetchProfile(ctx context.Context, c client.Client) (clusterProfile, error) {
	obj := &unstructured.Unstructured{}
	obj.SetGroupVersionKind(apiServers)
	err := c.Get(ctx, client.ObjectKey{Name: "cluster"}, obj)
	if meta.IsNoMatchError(err) || apierrors.IsNotFound(err) {
		return clusterProfile{}, fmt.Errorf("tls-cluster-profile: this cluster has no TLS profile, only OpenShift has; set tls-min-version and tls-cipher-suites instead: %w", err)
	}
	if err != nil {
		return clusterProfile{}, fmt.Errorf("tls-cluster-profile: %w", err)
	}
	return readProfile(obj.Object)
}

// profileWatch ends the operator when the cluster's profile is another than the one that it
// has started with: its servers have theirs for good, and it is started again.
type profileWatch struct {
	client client.Client
	have   clusterProfile
	period time.Duration
	log    *slog.Logger
}

// takeProfile makes the cluster's TLS profile that of the options, before those of the flags.
// It returns what watches for another, nil when the flags do not ask for the profile.
func (o *options) takeProfile(ctx context.Context, config *rest.Config, log *slog.Logger) (*profileWatch, error) {
	if !o.tlsClusterProfile {
		return nil, nil
	}
	c, err := client.New(config, client.Options{Scheme: runtime.NewScheme()})
	if err != nil {
		return nil, fmt.Errorf("reach the API server: %w", err)
	}
	p, err := fetchProfile(ctx, c)
	if err != nil {
		return nil, err
	}
	o.tlsMinVersion, o.tlsCipherSuites = p.minVersion, p.suites
	log.InfoContext(ctx, "cluster's TLS profile taken", "min_version", p.minVersion, "cipher_suites", strings.Join(p.suites, ","))
	if p.weaker {
		log.WarnContext(ctx, "cluster's TLS profile allows versions before 1.2, which this operator does not speak")
	}
	return &profileWatch{client: c, have: p, period: o.resync, log: log}, nil
}

// watchProfile adds the watch to a manager, if there is one.
func watchProfile(mgr manager.Manager, w *profileWatch) error {
	if w == nil {
		return nil
	}
	return mgr.Add(w)
}

// NeedLeaderElection is false: every replica has servers.
func (*profileWatch) NeedLeaderElection() bool { return false }

// Start looks every period until the context ends. That the API server cannot be asked changes
// nothing.
func (w *profileWatch) Start(ctx context.Context) error {
	ticker := time.NewTicker(w.period)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-ticker.C:
		}
		now, err := fetchProfile(ctx, w.client)
		if err != nil {
			w.log.WarnContext(ctx, "cluster's TLS profile not read", "err", err)
			continue
		}
		if !now.equal(w.have) {
			return errors.New("the cluster has another TLS profile: the operator must be started again")
		}
	}
}

// operandTLS is what the servers of collectors are to speak.
func (o *options) operandTLS() otelconfig.TLSProfile {
	if !o.tlsOperands {
		return otelconfig.TLSProfile{}
	}
	p := otelconfig.TLSProfile{MinVersion: "1.2", CipherSuites: o.tlsCipherSuites}
	if o.tlsMinVersion == "VersionTLS13" {
		p = otelconfig.TLSProfile{MinVersion: "1.3"}
	}
	return p
}
