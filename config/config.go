package config

import (
	"slices"
	"time"
)

// Config is everything that users can set about the service.
type Config struct {
	Data      string
	AccountID string
	Region    string
	Insecure  bool
	Shutdown  time.Duration

	Auth     Auth
	IAM      IAM
	TLS      TLS
	Login    Login
	EKS      EKS
	HTTP     HTTP
	Daemon   Daemon
	OTLP     OTLP
	Store    Store
	Ingest   Ingest
	API      API
	Insights Insights
	Log      Log
}

// Auth is who may do what.
type Auth struct {
	Mode          string
	ClockSkew     time.Duration
	AcceptedHosts []string
}

// The modes of Auth.
const (
	AuthOff   = "off"   // everybody who can connect may do everything
	AuthSigV4 = "sigv4" // requests are signed, and policies decide
)

// IAM is the identities of the account.
type IAM struct {
	MasterKeyFile string
	Issuers       []string
}

// TLS is the certificate of the listeners. Without a CertFile there is no TLS.
type TLS struct {
	CertFile     string
	KeyFile      string
	ClientCAFile string
	ClientAuth   string
	Listeners    []string
	HSTS         time.Duration
}

// The values of TLS.ClientAuth.
const (
	ClientAuthOff     = "off"     // clients are not asked for certificates
	ClientAuthRequest = "request" // a certificate that comes must be good
	ClientAuthRequire = "require" // clients without a good certificate are refused
)

// The names of TLS.Listeners: the keys of their addresses.
const (
	ListenerHTTP     = "http.listen"
	ListenerOTLPGRPC = "otlp.grpc"
	ListenerOTLPHTTP = "otlp.http"
)

// On reports whether the listener with that name has TLS.
func (t *TLS) On(listener string) bool {
	return t.CertFile != "" && slices.Contains(t.Listeners, listener)
}

// Login is how people log in to the console.
type Login struct {
	Idle     time.Duration
	Lifetime time.Duration
	OIDC     OIDC
}

// OIDC is the provider of OpenID Connect that knows the people. Without an Issuer
// they log in with access keys.
type OIDC struct {
	Issuer           string
	ClientID         string
	ClientSecretFile string
	RedirectURL      string
	Scopes           []string
	RolesClaim       string
	ViewerValues     []string
	OperatorValues   []string
	AdminValues      []string
	CAFile           string
}

// EKS is the add-on manager, which the EKS API is handed to.
type EKS struct {
	URL       string
	TokenFile string
	CAFile    string
}

// HTTP is the listener of the API, the page and the metrics.
type HTTP struct {
	Listen            string
	ReadHeaderTimeout time.Duration
	ReadTimeout       time.Duration
	IdleTimeout       time.Duration
	MaxBody           int64
	Pprof             bool
}

// Daemon is the listener that X-Ray SDKs send to. An empty address turns that
// listener off.
type Daemon struct {
	UDP  string
	TCP  string
	Unix string
}

// OTLP is the listeners for spans, and how spans become segments. An empty address
// turns that listener off.
type OTLP struct {
	GRPC               string
	HTTP               string
	IndexedAttributes  []string
	IndexAllAttributes bool
}

// Store is the embedded engine.
type Store struct {
	Retention time.Duration
	Disk      int64
	Memory    int64
	Head      int64
	Settle    time.Duration
	Sync      string
}

// Ingest is admission.
type Ingest struct {
	MaxDocument int64
}

// API is the behaviour of the X-Ray API.
type API struct {
	StrictAWSLimits bool
}

// Insights is what happens beside the API when there is an insight.
type Insights struct {
	Webhook string
}

// Log is what the service writes to standard error.
type Log struct {
	Level  string
	Format string
}

// Default returns the complete configuration that applies when nothing is set.
func Default() Config {
	return Config{
		Data:      "/var/lib/radiograph",
		AccountID: "000000000000",
		Region:    "us-east-1",
		Shutdown:  15 * time.Second,
		Auth:      Auth{Mode: AuthOff, ClockSkew: 5 * time.Minute},
		TLS:       TLS{ClientAuth: ClientAuthOff, Listeners: []string{ListenerHTTP, ListenerOTLPGRPC, ListenerOTLPHTTP}},
		Login: Login{
			Idle: 8 * time.Hour, Lifetime: day,
			OIDC: OIDC{Scopes: []string{"openid", "profile", "email"}, RolesClaim: "groups"},
		},
		HTTP: HTTP{
			Listen:            "127.0.0.1:2080",
			ReadHeaderTimeout: 10 * time.Second,
			ReadTimeout:       time.Minute,
			IdleTimeout:       2 * time.Minute,
			MaxBody:           64 << 20,
		},
		Daemon: Daemon{UDP: "127.0.0.1:2000", TCP: "127.0.0.1:2000"},
		OTLP:   OTLP{GRPC: "127.0.0.1:4317", HTTP: "127.0.0.1:4318"},
		Store: Store{
			Retention: 30 * day,
			Memory:    256 << 20,
			Settle:    500 * time.Millisecond,
			Sync:      "interval",
		},
		Ingest: Ingest{MaxDocument: 16 << 20},
		Log:    Log{Level: "info", Format: "auto"},
	}
}
