package eksapi

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"runtime/debug"
	"time"

	"github.com/google/uuid"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/radiograph/radiograph/operator/addon/arn"
	"github.com/radiograph/radiograph/operator/addon/catalog"
)

// Options are what an [API] is made of.
type Options struct {
	// Cluster is the cluster that the add-ons are in. There is no other.
	Cluster arn.Cluster
	// Client reads and writes the API server itself. One that reads a cache would answer with
	// what was before the caller's last request.
	Client client.Client
	// Catalog has the add-ons that can be installed.
	Catalog *catalog.Catalog
	// Describer knows the cluster as the API server does.
	Describer Describer
	// Token returns the token that the service shares with this API. It is asked for each
	// request, which must carry it as a bearer token.
	Token func(context.Context) (string, error)
	// Insecure lets everyone in when there is no Token.
	Insecure bool
	// Timeout of a request; 30 seconds by default.
	Timeout time.Duration
	// Now is the clock; time.Now by default.
	Now func() time.Time
	// Logger is told of each change and each refusal. Nil discards.
	Logger *slog.Logger
}

// API serves the operations. It may be used by several goroutines.
type API struct {
	Options
}

// New returns an API, or an error if the options would let everyone in unasked or name a
// cluster that cannot be.
func New(o Options) (*API, error) {
	if err := o.Cluster.Validate(); err != nil {
		return nil, err
	}
	if o.Token == nil && !o.Insecure {
		return nil, errors.New("the add-on API has no token that its callers must show, and is not told to be insecure")
	}
	if o.Timeout == 0 {
		o.Timeout = 30 * time.Second
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	return &API{Options: o}, nil
}

// requestIDHeader names a request in its answer and in the log.
const requestIDHeader = "x-amzn-RequestId"

// ServeHTTP answers one request.
func (a *API) ServeHTTP(w http.ResponseWriter, from *http.Request) {
	r := &request{id: uuid.NewString()}
	w.Header().Set(requestIDHeader, r.id)
	ctx, cancel := context.WithTimeout(from.Context(), a.Timeout)
	defer cancel()
	answer, err := a.answer(ctx, r, w, from)
	a.log(ctx, r, from, err)
	if err != nil {
		a.refuse(w, r, failureOf(err))
		return
	}
	write(w, http.StatusOK, answer)
}

// answer carries out a request. A panic becomes an error.
func (a *API) answer(ctx context.Context, r *request, w http.ResponseWriter, from *http.Request) (answer any, err error) {
	defer func() {
		if v := recover(); v != nil {
			answer, err = nil, &failure{code: serverFailure, message: "Internal error.", cause: fmt.Errorf("panic: %v\n%s", v, debug.Stack())}
		}
	}()
	if r.caller, err = a.authenticate(ctx, from); err != nil {
		return nil, err
	}
	if r.operation, r.labels, err = find(from.Method, from.URL.EscapedPath()); err != nil {
		return nil, err
	}
	if err := r.read(w, from); err != nil {
		return nil, err
	}
	r.addon = r.labels[labelAddon]
	if name, ok := r.labels[labelCluster]; ok {
		if !arn.ValidClusterName(name) {
			return nil, fail(invalidParameter, "The name of the cluster is not valid.")
		}
		if name != a.Cluster.Name {
			return nil, fail(resourceNotFound, "No cluster found for name: %s.", name)
		}
	}
	return r.operation.call(a, ctx, r)
}

// log tells of changes and of what was refused, a line each. Reading is told at Debug.
func (a *API) log(ctx context.Context, r *request, from *http.Request, err error) {
	name := "unknown"
	if r.operation != nil {
		name = r.operation.name
	}
	attrs := []any{"operation", name, "cluster", a.Cluster.Name, "request_id", r.id, "caller", r.caller, "client", from.RemoteAddr}
	if r.addon != "" {
		attrs = append(attrs, "addon", r.addon)
	}
	if resource := r.labels[labelResource]; resource != "" {
		attrs = append(attrs, "resource", resource)
	}
	if err == nil {
		if r.operation.changes {
			a.Logger.InfoContext(ctx, "add-on change accepted", attrs...)
		} else {
			a.Logger.DebugContext(ctx, "add-on request answered", attrs...)
		}
		return
	}
	f := failureOf(err)
	attrs = append(attrs, "code", string(f.code), "err", err)
	if statuses[f.code] >= http.StatusInternalServerError {
		a.Logger.ErrorContext(ctx, "add-on request failed", attrs...)
		return
	}
	a.Logger.InfoContext(ctx, "add-on request refused", attrs...)
}

// failureShape is an error's body: the members that the API Reference gives the errors of add-ons.
type failureShape struct {
	Type        string `json:"__type"`
	ClusterName string `json:"clusterName,omitempty"`
	AddonName   string `json:"addonName,omitempty"`
	Message     string `json:"message"`
}

// refuse answers with an error.
func (a *API) refuse(w http.ResponseWriter, r *request, f *failure) {
	if r.operation != nil && r.operation.tags {
		switch f.code {
		case invalidParameter, invalidRequest:
			f = fail(badRequest, "%s", f.message)
		case resourceNotFound:
			f = fail(notFound, "%s", f.message)
		}
	}
	body := failureShape{Type: string(f.code), Message: f.message}
	switch f.code {
	case resourceNotFound, resourceInUse, invalidParameter, invalidRequest, serverFailure, limitExceeded:
		body.ClusterName, body.AddonName = r.labels[labelCluster], r.addon
	}
	w.Header().Set("x-amzn-ErrorType", string(f.code))
	write(w, statuses[f.code], body)
}

// write sends a body. That the caller has gone is not worth a word.
func write(w http.ResponseWriter, status int, body any) {
	var text bytes.Buffer
	encoder := json.NewEncoder(&text)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(body); err != nil {
		http.Error(w, "{}", http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_, _ = w.Write(text.Bytes())
}
