package config

import (
	"strings"

	"github.com/spf13/pflag"
)

// EnvPrefix begins the name of every environment variable that sets a key.
const EnvPrefix = "RADIOGRAPH_"

// Key is one setting: where it is written and what it means.
type Key struct {
	Path  string      // in the YAML file, members joined by dots
	Flag  string      // name of the flag, without dashes
	Doc   string      // one or two sentences
	Value pflag.Value // reads and writes the member of the Config that Keys was called on
}

// Env returns the name of the environment variable that sets k.
func (k Key) Env() string {
	return EnvPrefix + strings.ToUpper(strings.ReplaceAll(k.Path, ".", "_"))
}

// Keys returns every key, in the order in which they are documented. The values
// are bound to c.
func (c *Config) Keys() []Key {
	return []Key{
		{"data", "data", "Directory of everything that is stored. Each account and region has a directory of its own below it.", text(&c.Data)},
		{"account_id", "account-id", "Account number of this service: 12 digits, shown in ARNs.", text(&c.AccountID)},
		{"region", "region", "Region of this service, shown in ARNs.", text(&c.Region)},
		{"insecure", "insecure", "Allow addresses that other machines can reach although nobody has to authenticate there: all addresses while auth.mode is off, those of the daemon always, because X-Ray SDKs cannot authenticate. Without it such addresses are refused at start.", boolean(&c.Insecure)},
		{"shutdown", "shutdown-timeout", "How long a stop may take for requests and datagrams that have been received already.", duration(&c.Shutdown)},

		{"master_key_file", "master-key-file", "File with the keys that secrets on disk and session tokens are encrypted with. Empty means master.key beside the identities; it is made at the first start. All replicas need the same.", text(&c.IAM.MasterKeyFile)},

		{"auth.mode", "auth", "Who may do what: off (everybody who can connect may do everything) or sigv4 (requests are signed with access keys, and policies decide). The daemon's addresses take documents from everybody in either mode.", choice(&c.Auth.Mode, AuthOff, AuthSigV4)},
		{"auth.clock_skew", "auth-clock-skew", "How far the clock of who signs may differ from this one. Within this time a request that somebody observed can be sent again.", duration(&c.Auth.ClockSkew)},
		{"auth.accepted_hosts", "auth-accepted-hosts", "Host names, with the port unless it is the usual one, under which clients reach this service through a proxy that changes the Host header. Signatures for these are accepted, too.", list(&c.Auth.AcceptedHosts)},

		{"iam.issuers", "iam-issuers", "Where the keys of issuers are that cannot be asked by their name. An entry is the issuer and either in-cluster (the API server, from a pod), or file=PATH, or jwks=URL with ca=PATH and token=PATH as needed, separated by spaces.", list(&c.IAM.Issuers)},

		{"tls.cert_file", "tls-cert-file", "Certificate of the addresses, PEM, with its chain. It is read again when it changes. Empty means no TLS.", text(&c.TLS.CertFile)},
		{"tls.key_file", "tls-key-file", "Key of the certificate, PEM.", text(&c.TLS.KeyFile)},
		{"tls.client_auth", "tls-client-auth", "Certificates of clients: off, request (one that comes must be good) or require. They protect the connection; who a client is, and what it may do, still comes from its signature.", choice(&c.TLS.ClientAuth, ClientAuthOff, ClientAuthRequest, ClientAuthRequire)},
		{"tls.client_ca_file", "tls-client-ca-file", "Authorities that certificates of clients are verified against, PEM. It is read again when it changes.", text(&c.TLS.ClientCAFile)},
		{"tls.listeners", "tls-listeners", "Addresses with TLS, when there is a certificate: http.listen, otlp.grpc, otlp.http.", list(&c.TLS.Listeners)},
		{"tls.hsts", "tls-hsts", "How long browsers shall use nothing but TLS for this host (Strict-Transport-Security). 0 means that they are not told.", duration(&c.TLS.HSTS)},

		{"login.idle", "login-idle", "How long a session of the console lasts without requests.", duration(&c.Login.Idle)},
		{"login.lifetime", "login-lifetime", "How long a session of the console lasts at most.", duration(&c.Login.Lifetime)},
		{"login.oidc.issuer", "login-oidc-issuer", "Provider of OpenID Connect with which people log in to the console, as its tokens name it. Empty means that they log in with access keys only.", text(&c.Login.OIDC.Issuer)},
		{"login.oidc.client_id", "login-oidc-client-id", "What the provider knows the console as.", text(&c.Login.OIDC.ClientID)},
		{"login.oidc.client_secret_file", "login-oidc-client-secret-file", "File with the secret of the client; empty for clients without one.", text(&c.Login.OIDC.ClientSecretFile)},
		{"login.oidc.redirect_url", "login-oidc-redirect-url", "Address to which the provider sends people back, as it is registered there: the console's, followed by /console/v1/login/callback.", text(&c.Login.OIDC.RedirectURL)},
		{"login.oidc.scopes", "login-oidc-scopes", "What the provider is asked for. openid must be among it.", list(&c.Login.OIDC.Scopes)},
		{"login.oidc.roles_claim", "login-oidc-roles-claim", "Claim with the roles or groups of a person, a text or a list of texts. Dots lead into objects, as in realm_access.roles.", text(&c.Login.OIDC.RolesClaim)},
		{"login.oidc.viewer_values", "login-oidc-viewer-values", "Values of that claim that make a viewer, who may read everything.", list(&c.Login.OIDC.ViewerValues)},
		{"login.oidc.operator_values", "login-oidc-operator-values", "Values that make an operator, who may also create and change groups and sampling rules.", list(&c.Login.OIDC.OperatorValues)},
		{"login.oidc.admin_values", "login-oidc-admin-values", "Values that make an administrator, who may do everything in the console. Who has several roles has the highest.", list(&c.Login.OIDC.AdminValues)},
		{"login.oidc.ca_file", "login-oidc-ca-file", "Authorities that the provider's certificate is verified against, PEM; empty means those of the system.", text(&c.Login.OIDC.CAFile)},
		{"eks.url", "eks-url", "Address of the add-on manager, https://host:port, that requests of the EKS API are handed to once their signature is verified. Empty means that there is none.", text(&c.EKS.URL)},
		{"eks.token_file", "eks-token-file", "File with the bearer token that the add-on manager knows this service by.", text(&c.EKS.TokenFile)},
		{"eks.ca_file", "eks-ca-file", "File with the certificates in PEM that the add-on manager's is verified by; empty means those of the system.", text(&c.EKS.CAFile)},

		{"http.listen", "http", "Address of the X-Ray API, the page, /metrics, /healthz and /readyz. It takes OTLP over HTTP, too.", text(&c.HTTP.Listen)},
		{"http.read_header_timeout", "http-read-header-timeout", "How long a client may take to send the headers of a request.", duration(&c.HTTP.ReadHeaderTimeout)},
		{"http.read_timeout", "http-read-timeout", "How long a client may take to send a whole request.", duration(&c.HTTP.ReadTimeout)},
		{"http.idle_timeout", "http-idle-timeout", "How long a connection without requests stays open.", duration(&c.HTTP.IdleTimeout)},
		{"http.max_body", "http-max-body", "Largest body of a request, after decompression.", size(&c.HTTP.MaxBody)},
		{"http.pprof", "pprof", "Serve profiles of the process under /debug/pprof/.", boolean(&c.HTTP.Pprof)},

		{"daemon.udp", "daemon-udp", "UDP address for documents from X-Ray SDKs; empty turns it off.", text(&c.Daemon.UDP)},
		{"daemon.tcp", "daemon-tcp", "TCP address for sampling rules, and for documents too large for a datagram; empty turns it off.", text(&c.Daemon.TCP)},
		{"daemon.unix", "daemon-unix", "Path of a Unix socket that takes what the daemon's addresses take; empty turns it off.", text(&c.Daemon.Unix)},

		{"otlp.grpc", "otlp-grpc", "Address for spans by OTLP over gRPC; empty turns it off.", text(&c.OTLP.GRPC)},
		{"otlp.http", "otlp-http", "Address for spans by OTLP over HTTP (/v1/traces) and from Zipkin (/api/v2/spans); empty turns it off. http.listen takes the same paths.", text(&c.OTLP.HTTP)},
		{"otlp.indexed_attributes", "otlp-indexed-attributes", "Attributes of spans that become annotations, which filter expressions can ask for. Attributes of the resource are written otel.resource.NAME.", list(&c.OTLP.IndexedAttributes)},
		{"otlp.index_all_attributes", "otlp-index-all-attributes", "Make annotations of all attributes of spans that have one value.", boolean(&c.OTLP.IndexAllAttributes)},

		{"store.retention", "retention", "Age at which traces are dropped. They go by whole blocks, so some stay a little longer.", duration(&c.Store.Retention)},
		{"store.disk", "disk", "Disk space for traces; the oldest are dropped beyond it. 0 means no bound.", size(&c.Store.Disk)},
		{"store.memory", "memory", "Memory for documents that are not yet in a block. When it is full, clients are told to slow down. The process as a whole is kept near one and a half times this; the variable GOMEMLIMIT overrides that.", size(&c.Store.Memory)},
		{"store.head", "head", "Documents collected in memory before they become a block. 0 means a quarter of store.memory.", size(&c.Store.Head)},
		{"store.settle", "settle", "How long a trace is quiet before its summary is computed. Queries do not wait for it.", duration(&c.Store.Settle)},
		{"store.sync", "sync", "When the log reaches the disk: always (before a batch is acknowledged), interval (every second) or never (the operating system decides). With interval, a power failure can lose the last second; a crash of the process loses nothing.", choice(&c.Store.Sync, "always", "interval", "never")},

		{"ingest.max_document", "max-document", "Largest segment document.", size(&c.Ingest.MaxDocument)},

		{"api.strict_aws_limits", "strict-aws-limits", "Refuse what AWS refuses: queries over 6 hours, more than 5 ids in BatchGetTraces, documents over 64 kB.", boolean(&c.API.StrictAWSLimits)},

		{"insights.webhook", "insights-webhook", "URL that is told, by POST, of what happens to insights of groups that have notifications enabled; empty tells nobody. The body is the event that X-Ray sends to EventBridge.", text(&c.Insights.Webhook)},

		{"log.level", "log-level", "Least level that is logged: debug, info, warn or error.", choice(&c.Log.Level, "debug", "info", "warn", "error")},
		{"log.format", "log-format", "Form of the log: text, json, or auto (text on a terminal, json elsewhere).", choice(&c.Log.Format, "auto", "text", "json")},
	}
}
