package podidentity

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/google/uuid"

	"github.com/radiograph/radiograph/auth"
	"github.com/radiograph/radiograph/iam"
	"github.com/radiograph/radiograph/iam/webidentity"
	"github.com/radiograph/radiograph/problem"
)

const (
	// Audience is whom the tokens of pods are for.
	Audience = "pods.eks.amazonaws.com"
	// Principal is the service that trust policies of roles name.
	Principal = "pods.eks.amazonaws.com"
)

// lifetime is that of the credentials: the agent renews them.
const lifetime = 6 * time.Hour

// ErrNotFound is the error of [Associations] for what is not there.
var ErrNotFound = errors.New("not found")

// Cluster is what must be known about a cluster.
type Cluster struct {
	ARN    string
	Issuer string // of the tokens of its service accounts
}

// Association gives a service account a role.
type Association struct {
	ARN     string
	ID      string
	RoleARN string

	// TargetRoleARN is assumed from RoleARN, "" for none. ExternalID goes with it.
	TargetRoleARN string
	ExternalID    string

	NoSessionTags bool
	// Policy is a session policy that restricts the role that the pod gets, "" for none.
	Policy string
}

// Associations finds clusters and associations. It must be safe for concurrent use.
// What is not there is ErrNotFound, perhaps wrapped.
type Associations interface {
	Cluster(ctx context.Context, name string) (Cluster, error)
	Association(ctx context.Context, cluster, namespace, serviceAccount string) (Association, error)
}

// Options are what an [API] is made of.
type Options struct {
	Directory    *iam.Directory
	Tokens       *webidentity.Verifier
	Associations Associations
}

// Subject is a service account.
type Subject struct {
	Namespace      string `json:"namespace"`
	ServiceAccount string `json:"serviceAccount"`
}

// Result is what AssumeRoleForPodIdentity answers.
type Result struct {
	Subject     Subject
	Association Association
	Assumed     iam.Assumed
}

// AssumeRoleForPodIdentity verifies a pod's token and returns credentials of the role
// of its service account. Errors are an *[Error], or a failure of the service.
func AssumeRoleForPodIdentity(ctx context.Context, opts Options, clusterName, token string) (Result, error) {
	cluster, err := opts.Associations.Cluster(ctx, clusterName)
	if errors.Is(err, ErrNotFound) {
		return Result{}, refuse("ResourceNotFoundException", "No cluster found for name: %s.", clusterName)
	}
	if err != nil {
		return Result{}, fmt.Errorf("find cluster %s: %w", clusterName, err)
	}
	claims, err := opts.Tokens.Verify(ctx, token, func(issuer string) ([]string, bool) {
		return []string{Audience}, issuer == cluster.Issuer
	})
	if err != nil {
		return Result{}, tokenError(err)
	}
	subject, err := subjectOf(claims)
	if err != nil {
		return Result{}, err
	}
	a, err := opts.Associations.Association(ctx, clusterName, subject.Namespace, subject.ServiceAccount)
	if errors.Is(err, ErrNotFound) {
		return Result{}, refuse("ResourceNotFoundException", "Could not find a pod identity association for the service account %s in namespace %s.", subject.ServiceAccount, subject.Namespace)
	}
	if err != nil {
		return Result{}, fmt.Errorf("find association of %s/%s: %w", subject.Namespace, subject.ServiceAccount, err)
	}
	assumed, err := assume(ctx, opts.Directory, request(clusterName, &cluster, &a, claims), &cluster, &a)
	if err != nil {
		return Result{}, assumeError(err)
	}
	return Result{Subject: subject, Association: a, Assumed: assumed}, nil
}

// subjectOf returns the service account that a token is of. What the cluster says in
// two places must agree.
func subjectOf(c *webidentity.Claims) (Subject, error) {
	s := Subject{c.Kubernetes.Namespace, c.Kubernetes.ServiceAccount.Name}
	if s.Namespace == "" || s.ServiceAccount == "" || c.Kubernetes.Pod.Name == "" ||
		c.Subject != "system:serviceaccount:"+s.Namespace+":"+s.ServiceAccount {
		return s, refuse("InvalidTokenException", "The token is not that of a pod's service account.")
	}
	return s, nil
}

// request is the session that a pod gets. Its tags are those of EKS: EKS User Guide,
// "Grant Pods access to AWS resources based on tags".
func request(name string, cluster *Cluster, a *Association, c *webidentity.Claims) iam.AssumeRequest {
	req := iam.AssumeRequest{RoleARN: a.RoleARN, SessionName: sessionName(name, c.Kubernetes.Pod.Name), Duration: lifetime}
	if !a.NoSessionTags {
		req.Tags = iam.Tags{
			"eks-cluster-arn": cluster.ARN, "eks-cluster-name": name,
			"kubernetes-namespace": c.Kubernetes.Namespace, "kubernetes-service-account": c.Kubernetes.ServiceAccount.Name,
			"kubernetes-pod-name": c.Kubernetes.Pod.Name, "kubernetes-pod-uid": c.Kubernetes.Pod.UID,
		}
		for key := range req.Tags {
			req.TransitiveTags = append(req.TransitiveTags, key)
		}
	}
	return req
}

// sessionName is eks-<cluster>-<pod>-<uuid>, where the pod's name is cut as needed.
func sessionName(cluster, pod string) string {
	const most, idLength = 64, 36
	name := "eks-" + cluster + "-" + pod
	name = strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || strings.ContainsRune("_+=,.@-", r) {
			return r
		}
		return '-'
	}, name)
	return name[:min(len(name), most-idLength-1)] + "-" + uuid.NewString()
}

// assume takes on the role, and from it the target role if there is one. Sessions last
// as long as the role allows.
func assume(ctx context.Context, d *iam.Directory, req iam.AssumeRequest, cluster *Cluster, a *Association) (iam.Assumed, error) {
	req.Duration = d.LongestSession(req.RoleARN, req.Duration)
	if a.TargetRoleARN == "" {
		req.Policy = a.Policy
	}
	first, err := d.AssumeForService(Principal, cluster.ARN, req)
	if err != nil || a.TargetRoleARN == "" {
		return first, err
	}
	credential, err := d.Lookup(ctx, first.AccessKeyID, first.SessionToken)
	if err != nil {
		return iam.Assumed{}, fmt.Errorf("use session of %s: %w", req.RoleARN, err)
	}
	id := &auth.Identity{Principal: credential.Principal, AccessKeyID: first.AccessKeyID}
	// The transitive tags of the first session go on by themselves.
	return d.Assume(ctx, id, first.SessionToken, iam.AssumeRequest{
		RoleARN: a.TargetRoleARN, SessionName: req.SessionName, ExternalID: a.ExternalID, Policy: a.Policy,
	})
}

// Error is a refusal with its name in the API.
type Error struct {
	Name    string
	Message string
	Err     error // cause, for the log only
}

// Error returns the message, and the cause when there is one.
func (e *Error) Error() string {
	if e.Err != nil {
		return e.Message + ": " + e.Err.Error()
	}
	return e.Message
}

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Err }

func refuse(name, format string, args ...any) *Error {
	return &Error{Name: name, Message: fmt.Sprintf(format, args...)}
}

func tokenError(err error) error {
	e, ok := errors.AsType[*webidentity.Error](err)
	if !ok {
		return err
	}
	name := "InvalidTokenException"
	switch e.Fault {
	case webidentity.Expired:
		name = "ExpiredTokenException"
	case webidentity.Unreachable:
		name = "ServiceUnavailableException"
	case webidentity.Invalid, webidentity.Rejected, webidentity.UnknownIssuer:
	}
	return &Error{Name: name, Message: e.Message, Err: e.Err}
}

// assumeError words why the role of an association could not be taken on.
func assumeError(err error) error {
	if problem.KindOf(err) == problem.Denied {
		return &Error{Name: "AccessDeniedException", Message: "Unable to assume the role of the association: its trust policy must allow " + Principal + " to sts:AssumeRole and sts:TagSession", Err: err}
	}
	if e, ok := errors.AsType[*iam.Error](err); ok {
		return &Error{Name: "InvalidRequestException", Message: e.Message, Err: err}
	}
	return err
}
