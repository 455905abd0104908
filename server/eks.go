package server

import (
	"net/http"

	"github.com/radiograph/radiograph/auth"
	"github.com/radiograph/radiograph/config"
	"github.com/radiograph/radiograph/eks"
	"github.com/radiograph/radiograph/iam/podidentity"
	"github.com/radiograph/radiograph/iam/webidentity"
	"github.com/radiograph/radiograph/problem"
)

// openClusters makes what answers the APIs EKS and EKS Auth, from the identities and from an
// add-on manager if there is one.
func (s *Server) openClusters(keys auth.Keys, tokens *webidentity.Verifier) error {
	opts := eks.Options{
		Scope:  eks.Scope{AccountID: s.config.AccountID, Region: s.config.Region},
		Gate:   s.clusterGate(keys),
		Logger: s.log,
	}
	c := s.config.EKS
	if c.URL != "" {
		upstream, err := eks.NewUpstream(c.URL, c.TokenFile, c.CAFile, s.config.AccountID)
		if err != nil {
			return &problem.Error{Kind: problem.Invalid, Message: "eks.url", Err: err}
		}
		opts.Upstream = upstream
		// Pods' agents have no access key to sign with: the token is what they prove
		// themselves by, as with STS and web identities.
		opts.PodIdentity, err = podidentity.New(podidentity.Options{
			Directory: s.identities, Tokens: tokens, Associations: eks.NewAssociations(upstream),
		}, nil, s.log)
		if err != nil {
			return err
		}
	}
	s.clusters = eks.New(opts)
	return nil
}

// clusterGate stands before the EKS API; nil when everybody may do everything.
func (s *Server) clusterGate(keys auth.Keys) *auth.Gate {
	if s.config.Auth.Mode != config.AuthSigV4 {
		return nil
	}
	return &auth.Gate{
		Verifier: auth.Verifier{
			Keys: keys, Services: []string{"eks"}, Regions: []string{s.config.Region},
			Hosts: s.config.Auth.AcceptedHosts, ClockSkew: s.config.Auth.ClockSkew, MaxBodyBytes: eks.MaxBodyBytes,
		},
		Authorizer: auth.ByPolicy{Account: s.config.AccountID},
		Used:       s.used,
	}
}

// withClusters hands the paths of EKS and EKS Auth to their handlers. It comes before any
// handler that cleans paths, because signatures are over paths as they were sent.
func (s *Server) withClusters(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if eks.Handles(r.URL.Path) {
			s.clusters.ServeHTTP(w, r)
			return
		}
		next.ServeHTTP(w, r)
	})
}
