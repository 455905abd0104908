package server

import (
	"net/http"
	"os"
	"path/filepath"

	"github.com/radiograph/radiograph/auth"
	"github.com/radiograph/radiograph/config"
	"github.com/radiograph/radiograph/iam"
	"github.com/radiograph/radiograph/iam/iamapi"
	"github.com/radiograph/radiograph/iam/webidentity"
	"github.com/radiograph/radiograph/problem"
)

// MasterKeyFile is the name of the file with the master keys, beside what they seal,
// when the configuration names no other.
const MasterKeyFile = "master.key"

// OpenDirectory opens the identities of the account that the configuration is about.
// They have no region, so they lie above the scopes. The directory must be closed.
func OpenDirectory(cfg config.Config, opts iam.Options) (*iam.Directory, error) {
	dir := filepath.Join(cfg.Data, cfg.AccountID)
	if err := os.MkdirAll(dir, 0o750); err != nil {
		return nil, &problem.Error{Kind: problem.Unavailable, Message: "data directory", Err: err, Hint: "name a directory that can be written with --data"}
	}
	opts.Account, opts.MasterKey = cfg.AccountID, cfg.IAM.MasterKeyFile
	if opts.MasterKey == "" {
		opts.MasterKey = filepath.Join(dir, MasterKeyFile)
	}
	return iam.Open(dir, opts)
}

// openIdentities opens the directory and makes its API. It returns what verifies web
// identities.
func (s *Server) openIdentities() (_ *webidentity.Verifier, err error) {
	sources := map[string]webidentity.Source{}
	for _, text := range s.config.IAM.Issuers {
		issuer, source, err := webidentity.ParseSource(text)
		if err != nil {
			return nil, &problem.Error{Kind: problem.Invalid, Message: "iam.issuers", Err: err}
		}
		sources[issuer] = source
	}
	if s.identities, err = OpenDirectory(s.config, iam.Options{Logger: s.log}); err != nil {
		return nil, err
	}
	tokens := webidentity.New(webidentity.Options{Sources: sources, Logger: s.log})
	opts := iamapi.Options{
		Directory: s.identities, Logger: s.log, Tokens: tokens,
	}
	if s.config.Auth.Mode == config.AuthSigV4 {
		opts.STS, opts.IAM, opts.CloudFormation = s.verifierOf("sts"), s.verifierOf("iam"), s.verifierOf("cloudformation")
	}
	s.iam, err = iamapi.New(opts)
	return tokens, err
}

// verifierOf verifies what is signed for a service without regions: clients sign for
// the region that they happen to have.
func (s *Server) verifierOf(service string) *auth.Verifier {
	return &auth.Verifier{
		Keys: s.identities, Services: []string{service},
		Hosts: s.config.Auth.AcceptedHosts, ClockSkew: s.config.Auth.ClockSkew,
	}
}

// withIdentities hands the queries of IAM and STS, which go to /, to their API.
func (s *Server) withIdentities(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/" && (r.Method == http.MethodPost || r.Method == http.MethodGet && iamapi.IsQuery(r)) {
			s.iam.ServeHTTP(w, r)
			return
		}
		next.ServeHTTP(w, r)
	})
}
