package shop

import (
	"context"
	"net"
	"net/http"
	"sync"
	"time"
)

// The parties that are not services of the shop.
const (
	bankHost   = "api.bank.example"
	objectHost = "s3.us-east-1.amazonaws.com"
	tableHost  = "dynamodb.us-east-1.amazonaws.com"
)

func host(service string) string { return service + ".shop.internal" }

// network gives the sockets of the shop names, as a name service would, so that
// the SDK records names and not ports.
type network struct {
	mu         sync.Mutex // guards the fields below
	address    map[string]string
	transports []*http.Transport
}

func newNetwork() *network { return &network{address: map[string]string{}} }

func (n *network) add(host, address string) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.address[host] = address
}

// transport returns a transport that knows the names of the shop and no others.
func (n *network) transport() *http.Transport {
	t := &http.Transport{
		MaxIdleConnsPerHost: 8,
		IdleConnTimeout:     30 * time.Second,
		DialContext: func(ctx context.Context, _, addr string) (net.Conn, error) {
			host, _, err := net.SplitHostPort(addr)
			if err != nil {
				return nil, err
			}
			n.mu.Lock()
			to, ok := n.address[host]
			n.mu.Unlock()
			if !ok {
				return nil, &net.DNSError{Err: "no such host in the shop", Name: host, IsNotFound: true}
			}
			return new(net.Dialer).DialContext(ctx, "tcp", to)
		},
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	n.transports = append(n.transports, t)
	return t
}

func (n *network) close() {
	n.mu.Lock()
	defer n.mu.Unlock()
	for _, t := range n.transports {
		t.CloseIdleConnections()
	}
}
