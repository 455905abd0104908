package podidentity

import (
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net/http"

	"github.com/google/uuid"

	"github.com/radiograph/radiograph/auth"
)

// Path is where the API is served, for http.ServeMux.
const Path = "POST /clusters/{name}/assume-role-for-pod-identity"

// Action is what who calls the API must be allowed, to the cluster's ARN.
const Action = "eks-auth:AssumeRoleForPodIdentity"

const maxBodyBytes = 64 << 10

// API serves AssumeRoleForPodIdentity. It is safe for concurrent use.
type API struct {
	opts     Options
	verifier Verifier
	log      *slog.Logger
}

// Verifier finds out who signed a request; auth.Verifier, for the service eks-auth, is
// one.
type Verifier interface {
	Verify(r *http.Request) (auth.Identity, error)
}

// New returns an API. Callers are verified by verifier; when it is nil, the pod's token
// is all that is asked for. logger may be nil.
func New(opts Options, verifier Verifier, logger *slog.Logger) (*API, error) {
	if opts.Directory == nil || opts.Tokens == nil || opts.Associations == nil {
		return nil, errors.New("podidentity: directory, verifier of tokens and associations are needed")
	}
	if logger == nil {
		logger = slog.New(slog.DiscardHandler)
	}
	return &API{opts, verifier, logger}, nil
}

// ServeHTTP answers one request. The cluster's name is the path value "name".
func (a *API) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	requestID := uuid.NewString()
	w.Header().Set("X-Amzn-Requestid", requestID)
	r.Body = http.MaxBytesReader(w, r.Body, maxBodyBytes)
	result, err := a.serve(r)
	if err != nil {
		a.refuse(w, r, requestID, err)
		return
	}
	writeJSON(w, http.StatusOK, show(&result))
}

func (a *API) serve(r *http.Request) (Result, error) {
	name := r.PathValue("name")
	if err := a.authorize(r, name); err != nil {
		return Result{}, err
	}
	body, err := io.ReadAll(r.Body)
	var in struct {
		Token string `json:"token"`
	}
	if err != nil || json.Unmarshal(body, &in) != nil || in.Token == "" {
		return Result{}, refuse("InvalidParameterException", "The request must have a token")
	}
	return AssumeRoleForPodIdentity(r.Context(), a.opts, name, in.Token)
}

// authorize finds out who calls and whether they may.
func (a *API) authorize(r *http.Request, cluster string) error {
	if a.verifier == nil {
		return nil
	}
	id, err := a.verifier.Verify(r)
	if err != nil {
		return err
	}
	resource := "*"
	if c, err := a.opts.Associations.Cluster(r.Context(), cluster); err == nil {
		resource = c.ARN
	}
	return auth.ByPolicy{Account: a.opts.Directory.Account()}.Authorize(r.Context(), &id.Principal, Action, resource, nil)
}

// statuses are those of errors that are not 400: EKS Auth API Reference.
var statuses = map[string]int{
	"ResourceNotFoundException":   http.StatusNotFound,
	"ThrottlingException":         http.StatusTooManyRequests,
	"InternalServerException":     http.StatusInternalServerError,
	"ServiceUnavailableException": http.StatusServiceUnavailable,
}

func (a *API) refuse(w http.ResponseWriter, r *http.Request, requestID string, err error) {
	name, status, message := "InternalServerException", http.StatusInternalServerError, "The request could not be processed"
	if e, ok := errors.AsType[*Error](err); ok {
		name, status, message = e.Name, http.StatusBadRequest, e.Message
		if s, ok := statuses[name]; ok {
			status = s
		}
	} else if e, ok := errors.AsType[*auth.Error](err); ok {
		name, status = e.Code(auth.RESTJSON)
		message = e.Message
	}
	level := slog.LevelWarn
	if status == http.StatusInternalServerError {
		level = slog.LevelError
	}
	a.log.Log(r.Context(), level, "request refused", "service", "eks-auth", "request_id", requestID, "code", name, "client", r.RemoteAddr, "err", err)
	w.Header().Set("X-Amzn-Errortype", name)
	writeJSON(w, status, map[string]string{"message": message})
}

func writeJSON(w http.ResponseWriter, status int, v any) {
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("X-Content-Type-Options", "nosniff")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(v) // the client has gone when this fails
}

type answer struct {
	Subject     Subject `json:"subject"`
	Audience    string  `json:"audience"`
	Association struct {
		ARN string `json:"associationArn"`
		ID  string `json:"associationId"`
	} `json:"podIdentityAssociation"`
	User struct {
		ARN string `json:"arn"`
		ID  string `json:"assumeRoleId"`
	} `json:"assumedRoleUser"`
	Credentials struct {
		SessionToken    string `json:"sessionToken"`
		SecretAccessKey string `json:"secretAccessKey"`
		AccessKeyID     string `json:"accessKeyId"`
		Expiration      int64  `json:"expiration"` // seconds since the epoch
	} `json:"credentials"`
}

func show(r *Result) *answer {
	out := &answer{Subject: r.Subject, Audience: Audience}
	out.Association.ARN, out.Association.ID = r.Association.ARN, r.Association.ID
	out.User.ARN, out.User.ID = r.Assumed.ARN, r.Assumed.RoleID
	c := &out.Credentials
	c.AccessKeyID, c.SecretAccessKey, c.SessionToken, c.Expiration = r.Assumed.AccessKeyID, r.Assumed.SecretAccessKey, r.Assumed.SessionToken, r.Assumed.Expires.Unix()
	return out
}
