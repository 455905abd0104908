package eksapi

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/version"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/rest"
)

// KubeCluster describes the cluster of an API server.
type KubeCluster struct {
	config   *rest.Config
	clients  kubernetes.Interface
	endpoint string
}

// NewKubeCluster returns one that asks the API server of the configuration. endpoint is the URL
// by which others reach that; when it is empty it is the configuration's own.
func NewKubeCluster(config *rest.Config, endpoint string) (*KubeCluster, error) {
	clients, err := kubernetes.NewForConfig(config)
	if err != nil {
		return nil, fmt.Errorf("reach the API server: %w", err)
	}
	if endpoint == "" {
		url, _, err := rest.DefaultServerUrlFor(config)
		if err != nil {
			return nil, fmt.Errorf("find the API server: %w", err)
		}
		endpoint = strings.TrimSuffix(url.String(), "/")
	}
	return &KubeCluster{config: config, clients: clients, endpoint: endpoint}, nil
}

// Version returns the API server's version, such as "1.34".
func (k *KubeCluster) Version(ctx context.Context) (string, error) {
	data, err := k.clients.Discovery().RESTClient().Get().AbsPath("/version").DoRaw(ctx)
	if err != nil {
		return "", fmt.Errorf("ask the API server for its version: %w", err)
	}
	var info version.Info
	if err := json.Unmarshal(data, &info); err != nil {
		return "", fmt.Errorf("read the API server's version: %w", err)
	}
	return info.Major + "." + strings.TrimRight(info.Minor, "+"), nil
}

// Describe asks the API server for its version, its issuer and its age.
func (k *KubeCluster) Describe(ctx context.Context) (Description, error) {
	version, err := k.Version(ctx)
	if err != nil {
		return Description{}, err
	}
	d := Description{Version: version, Endpoint: k.endpoint}
	if d.Issuer, err = k.issuer(ctx); err != nil {
		return Description{}, err
	}
	namespace, err := k.clients.CoreV1().Namespaces().Get(ctx, metav1.NamespaceSystem, metav1.GetOptions{})
	if err != nil {
		return Description{}, fmt.Errorf("ask the API server for the cluster's age: %w", err)
	}
	d.CreatedAt = namespace.CreationTimestamp.Time
	loaded := rest.CopyConfig(k.config)
	if err := rest.LoadTLSFiles(loaded); err != nil {
		return Description{}, fmt.Errorf("read the cluster's certificate authority: %w", err)
	}
	d.CA = loaded.CAData
	if service, err := k.clients.CoreV1().Services(metav1.NamespaceDefault).Get(ctx, "kubernetes", metav1.GetOptions{}); err == nil {
		d.IPv6 = strings.Contains(service.Spec.ClusterIP, ":")
	}
	return d, nil
}

// issuer is that of tokens of service accounts, from the discovery document of OpenID Connect
// that the API server serves to service accounts.
func (k *KubeCluster) issuer(ctx context.Context) (string, error) {
	data, err := k.clients.Discovery().RESTClient().Get().AbsPath("/.well-known/openid-configuration").DoRaw(ctx)
	if err != nil {
		return "", fmt.Errorf("ask the API server for its issuer: %w", err)
	}
	var document struct {
		Issuer string `json:"issuer"`
	}
	if err := json.Unmarshal(data, &document); err != nil {
		return "", fmt.Errorf("read the API server's issuer: %w", err)
	}
	return document.Issuer, nil
}
