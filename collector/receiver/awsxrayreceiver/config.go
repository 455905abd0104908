package awsxrayreceiver

import (
	"errors"
	"fmt"
	"net"
	"time"

	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/config/confignet"

	"github.com/radiograph/radiograph/collector/internal/proxy"
	"github.com/radiograph/radiograph/datagram"
	"github.com/radiograph/radiograph/otlp"
)

// Config is what users write about the receiver; all of it is optional. The keys
// endpoint, transport and proxy_server and their defaults are those of the
// community's receiver.
type Config struct {
	confignet.AddrConfig `mapstructure:",squash"` // where datagrams come in; the only transport is udp

	// ProxyServer is the TCP side. Where its endpoint is empty it listens on port
	// 2000 of the host of Endpoint.
	ProxyServer proxy.Config `mapstructure:"proxy_server"`

	Conventions   string        `mapstructure:"conventions"`          // names of attributes: ConventionsOld or ConventionsCurrent
	Readers       int           `mapstructure:"readers"`              // sockets that share the port, each with a goroutine that reads it
	ReceiveBuffer int           `mapstructure:"receive_buffer_bytes"` // asked of the kernel for each socket
	MaxQueue      int           `mapstructure:"max_queue_bytes"`      // of documents that wait for the pipeline
	Workers       int           `mapstructure:"workers"`              // goroutines that translate and call the pipeline; 0 means as many as processors
	RetryFor      time.Duration `mapstructure:"retry_for"`            // how long a batch that the pipeline refuses is tried again
	Batch         BatchConfig   `mapstructure:"batch"`
}

// BatchConfig says how documents become batches.
type BatchConfig struct {
	MaxSpans  int           `mapstructure:"max_spans"`  // a batch is complete when it has so many; a document is never split
	MaxDelay  time.Duration `mapstructure:"max_delay"`  // how long a document waits for others
	PerSource bool          `mapstructure:"per_source"` // each batch has the documents of one sender, whose address goes along
}

// Values of Config.Conventions.
const (
	ConventionsOld     = "old"     // http.method, http.url, db.statement, …, as the community's receiver
	ConventionsCurrent = "current" // http.request.method, url.full, db.query.text, …
)

var conventions = map[string]otlp.Conventions{
	ConventionsOld:     otlp.OldConventions,
	ConventionsCurrent: otlp.CurrentConventions,
}

const minQueue = 4 * datagram.ChunkBytes

func defaultConfig() component.Config {
	return &Config{
		AddrConfig: confignet.AddrConfig{
			Endpoint:  "localhost:2000",
			Transport: confignet.TransportTypeUDP,
		},
		ProxyServer:   proxy.Default(),
		Conventions:   ConventionsOld,
		Readers:       1,
		ReceiveBuffer: 16 << 20,
		MaxQueue:      64 << 20,
		RetryFor:      5 * time.Second,
		Batch:         BatchConfig{MaxSpans: 1000, MaxDelay: 100 * time.Millisecond, PerSource: true},
	}
}

// Validate reports everything that is wrong with the receiver's own keys.
func (c *Config) Validate() error {
	var errs []error
	if err := proxy.CheckAddress(c.Endpoint); err != nil {
		errs = append(errs, fmt.Errorf("endpoint: %w", err))
	}
	if c.Transport != confignet.TransportTypeUDP {
		errs = append(errs, fmt.Errorf("transport: must be udp, not %q", c.Transport))
	}
	if _, ok := conventions[c.Conventions]; !ok {
		errs = append(errs, fmt.Errorf("conventions: must be %s or %s, not %q", ConventionsOld, ConventionsCurrent, c.Conventions))
	}
	if c.RetryFor < 0 {
		errs = append(errs, fmt.Errorf("retry_for: must not be negative, but is %s", c.RetryFor))
	}
	return errors.Join(append(errs,
		between("readers", c.Readers, 1, 64),
		between("receive_buffer_bytes", c.ReceiveBuffer, 1, 1<<30),
		between("max_queue_bytes", c.MaxQueue, minQueue, 1<<40),
		between("workers", c.Workers, 0, 1024),
	)...)
}

// Validate reports everything that is wrong, with the keys.
func (c *BatchConfig) Validate() error {
	errs := []error{between("max_spans", c.MaxSpans, 1, 1<<20)}
	if c.MaxDelay <= 0 || c.MaxDelay > time.Minute {
		errs = append(errs, fmt.Errorf("max_delay: must be more than 0 and at most 1m, but is %s", c.MaxDelay))
	}
	return errors.Join(errs...)
}

func between(key string, value, least, most int) error {
	if value < least || value > most {
		return fmt.Errorf("%s: must be between %d and %d, but is %d", key, least, most, value)
	}
	return nil
}

// proxyConfig returns the settings of the TCP side, endpoint included.
func (c *Config) proxyConfig() *proxy.Config {
	p := c.ProxyServer
	if p.Endpoint == "" {
		host, _, err := net.SplitHostPort(c.Endpoint)
		if err != nil {
			return &p // Validate has refused it
		}
		_, port, _ := net.SplitHostPort(proxy.DefaultEndpoint)
		p.Endpoint = net.JoinHostPort(host, port)
	}
	return &p
}
