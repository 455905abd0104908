package tlsfile_test

import (
	"crypto/tls"
	"errors"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"go.uber.org/goleak"

	"github.com/radiograph/radiograph/internal/tlsfile"
	"github.com/radiograph/radiograph/internal/tlstest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// place is a directory with a certificate.
type place struct {
	*tlstest.CA
	dir  string
	opts tlsfile.Options
}

func newPlace(t *testing.T) *place {
	t.Helper()
	p := &place{CA: tlstest.NewCA(t), dir: t.TempDir()}
	p.opts = tlsfile.Options{Cert: filepath.Join(p.dir, "tls.crt"), Key: filepath.Join(p.dir, "tls.key"), ClientCA: filepath.Join(p.dir, "ca.crt")}
	p.write(t, p.Issue(time.Hour))
	return p
}

func (p *place) write(t *testing.T, pair tlstest.Pair) {
	t.Helper()
	tlstest.Write(t, p.dir, "tls.crt", pair.Cert)
	tlstest.Write(t, p.dir, "tls.key", pair.Key)
}

func (p *place) open(t *testing.T) *tlsfile.Files {
	t.Helper()
	f, err := tlsfile.Open(p.opts)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// serve runs a server that says by which protocol it was asked.
func serve(t *testing.T, f *tlsfile.Files) (addr string) {
	t.Helper()
	l, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s := &http.Server{
		TLSConfig: f.Server(), ReadHeaderTimeout: time.Minute,
		Handler:  http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { _, _ = io.WriteString(w, r.Proto) }),
		ErrorLog: nil,
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		if err := s.ServeTLS(l, "", ""); !errors.Is(err, http.ErrServerClosed) {
			t.Error(err)
		}
	}()
	t.Cleanup(func() { _ = s.Close(); <-done })
	return l.Addr().String()
}

// served returns the number of the certificate that a new connection gets.
func served(t *testing.T, addr string, c *tls.Config) (serial string, err error) {
	t.Helper()
	dialer := tls.Dialer{Config: c}
	conn, err := dialer.DialContext(t.Context(), "tcp", addr)
	if err != nil {
		return "", err
	}
	defer conn.Close()
	// With TLS 1.3 the client learns only from an answer that its certificate was refused.
	if _, err := io.WriteString(conn, "GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"); err != nil {
		return "", err
	}
	if _, err := io.ReadAll(conn); err != nil {
		return "", err
	}
	return conn.(*tls.Conn).ConnectionState().PeerCertificates[0].SerialNumber.String(), nil
}

// metrics returns the values by name and result.
func metrics(t *testing.T, f *tlsfile.Files) map[string]float64 {
	t.Helper()
	r := prometheus.NewPedanticRegistry()
	r.MustRegister(f)
	families, err := r.Gather()
	if err != nil {
		t.Fatal(err)
	}
	values := map[string]float64{}
	for _, family := range families {
		for _, m := range family.GetMetric() {
			name := []string{family.GetName()}
			for _, label := range m.GetLabel() {
				name = append(name, label.GetValue())
			}
			values[strings.Join(name, " ")] = m.GetGauge().GetValue() + m.GetCounter().GetValue()
		}
	}
	return values
}

func TestBadFilesAreRefused(t *testing.T) {
	p := newPlace(t)
	good, other := p.Issue(time.Hour), p.Issue(time.Hour)
	for _, tc := range []struct {
		name      string
		cert, key []byte
		want      string
	}{
		{"another certificate's key", good.Cert, other.Key, "private key does not match"},
		{"the files the wrong way round", good.Key, good.Cert, "may have been switched"},
		{"expired", p.Issue(-time.Minute).Cert, nil, "expired at"},
		{"empty", nil, nil, "failed to find any PEM data"},
		{"cut", good.Cert[:40], good.Key, "failed to find any PEM data"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			if tc.name == "expired" {
				pair := p.Issue(-time.Minute)
				tc.cert, tc.key = pair.Cert, pair.Key
			}
			p.write(t, tlstest.Pair{Cert: tc.cert, Key: tc.key})
			if _, err := tlsfile.Open(p.opts); err == nil || !strings.Contains(err.Error(), tc.want) {
				t.Errorf("got %v, want %q", err, tc.want)
			}
		})
	}
	p.write(t, good)
	p.opts.Now = func() time.Time { return time.Now().Add(-72 * time.Hour) }
	if _, err := tlsfile.Open(p.opts); err == nil || !strings.Contains(err.Error(), "not valid before") {
		t.Errorf("got %v", err)
	}
	p.opts.Key = filepath.Join(p.dir, "none")
	if _, err := tlsfile.Open(p.opts); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("got %v", err)
	}
}

func TestBadFilesChangeNothing(t *testing.T) {
	p := newPlace(t)
	first := p.Issue(time.Hour)
	p.write(t, first)
	f := p.open(t)
	addr, trust := serve(t, f), &tls.Config{RootCAs: p.Pool(), MinVersion: tls.VersionTLS12}
	want := func(serial string, unusable, failed float64) {
		t.Helper()
		got, err := served(t, addr, trust)
		if err != nil || got != serial {
			t.Errorf("got certificate %s (%v), want %s", got, err, serial)
		}
		if got := metrics(t, f); got["radiograph_tls_files_unusable"] != unusable || got["radiograph_tls_reloads_total failed"] != failed {
			t.Errorf("got %v, want %v unusable and %v failed", got, unusable, failed)
		}
	}
	next := p.Issue(time.Hour)
	tlstest.Write(t, p.dir, "tls.crt", next.Cert) // the key follows
	if err := f.Reload(); err == nil {
		t.Error("a certificate without its key is taken")
	}
	want(first.Serial(t), 1, 1)
	if err := f.Reload(); err != nil {
		t.Errorf("the same files are judged again: %v", err)
	}
	want(first.Serial(t), 1, 1)
	tlstest.Write(t, p.dir, "tls.key", next.Key)
	if err := f.Reload(); err != nil {
		t.Error(err)
	}
	want(next.Serial(t), 0, 1)
	for range 2 {
		if err := os.Remove(p.opts.Key); err == nil {
			_ = f.Reload()
		} else if err := f.Reload(); err == nil {
			t.Error("a missing file is no error")
		}
		want(next.Serial(t), 1, 2)
	}
	tlstest.Write(t, p.dir, "tls.key", next.Key)
	if err := f.Reload(); err != nil {
		t.Error(err)
	}
	want(next.Serial(t), 0, 2)
}

func TestWatchSeesExchangedLinks(t *testing.T) {
	p := newPlace(t)
	synctest.Test(t, func(t *testing.T) {
		// As a mounted secret of Kubernetes: files are links into a directory that is a link.
		for _, name := range []string{"1", "2"} {
			if err := os.Mkdir(filepath.Join(p.dir, name), 0o700); err != nil {
				t.Fatal(err)
			}
		}
		now := time.Now() // synctest's time is years before that of the certificates
		p.opts.Now = func() time.Time { return now }
		ca := tlstest.NewCA(t)
		one, two := ca.Issue(time.Hour), ca.Issue(2*time.Hour)
		for name, pair := range map[string]tlstest.Pair{"1": one, "2": two} {
			tlstest.Write(t, filepath.Join(p.dir, name), "tls.crt", pair.Cert)
			tlstest.Write(t, filepath.Join(p.dir, name), "tls.key", pair.Key)
		}
		data := filepath.Join(p.dir, "data")
		if err := os.Symlink("1", data); err != nil {
			t.Fatal(err)
		}
		p.opts.Cert, p.opts.Key = filepath.Join(data, "tls.crt"), filepath.Join(data, "tls.key")
		f := p.open(t)
		before := f.NotAfter()
		ctx := t.Context()
		go f.Watch(ctx)
		if err := os.Symlink("2", data+".new"); err != nil {
			t.Fatal(err)
		}
		if err := os.Rename(data+".new", data); err != nil {
			t.Fatal(err)
		}
		time.Sleep(11 * time.Second) // of synctest's time: the next look
		synctest.Wait()
		if !f.NotAfter().After(before) {
			t.Errorf("still the certificate until %v", before)
		}
	})
}

func TestReloadUnderLoad(t *testing.T) {
	p := newPlace(t)
	f := p.open(t)
	addr := serve(t, f)
	var requests atomic.Int64
	stop := make(chan struct{})
	var load sync.WaitGroup
	for worker := range 4 {
		// Half keep one connection over all changes, half make a new one for each request.
		transport := &http.Transport{
			TLSClientConfig:   &tls.Config{RootCAs: p.Pool(), MinVersion: tls.VersionTLS12},
			ForceAttemptHTTP2: worker%2 == 0, DisableKeepAlives: worker%2 == 1,
		}
		client := &http.Client{Transport: transport}
		load.Go(func() {
			defer transport.CloseIdleConnections()
			for {
				select {
				case <-stop:
					return
				default:
				}
				req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "https://"+addr, nil)
				if err != nil {
					t.Error(err)
					return
				}
				resp, err := client.Do(req)
				if err != nil {
					t.Error(err)
					return
				}
				if _, err := io.Copy(io.Discard, resp.Body); err != nil {
					t.Error(err)
				}
				_ = resp.Body.Close()
				requests.Add(1)
			}
		})
	}
	var last tlstest.Pair
	for range 20 {
		last = p.Issue(time.Hour)
		tlstest.Write(t, p.dir, "tls.crt", last.Cert)
		_ = f.Reload() // without its key
		tlstest.Write(t, p.dir, "tls.key", last.Key)
		if err := f.Reload(); err != nil {
			t.Error(err)
		}
		for seen := requests.Load(); requests.Load() < seen+8 && !t.Failed(); {
			if _, err := served(t, addr, &tls.Config{RootCAs: p.Pool(), MinVersion: tls.VersionTLS12}); err != nil {
				t.Error(err)
			}
		}
	}
	close(stop)
	load.Wait()
	if got, err := served(t, addr, &tls.Config{RootCAs: p.Pool(), MinVersion: tls.VersionTLS12}); got != last.Serial(t) {
		t.Errorf("got certificate %s (%v), want %s", got, err, last.Serial(t))
	}
}

func TestClientCertificates(t *testing.T) {
	p := newPlace(t)
	clients, strangers := tlstest.NewCA(t), tlstest.NewCA(t)
	tlstest.Write(t, p.dir, "ca.crt", clients.PEM())
	for _, tc := range []struct {
		name   string
		auth   tls.ClientAuthType
		client *tlstest.CA
		until  time.Duration
		ok     bool
	}{
		{"off, none", tls.NoClientCert, nil, 0, true},
		{"off, a stranger's", tls.NoClientCert, strangers, time.Hour, true},
		{"request, none", tls.VerifyClientCertIfGiven, nil, 0, true},
		{"request, good", tls.VerifyClientCertIfGiven, clients, time.Hour, true},
		{"request, a stranger's", tls.VerifyClientCertIfGiven, strangers, time.Hour, false},
		{"require, none", tls.RequireAndVerifyClientCert, nil, 0, false},
		{"require, good", tls.RequireAndVerifyClientCert, clients, time.Hour, true},
		{"require, expired", tls.RequireAndVerifyClientCert, clients, -time.Hour, false},
		{"require, a stranger's", tls.RequireAndVerifyClientCert, strangers, time.Hour, false},
	} {
		t.Run(tc.name, func(t *testing.T) {
			opts := p.opts
			opts.ClientAuth = tc.auth
			f, err := tlsfile.Open(opts)
			if err != nil {
				t.Fatal(err)
			}
			c := &tls.Config{RootCAs: p.Pool(), MinVersion: tls.VersionTLS12}
			if tc.client != nil {
				own := tc.client.Issue(tc.until).TLS(t)
				// Sent even when the server does not name its authority.
				c.GetClientCertificate = func(*tls.CertificateRequestInfo) (*tls.Certificate, error) { return &own, nil }
			}
			if _, err := served(t, serve(t, f), c); (err == nil) != tc.ok {
				t.Errorf("got %v, want success: %v", err, tc.ok)
			}
		})
	}
}

func TestOldProtocolsAreRefused(t *testing.T) {
	p := newPlace(t)
	addr := serve(t, p.open(t))
	for version, ok := range map[uint16]bool{tls.VersionTLS10: false, tls.VersionTLS11: false, tls.VersionTLS12: true, tls.VersionTLS13: true} {
		c := &tls.Config{RootCAs: p.Pool(), MinVersion: tls.VersionTLS10, MaxVersion: version}
		if _, err := served(t, addr, c); (err == nil) != ok {
			t.Errorf("%s: %v", tls.VersionName(version), err)
		}
	}
}
