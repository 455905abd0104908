package main

import (
	"crypto/tls"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/radiograph/radiograph/internal/tlstest"
	"github.com/radiograph/radiograph/problem"
)

func TestCommandsTrustTheBundle(t *testing.T) {
	ca := tlstest.NewCA(t)
	s := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte("{}")) }))
	pair := ca.Issue(time.Hour)
	s.TLS = &tls.Config{Certificates: []tls.Certificate{pair.TLS(t)}, MinVersion: tls.VersionTLS12}
	s.StartTLS()
	defer s.Close()
	dir := t.TempDir()
	good, other := tlstest.Write(t, dir, "ca.crt", ca.PEM()), tlstest.Write(t, dir, "other.crt", tlstest.NewCA(t).PEM())
	empty := tlstest.Write(t, dir, "empty.crt", []byte("nothing"))
	for _, tc := range []struct {
		name, bundle, want string
		kind               problem.Kind
	}{
		{"the right authority", good, "", 0},
		{"another authority", other, "is not trusted", problem.Denied},
		{"no certificate", empty, "there is no certificate in", problem.Invalid},
		{"no file", dir + "/none", "AWS_CA_BUNDLE", problem.Invalid},
	} {
		e := &endpoint{url: s.URL, caBundle: tc.bundle}
		client, err := e.client()
		if err == nil {
			_, err = client.GetGroups(t.Context(), nil)
			err = e.classify(err)
		}
		switch {
		case tc.want == "" && err != nil:
			t.Errorf("%s: %v", tc.name, err)
		case tc.want != "" && (problem.KindOf(err) != tc.kind || !strings.Contains(err.Error(), tc.want)):
			t.Errorf("%s: got %v, want %q", tc.name, err, tc.want)
		}
	}
}
