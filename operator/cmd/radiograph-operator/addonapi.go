package main

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"time"

	"github.com/spf13/pflag"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/rest"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/manager"

	"github.com/radiograph/radiograph/operator/addon/arn"
	"github.com/radiograph/radiograph/operator/addon/catalog"
	"github.com/radiograph/radiograph/operator/addon/eksapi"
	"github.com/radiograph/radiograph/operator/certs"
)

// addonAPIOptions say whether and how this process serves the EKS API for add-ons.
type addonAPIOptions struct {
	addr, service          string
	tokenFile, tokenSecret string
	certSecret             string
	insecure               bool
	cluster                arn.Cluster
	endpoint               string
}

func (a *addonAPIOptions) flags(f *pflag.FlagSet) {
	f.StringVar(&a.addr, "addon-api-addr", "", "address of the EKS API for add-ons, such as :8444; empty for none")
	f.StringVar(&a.service, "addon-api-service", "radiograph-addon-api", "name of that API's Service, which its certificate is for")
	f.StringVar(&a.tokenFile, "addon-api-token-file", "", "file with the token that radiograph shows to that API")
	f.StringVar(&a.tokenSecret, "addon-api-token-secret", "radiograph-addon-api-token", "Secret with that token when there is no file; it is made when it is missing")
	f.StringVar(&a.certSecret, "addon-api-cert-secret", "radiograph-addon-api-cert", "Secret with the certificate of that API where no webhooks are served, whose certificate it has otherwise")
	f.BoolVar(&a.insecure, "addon-api-insecure", false, "let everyone who reaches that API manage add-ons, without a token")
	f.StringVar(&a.cluster.Name, "cluster-name", "kubernetes", "name of this cluster in the EKS API")
	f.StringVar(&a.cluster.Account, "account-id", "000000000000", "account number of this cluster in the EKS API, that of radiograph: 12 digits")
	f.StringVar(&a.cluster.Region, "region", "us-east-1", "region of this cluster in the EKS API, that of radiograph")
	f.StringVar(&a.endpoint, "cluster-endpoint", "", "URL by which others reach the API server; by default the one that the operator uses")
}

// validate reports a cluster that cannot be. Nothing is asked when there is no API.
func (a *addonAPIOptions) validate() error {
	if a.addr == "" {
		return nil
	}
	if err := a.cluster.Validate(); err != nil {
		return fmt.Errorf("addon-api-addr: %w", err)
	}
	return nil
}

// token returns how the token is read; nil when none is asked for.
func (a *addonAPIOptions) token(c client.Client, namespace string) func(context.Context) (string, error) {
	switch {
	case a.tokenFile != "":
		return eksapi.FileToken(a.tokenFile)
	case a.insecure:
		return nil
	}
	return eksapi.SecretToken(c, types.NamespacedName{Namespace: namespace, Name: a.tokenSecret})
}

// addonAPI adds the EKS API to a manager. serving has the webhooks' certificate; without it the
// API keeps one of its own.
func (o *options) addonAPI(mgr manager.Manager, config *rest.Config, packages *catalog.Catalog, serving *certs.Serving, log *slog.Logger) error {
	a := &o.addonAPIs
	// The API must see what it wrote a moment ago, so it reads no cache.
	direct, err := client.New(config, client.Options{Scheme: mgr.GetScheme(), Mapper: mgr.GetRESTMapper()})
	if err != nil {
		return fmt.Errorf("add-on API: reach the API server: %w", err)
	}
	cluster, err := eksapi.NewKubeCluster(config, a.endpoint)
	if err != nil {
		return fmt.Errorf("add-on API: %w", err)
	}
	token := a.token(direct, o.namespace)
	api, err := eksapi.New(eksapi.Options{
		Cluster: a.cluster, Client: direct, Catalog: packages, Describer: cluster, Token: token, Insecure: a.insecure, Logger: log,
	})
	if err != nil {
		return fmt.Errorf("add-on API: %w", err)
	}
	if serving == nil {
		keeper := ownCertificate(direct, o.namespace, a, log)
		serving = keeper.serving
		if err := mgr.Add(keeper); err != nil {
			return fmt.Errorf("add-on API: %w", err)
		}
	}
	setTLS, err := o.tls()
	if err != nil {
		return err
	}
	secure := &tls.Config{MinVersion: tls.VersionTLS12, GetCertificate: serving.GetCertificate}
	setTLS(secure)
	if err := mgr.AddReadyzCheck("addon-api-certificate", serving.Ready); err != nil {
		return fmt.Errorf("add-on API: %w", err)
	}
	return mgr.Add(&addonServer{addr: a.addr, api: api, tls: secure, token: token, log: log})
}

// addonServer serves the EKS API on every replica, whether it leads or not.
type addonServer struct {
	addr  string
	api   http.Handler
	tls   *tls.Config
	token func(context.Context) (string, error)
	log   *slog.Logger
}

// NeedLeaderElection is false: the state is in the API server.
func (*addonServer) NeedLeaderElection() bool { return false }

// Start serves until the context ends, and then answers what has begun.
func (s *addonServer) Start(ctx context.Context) error {
	var listen net.ListenConfig
	listener, err := listen.Listen(ctx, "tcp", s.addr)
	if err != nil {
		return fmt.Errorf("addon-api-addr: %w", err)
	}
	if s.token != nil {
		// Makes the Secret, which others wait for. What fails is tried again with each request.
		if _, err := s.token(ctx); err != nil {
			s.log.WarnContext(ctx, "add-on API refuses all requests for now", "err", err)
		}
	}
	server := &http.Server{
		Handler:           s.api,
		TLSConfig:         s.tls,
		ReadHeaderTimeout: 10 * time.Second,
		ReadTimeout:       30 * time.Second,
		WriteTimeout:      time.Minute,
		IdleTimeout:       2 * time.Minute,
		MaxHeaderBytes:    64 << 10,
		ErrorLog:          slog.NewLogLogger(s.log.Handler(), slog.LevelDebug),
	}
	s.log.InfoContext(ctx, "add-on API listens", "addr", listener.Addr().String(), "asks_for_token", s.token != nil)
	done := make(chan error, 1)
	go func() { done <- server.ServeTLS(listener, "", "") }()
	select {
	case err := <-done:
		return fmt.Errorf("serve the add-on API: %w", err)
	case <-ctx.Done():
	}
	// The context has ended, and what has begun has ten seconds to end too.
	grace, cancel := context.WithTimeout(context.WithoutCancel(ctx), 10*time.Second)
	defer cancel()
	if err := server.Shutdown(grace); err != nil {
		return fmt.Errorf("stop the add-on API: %w", err)
	}
	if err := <-done; !errors.Is(err, http.ErrServerClosed) {
		return fmt.Errorf("serve the add-on API: %w", err)
	}
	return nil
}

// addonAPIName is what that API is called where its certificate is spoken of.
const addonAPIName = "add-on API"

// certificateLoop keeps and loads a certificate of the operator's own authority where nothing
// watches Secrets.
type certificateLoop struct {
	keeper  *certs.Keeper
	serving *certs.Serving
	log     *slog.Logger
}

func ownCertificate(c client.Client, namespace string, a *addonAPIOptions, log *slog.Logger) *certificateLoop {
	secret := types.NamespacedName{Namespace: namespace, Name: a.certSecret}
	return &certificateLoop{
		serving: &certs.Serving{Reader: c, Secret: secret, Of: addonAPIName, Log: log},
		keeper: &certs.Keeper{
			Client: c, Reader: c, Secret: secret, Source: certs.Self, Names: certs.DNSNames(a.service, namespace),
			Of: addonAPIName, Log: log, Now: time.Now,
		},
		log: log,
	}
}

// NeedLeaderElection is false: a replica that finds no certificate makes one, and takes the one
// of a replica that was faster.
func (*certificateLoop) NeedLeaderElection() bool { return false }

// Start keeps the certificate until the context ends.
func (l *certificateLoop) Start(ctx context.Context) error {
	const again, renewed = 2 * time.Second, time.Minute
	for {
		wait := renewed
		_, err := l.keeper.Reconcile(ctx, ctrl.Request{})
		if err == nil {
			_, err = l.serving.Reconcile(ctx, ctrl.Request{})
		}
		if err != nil && ctx.Err() == nil {
			l.log.WarnContext(ctx, "certificate of the add-on API is not kept", "err", err)
			wait = again
		}
		select {
		case <-ctx.Done():
			return nil
		case <-time.After(wait):
		}
	}
}
