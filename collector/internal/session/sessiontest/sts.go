package sessiontest

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
)

// STS is a server that gives the credentials of roles.
type STS struct {
	// Caller is who may assume a role. A request that is signed by somebody else is
	// answered 403.
	Caller aws.Credentials
	// Region is the one that requests must be signed for.
	Region string
	// Role is what a caller is given.
	Role aws.Credentials

	mu    sync.Mutex // guards forms
	forms []url.Values
}

// Start serves STS where the SDK looks for it.
func (s *STS) Start(t testing.TB) {
	t.Helper()
	server := httptest.NewServer(s)
	t.Cleanup(server.Close)
	t.Setenv("AWS_ENDPOINT_URL_STS", server.URL)
}

// Requests returns the forms of the requests so far.
func (s *STS) Requests() []url.Values {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]url.Values(nil), s.forms...)
}

// ServeHTTP answers AssumeRole and AssumeRoleWithWebIdentity.
func (s *STS) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := ReadBody(r)
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	form, err := url.ParseQuery(string(body))
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	s.mu.Lock()
	s.forms = append(s.forms, form)
	s.mu.Unlock()
	action := form.Get("Action")
	if action == "AssumeRole" {
		err = Verify(r, body, s.Caller, "sts", s.Region)
	}
	w.Header().Set("Content-Type", "text/xml")
	if err != nil {
		w.WriteHeader(http.StatusForbidden)
		fmt.Fprintf(w, `<ErrorResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><Error><Type>Sender</Type><Code>SignatureDoesNotMatch</Code><Message>%v</Message></Error></ErrorResponse>`, err)
		return
	}
	fmt.Fprintf(w, `<%[1]sResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><%[1]sResult><Credentials>`+
		`<AccessKeyId>%s</AccessKeyId><SecretAccessKey>%s</SecretAccessKey><SessionToken>%s</SessionToken><Expiration>%s</Expiration>`+
		`</Credentials></%[1]sResult></%[1]sResponse>`,
		action, s.Role.AccessKeyID, s.Role.SecretAccessKey, s.Role.SessionToken, time.Now().Add(time.Hour).UTC().Format(time.RFC3339))
}
