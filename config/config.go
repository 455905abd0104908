package config

import "time"

// Config is everything that users can set about the service.
type Config struct {
	Data      string
	AccountID string
	Region    string
	Insecure  bool
	Shutdown  time.Duration

	Auth     Auth
	IAM      IAM
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
