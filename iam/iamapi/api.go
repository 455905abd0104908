package iamapi

import (
	"cmp"
	"context"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/prometheus/client_golang/prometheus"

	"github.com/radiograph/radiograph/auth"
	"github.com/radiograph/radiograph/iam"
	"github.com/radiograph/radiograph/iam/policy"
	"github.com/radiograph/radiograph/iam/webidentity"
)

// Verifier finds out who signed a request; auth.Verifier is one.
type Verifier interface {
	Verify(r *http.Request) (auth.Identity, error)
}

// Options are what an [API] is made of.
type Options struct {
	Directory *iam.Directory
	Tokens    *webidentity.Verifier // of AssumeRoleWithWebIdentity

	// STS, IAM and CloudFormation verify what is signed for these services. When all are
	// nil nobody has to authenticate, and everybody is the account's root.
	STS, IAM, CloudFormation Verifier

	MaxBodyBytes int64            // 0 means 1 MiB
	Now          func() time.Time // nil means time.Now
	Logger       *slog.Logger     // nil discards
}

const defaultMaxBodyBytes = 1 << 20

// API serves the operations. It is safe for concurrent use.
type API struct {
	opts     Options
	dir      *iam.Directory
	requests *prometheus.CounterVec // by operation, status
	browsers *http.CrossOriginProtection
}

// New returns an API.
func New(opts Options) (*API, error) {
	switch {
	case opts.Directory == nil:
		return nil, errors.New("iamapi: no directory")
	case opts.Tokens == nil:
		return nil, errors.New("iamapi: no verifier of tokens")
	case (opts.STS == nil) != (opts.IAM == nil), (opts.STS == nil) != (opts.CloudFormation == nil):
		return nil, errors.New("iamapi: signatures of all services must be verified, or of none")
	}
	opts.MaxBodyBytes = cmp.Or(opts.MaxBodyBytes, defaultMaxBodyBytes)
	if opts.Now == nil {
		opts.Now = time.Now
	}
	if opts.Logger == nil {
		opts.Logger = slog.New(slog.DiscardHandler)
	}
	return &API{opts: opts, dir: opts.Directory, browsers: http.NewCrossOriginProtection(), requests: prometheus.NewCounterVec(prometheus.CounterOpts{
		Namespace: "radiograph", Subsystem: "iamapi",
		Name: "requests_total", Help: "Requests of IAM, STS and CloudFormation answered, by operation and HTTP status.",
	}, []string{"operation", "status"})}, nil
}

// Describe implements prometheus.Collector.
func (a *API) Describe(ch chan<- *prometheus.Desc) { a.requests.Describe(ch) }

// Collect implements prometheus.Collector.
func (a *API) Collect(ch chan<- prometheus.Metric) { a.requests.Collect(ch) }

// service is one of the APIs.
type service struct {
	name       string // for signatures
	version    string
	namespace  string
	operations map[string]operation
}

var (
	stsService = &service{stsName, "2011-06-15", "https://sts.amazonaws.com/doc/2011-06-15/", stsOperations}
	iamService = &service{"iam", "2010-05-08", "https://iam.amazonaws.com/doc/2010-05-08/", iamOperations}
	stacks     = &service{"cloudformation", "2010-05-15", "http://cloudformation.amazonaws.com/doc/2010-05-15/", stacksOperations}
)

// operation is one operation of a service.
type operation struct {
	serve func(c *call) (any, error)

	// resource returns the ARN that the operation is about. When it is nil everybody
	// who is authenticated may call it, or serve decides.
	resource func(c *call) string

	unsigned bool // it verifies its caller itself
}

// call is one request of an operation.
type call struct {
	*API
	*params
	ctx   context.Context
	id    *auth.Identity // nil for unsigned operations
	token string         // session token of the signature
	about policy.Context // what policies may ask for about how the request came
}

// IsQuery says whether a GET request is one of the STS API rather than a browser's.
func IsQuery(r *http.Request) bool {
	q := r.URL.Query()
	return q.Has("Action") || q.Has("X-Amz-Signature")
}

// ServeHTTP answers one request.
func (a *API) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	requestID := uuid.NewString()
	w.Header().Set("X-Amzn-Requestid", requestID)
	if err := a.browsers.Check(r); err != nil {
		a.refuse(w, r, requestID, stsService, "", iam.Errorf(iam.AccessDenied, "Pages of other sites may not use this service"))
		return
	}
	p, err := a.readParams(w, r)
	if err != nil {
		a.refuse(w, r, requestID, stsService, "", err)
		return
	}
	svc := serviceOf(r, p)
	action := p.values["Action"]
	if r.Method == http.MethodGet && svc == iamService {
		// A page of another site can make a browser send GET requests without a word.
		a.refuse(w, r, requestID, svc, action, iam.Errorf(iam.MalformedInput, "Operations of IAM are POST requests"))
		return
	}
	result, err := a.call(r, svc, action, p)
	if err != nil {
		a.refuse(w, r, requestID, svc, action, err)
		return
	}
	body, err := render(svc.namespace, action, result, requestID)
	if err != nil {
		a.refuse(w, r, requestID, svc, action, err)
		return
	}
	a.requests.WithLabelValues(action, "200").Inc()
	write(w, http.StatusOK, body)
}

// refuse answers with err, and logs it once.
func (a *API) refuse(w http.ResponseWriter, r *http.Request, requestID string, svc *service, action string, err error) {
	if _, ok := svc.operations[action]; !ok {
		action = "unknown" // callers cannot make up label values
	}
	f, keyID := faultOf(err), ""
	e, unauthorised := errors.AsType[*auth.Error](err)
	if unauthorised {
		keyID = e.AccessKeyID
	}
	level := slog.LevelInfo // what was asked for makes no sense, or is not there
	switch {
	case f.status >= http.StatusInternalServerError:
		level = slog.LevelError
	case unauthorised || f.status == http.StatusForbidden:
		level = slog.LevelWarn
	}
	a.opts.Logger.Log(r.Context(), level, "request refused", "service", svc.name, "operation", action,
		"request_id", requestID, "code", f.code, "client", r.RemoteAddr, "access_key_id", keyID, "err", err)
	a.requests.WithLabelValues(action, strconv.Itoa(f.status)).Inc()
	body, err := renderFault(svc.namespace, f, requestID)
	if err != nil {
		a.opts.Logger.ErrorContext(r.Context(), "answer not encoded", "request_id", requestID, "err", err)
	}
	write(w, f.status, body)
}

// readParams reads the form in the body, or in the query of a GET. The body can be
// read again afterwards: its signature is verified later.
func (a *API) readParams(w http.ResponseWriter, r *http.Request) (*params, error) {
	if r.Method == http.MethodGet {
		return parseParams(r.URL.RawQuery)
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, a.opts.MaxBodyBytes))
	if _, ok := errors.AsType[*http.MaxBytesError](err); ok {
		return nil, &auth.Error{Kind: auth.BodyTooLarge, Message: "The request is larger than " + strconv.FormatInt(a.opts.MaxBodyBytes, 10) + " bytes"}
	}
	if err != nil {
		return nil, iam.Errorf(iam.MalformedInput, "The request ended early")
	}
	r.Body = io.NopCloser(strings.NewReader(string(body)))
	form := string(body)
	if form == "" {
		form = r.URL.RawQuery
	}
	return parseParams(form)
}

// serviceOf returns the service that a request is for: by the version of the API, or
// without one by the scope of the signature.
func serviceOf(r *http.Request, p *params) *service {
	version, signature := p.values["Version"], r.Header.Get("Authorization")
	for _, svc := range []*service{iamService, stacks} {
		if version == svc.version || version == "" && strings.Contains(signature, "/"+svc.name+"/aws4_request") {
			return svc
		}
	}
	return stsService
}

func (a *API) call(r *http.Request, svc *service, action string, p *params) (any, error) {
	op, ok := svc.operations[action]
	if !ok || p.values["Version"] != svc.version && p.values["Version"] != "" {
		// Only who is authenticated learns what there is.
		if _, err := a.identify(r, svc); err != nil {
			return nil, err
		}
		return nil, iam.Errorf(iam.InvalidAction, "Could not find operation %s for version %s", action, p.values["Version"])
	}
	c := &call{API: a, params: p, ctx: r.Context(), about: auth.Circumstances(r)}
	if !op.unsigned {
		id, err := a.identify(r, svc)
		if err != nil {
			return nil, err
		}
		c.id, c.token = id, sessionToken(r)
	}
	if op.resource != nil {
		if err := c.authorize(svc.name+":"+action, op.resource(c)); err != nil {
			return nil, err
		}
	}
	return op.serve(c)
}

// identify returns who signed a request.
func (a *API) identify(r *http.Request, svc *service) (*auth.Identity, error) {
	verifier := a.opts.STS
	switch svc {
	case iamService:
		verifier = a.opts.IAM
	case stacks:
		verifier = a.opts.CloudFormation
	}
	if verifier == nil {
		return a.root(), nil
	}
	id, err := verifier.Verify(r)
	if err != nil {
		return nil, err
	}
	a.dir.Used(r.Context(), &id)
	return &id, nil
}

// root is everybody where nobody has to authenticate.
func (a *API) root() *auth.Identity {
	return &auth.Identity{Principal: auth.Principal{
		Account: a.dir.Account(), ARN: a.dir.ARN("root"), UserID: a.dir.Account(),
		Policies: auth.Policies{Identity: []*policy.Document{allowAll}},
	}}
}

var allowAll = policy.MustParse(`{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}`)

// authorize asks whether the caller may do action to resource.
func (c *call) authorize(action, resource string) error {
	err := auth.ByPolicy{Account: c.dir.Account(), Now: c.opts.Now}.Authorize(c.ctx, &c.id.Principal, action, resource, c.conditions(resource))
	if e, ok := errors.AsType[*auth.Error](err); ok {
		e.AccessKeyID = c.id.AccessKeyID
	}
	return err
}

// sessionToken returns the session token that a request was signed with.
func sessionToken(r *http.Request) string {
	if t := r.Header.Get("X-Amz-Security-Token"); t != "" {
		return t
	}
	q, err := url.ParseQuery(r.URL.RawQuery)
	if err != nil {
		return ""
	}
	return q.Get("X-Amz-Security-Token")
}
