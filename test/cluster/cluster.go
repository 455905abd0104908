package cluster

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"sync"
	"time"
)

// startTimeout is how long the whole start may take once the parts are built. It took
// half a minute on two busy cores.
const startTimeout = 5 * time.Minute

// Options say how a cluster is started. The zero value is a cluster in a temporary
// directory that its starter takes down.
type Options struct {
	Dir      string    // for the cluster's state; must be absent or empty. A temporary one when empty. Down removes it
	Progress io.Writer // lines of progress; nothing is told when nil
	Issuer   string    // of service-account tokens; DefaultIssuer when empty
	Detached bool      // the cluster outlives the process that starts it

	// APIServerArgs are added to those of kube-apiserver.
	APIServerArgs []string
}

// Cluster is a running cluster. Its methods may be called from several goroutines.
type Cluster struct {
	runDir   string
	progress io.Writer
	programs string // directory of the Kubernetes programs
	client   *http.Client

	mu     sync.Mutex // guards the record's processes and the file that holds it
	record *record
}

// Up builds the parts that are not in the cache and starts the cluster. It returns when
// the node is ready and the cluster's DNS answers, so ctx bounds the start alone; a cold
// build of Kubernetes takes a quarter of an hour on two cores. On failure everything
// that was started is stopped, and the error tells which program ended with its last
// lines, and which pods are not ready.
//
// It first clears away what a cluster whose starter was killed has left.
func Up(ctx context.Context, options Options) (*Cluster, error) {
	if options.Progress == nil {
		options.Progress = io.Discard
	}
	if options.Issuer == "" {
		options.Issuer = DefaultIssuer
	}
	if err := checkMachine(); err != nil {
		return nil, fmt.Errorf("start cluster: %w", err)
	}
	parts, err := buildParts(ctx, options.Progress)
	if err != nil {
		return nil, fmt.Errorf("start cluster: %w", err)
	}
	m, err := lockMachine(RunDir)
	if err != nil {
		return nil, fmt.Errorf("start cluster: %w", err)
	}
	defer func() { _ = m.unlock() }() // only closes a descriptor
	if err := clearDead(ctx, m.dir, options.Progress); err != nil {
		return nil, fmt.Errorf("start cluster: %w", err)
	}
	c, err := prepare(ctx, m.dir, options, parts)
	if err != nil {
		return nil, fmt.Errorf("start cluster: %w", err)
	}
	bounded, cancel := context.WithTimeout(ctx, startTimeout)
	defer cancel()
	if err := c.start(bounded, options, parts); err != nil {
		// What was started must be stopped also when ctx has ended.
		after := context.WithoutCancel(ctx)
		err = fmt.Errorf("start cluster: %w\n%s", err, c.Diagnosis(after))
		return nil, errors.Join(err, c.takeDown(after))
	}
	return c, nil
}

// parts are the directories of the programs that a start needs.
type parts struct {
	kubernetes, coredns, pause string
}

func buildParts(ctx context.Context, w io.Writer) (parts, error) {
	var p parts
	for _, want := range []struct {
		part Part
		dir  *string
	}{{Pause, &p.pause}, {CoreDNS, &p.coredns}, {Kubernetes, &p.kubernetes}} {
		dir, err := want.part.Build(ctx, w)
		if err != nil {
			return parts{}, err
		}
		*want.dir = dir
	}
	return p, nil
}

// clearDead takes down what a dead cluster left. A live one is an error.
func clearDead(ctx context.Context, dir string, w io.Writer) error {
	old, err := load(dir)
	if err != nil || old == nil {
		return err
	}
	if old.runs() {
		who := "it was left running"
		if old.Owner != nil {
			who = fmt.Sprintf("%s (process %d) uses it", old.Owner.Program, old.Owner.PID)
		}
		return fmt.Errorf("a cluster runs on this machine since %s, and there can be only one: %s, its state is in %s; to stop it: make cluster-down",
			old.Started.Format(time.DateTime), who, old.Dir)
	}
	say(w, "clearing away the cluster of %s, whose starter has ended", old.Started.Format(time.DateTime))
	dead := &Cluster{runDir: dir, progress: w, record: old}
	return dead.takeDown(ctx)
}

// prepare makes the cluster's directory and its record, in an order in which a record
// exists for whatever else does.
func prepare(ctx context.Context, runDir string, options Options, p parts) (*Cluster, error) {
	dir, temporary := options.Dir, options.Dir == ""
	var err error
	if temporary {
		dir, err = os.MkdirTemp("", "radiograph-cluster-")
	} else {
		dir, err = emptyDir(dir)
	}
	if err != nil {
		return nil, err
	}
	c := &Cluster{
		runDir:   runDir,
		progress: options.Progress,
		programs: p.kubernetes,
		record:   &record{Boot: bootID(), Dir: dir, Temporary: temporary, Started: time.Now().Truncate(time.Second)},
	}
	if c.record.Sysctls, err = readSysctls(); err != nil {
		return nil, err
	}
	for _, family := range natFamilies {
		chains, _, err := hostPortChains(ctx, family)
		if err != nil {
			return nil, err
		}
		c.record.HostPorts = c.record.HostPorts || len(chains) > 0
	}
	if !options.Detached {
		self, err := identify(os.Getpid())
		if err != nil {
			return nil, err
		}
		c.record.Owner = &self
	}
	return c, c.record.save(runDir)
}

// maxSocketPath is how long the path of a Unix socket may be, as sun_path of sockaddr_un
// has 108 bytes with the zero at its end.
const maxSocketPath = 107

// emptyDir makes the directory unless it exists and is empty, because Down removes it.
func emptyDir(dir string) (string, error) {
	dir, err := filepath.Abs(dir)
	if err != nil {
		return "", err
	}
	// containerd makes a second socket of this name.
	if path := containerdSocket(dir) + ".ttrpc"; len(path) > maxSocketPath {
		return "", fmt.Errorf("the path of the directory %s is %d bytes too long for sockets in it", dir, len(path)-maxSocketPath)
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return "", err
	}
	entries, err := os.ReadDir(dir)
	if err != nil {
		return "", err
	}
	if len(entries) > 0 {
		return "", fmt.Errorf("the directory %s is not empty", dir)
	}
	return dir, nil
}

// Attach finds the cluster that runs on this machine, or returns ErrNone.
func Attach(ctx context.Context, progress io.Writer) (*Cluster, error) {
	if progress == nil {
		progress = io.Discard
	}
	r, err := load(RunDir)
	if err != nil {
		return nil, err
	}
	if r == nil {
		return nil, ErrNone
	}
	c := &Cluster{runDir: RunDir, progress: progress, record: r}
	// A cluster that was killed while it started may lack the rest. It can still be
	// taken down.
	if p := r.process(apiServer); p != nil {
		c.programs = filepath.Dir(p.Path)
		if err := c.connect(); err != nil {
			return nil, err
		}
	}
	return c, ctx.Err()
}

// Down stops the cluster's programs and containers, and takes its mounts, network,
// kernel settings and directory away. It does all it can and returns what failed.
func (c *Cluster) Down(ctx context.Context) error {
	m, err := lockMachine(c.runDir)
	if err != nil {
		return fmt.Errorf("stop cluster: %w", err)
	}
	defer func() { _ = m.unlock() }() // only closes a descriptor
	if err := c.takeDown(ctx); err != nil {
		return fmt.Errorf("stop cluster: %w", err)
	}
	return nil
}

// Dir returns the directory with the cluster's state. The programs' logs are in its
// directory log.
func (c *Cluster) Dir() string { return c.record.Dir }

// Kubeconfig returns the path of a client configuration with all rights.
func (c *Cluster) Kubeconfig() string { return c.path("admin.kubeconfig") }

// ProgramDir returns the directory with the programs of Kubernetes, kubectl among them.
func (c *Cluster) ProgramDir() string { return c.programs }

// NodeIP returns the node's address, which pods and this machine reach.
func (c *Cluster) NodeIP() string { return nodeIP }

// NodeName returns the node's name.
func (c *Cluster) NodeName() string { return nodeName }

// APIServer returns host:port of the API server.
func (c *Cluster) APIServer() string { return c.record.Address }

// DNS returns host:port of the cluster's DNS. This machine reaches it, as it reaches
// every service's address.
func (c *Cluster) DNS() string { return net.JoinHostPort(dnsServiceIP, "53") }

// Resolver resolves names as pods do.
func (c *Cluster) Resolver() *net.Resolver {
	return &net.Resolver{PreferGo: true, Dial: func(ctx context.Context, network, _ string) (net.Conn, error) {
		var d net.Dialer
		return d.DialContext(ctx, network, c.DNS())
	}}
}

// Running says which of the cluster's programs run, by name.
func (c *Cluster) Running() map[string]bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	running := map[string]bool{}
	for _, p := range c.record.Processes {
		running[p.Name] = p.ID.alive()
	}
	return running
}

// connect makes the client that asks the API server with all rights.
func (c *Cluster) connect() error {
	ca, err := os.ReadFile(c.path("pki/ca.crt"))
	if err != nil {
		return fmt.Errorf("connect to the cluster: %w", err)
	}
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM(ca) {
		return fmt.Errorf("connect to the cluster: %s holds no certificate", c.path("pki/ca.crt"))
	}
	pair, err := tls.LoadX509KeyPair(c.path("pki/admin.crt"), c.path("pki/admin.key"))
	if err != nil {
		return fmt.Errorf("connect to the cluster: %w", err)
	}
	c.client = &http.Client{
		Timeout: 10 * time.Second,
		Transport: &http.Transport{TLSClientConfig: &tls.Config{
			MinVersion: tls.VersionTLS12, RootCAs: pool, Certificates: []tls.Certificate{pair},
		}},
	}
	return nil
}

// Get returns the API server's answer to a GET of the path, such as /readyz. An answer
// that is not 200 is an error.
func (c *Cluster) Get(ctx context.Context, path string) ([]byte, error) {
	if c.client == nil {
		return nil, errors.New("the API server was not started")
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, "https://"+c.record.Address+path, http.NoBody)
	if err != nil {
		return nil, fmt.Errorf("ask the API server: %w", err)
	}
	response, err := c.client.Do(request)
	if err != nil {
		return nil, fmt.Errorf("ask the API server: %w", err)
	}
	defer func() { _ = response.Body.Close() }() // only read
	body, err := io.ReadAll(response.Body)
	if err != nil {
		return nil, fmt.Errorf("ask the API server for %s: %w", path, err)
	}
	if response.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("ask the API server for %s: %s: %s", path, response.Status, body)
	}
	return body, nil
}

// address finds where the API server listens.
func (c *Cluster) address(ctx context.Context) error {
	port, err := freePort(ctx, nodeIP)
	if err != nil {
		return err
	}
	c.record.Address = net.JoinHostPort(nodeIP, strconv.Itoa(port))
	return c.record.save(c.runDir)
}
