package consoleapi

import (
	"cmp"
	"net/http"
	"time"
)

// About is what a server says about itself. Empty texts are what it does not have.
type About struct {
	Version           string
	Region, AccountID string
	Endpoint          string        // URL of the API
	Daemon            string        // for AWS_XRAY_DAEMON_ADDRESS
	OTLPGRPC          string        // host:port
	OTLPHTTP          string        // URL
	Authentication    string        // off or sigv4; "" means off
	Strict            bool          // AWS's limits hold
	Retention         time.Duration // 0 or less: everything is kept
	Started           time.Time
}

type otlpAddresses struct {
	GRPC string `json:"grpc"`
	HTTP string `json:"http"`
}

type storeSize struct {
	Documents   int64 `json:"documents"`
	DiskBytes   int64 `json:"diskBytes"`
	LogBytes    int64 `json:"logBytes"`
	MemoryBytes int64 `json:"memoryBytes"`
	Blocks      int64 `json:"blocks"`
}

type meAnswer struct {
	Version        string        `json:"version"`
	Region         string        `json:"region"`
	AccountID      string        `json:"accountId"`
	Endpoint       string        `json:"endpoint"`
	Daemon         string        `json:"daemon"`
	OTLP           otlpAddresses `json:"otlp"`
	Authentication string        `json:"authentication"`
	Strict         bool          `json:"strict"`
	Retention      seconds       `json:"retentionSeconds"`
	Now            seconds       `json:"now"`
	Started        seconds       `json:"started"`
	Traces         int64         `json:"traces"`
	HasTraces      bool          `json:"hasTraces"`
	Oldest         *seconds      `json:"oldest"`
	Store          storeSize     `json:"store"`
}

// me answers with what this server is.
func (a *API) me(*http.Request) (any, error) {
	about, stats := a.opts.About, a.opts.Store.Stats()
	out := meAnswer{
		Version: about.Version, Region: about.Region, AccountID: about.AccountID, Endpoint: about.Endpoint,
		Daemon: about.Daemon, OTLP: otlpAddresses{about.OTLPGRPC, about.OTLPHTTP},
		Authentication: cmp.Or(about.Authentication, "off"), Strict: about.Strict,
		Now: seconds(a.opts.Now().UnixNano()), Started: seconds(about.Started.UnixNano()),
		Retention: seconds(max(0, about.Retention)), Traces: stats.Traces,
		HasTraces: stats.Documents > 0 || stats.HeadTraces > 0,
		Store: storeSize{
			Documents: stats.Documents, DiskBytes: stats.DiskBytes,
			LogBytes: stats.LogBytes, MemoryBytes: stats.HeadBytes, Blocks: stats.Blocks,
		},
	}
	if stats.OldestReceived > 0 {
		out.Oldest = new(seconds(stats.OldestReceived))
	}
	return out, nil
}
