package eksapi_test

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/eks"
	"github.com/google/uuid"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/client/fake"
	"sigs.k8s.io/controller-runtime/pkg/client/interceptor"

	"github.com/radiograph/radiograph/internal/wholebody"
	"github.com/radiograph/radiograph/operator/addon/arn"
	"github.com/radiograph/radiograph/operator/addon/catalog"
	"github.com/radiograph/radiograph/operator/addon/eksapi"
	"github.com/radiograph/radiograph/operator/api/addons/v1alpha1"
)

const (
	token  = "a-token-of-sixteen-or-more"
	caller = "arn:aws:iam::111122223333:user/ana"
	role   = "arn:aws:iam::111122223333:role/collector"
	// version and older are two versions of adot; the first is the newest.
	version = "v0.151.0-eksbuild.2"
	older   = "v0.141.0-eksbuild.1"
)

var demo = arn.Cluster{Name: "demo", Account: "111122223333", Region: "us-east-1"}

// described is a cluster that answers without an API server.
type described struct {
	version string
	noCA    bool
	err     error
}

func (d *described) Version(context.Context) (string, error) { return d.version, d.err }

func (d *described) Describe(context.Context) (eksapi.Description, error) {
	description := eksapi.Description{
		Version: d.version, Endpoint: "https://kubernetes.example.test:6443", CA: []byte("a certificate"),
		Issuer: "https://issuer.example.test", CreatedAt: time.Unix(1_700_000_000, 0),
	}
	if d.noCA {
		description.CA = nil
	}
	return description, d.err
}

// harness is the API over objects in memory.
type harness struct {
	client.Client

	t   *testing.T
	url string
	api *eksapi.API
	log *lockedBuffer
	// cluster is what the API is told of the cluster.
	cluster *described
	mu      sync.Mutex // guards now and fail
	now     time.Time
	// fail is what the next writes of the API server end with.
	fail func(verb string) error
}

type lockedBuffer struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (b *lockedBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.text.Write(p)
}

func (b *lockedBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.text.String()
}

var loadCatalog = sync.OnceValues(func() (*catalog.Catalog, error) { return catalog.Load() })

func newHarness(t testing.TB) *harness {
	t.Helper()
	scheme := runtime.NewScheme()
	for _, add := range []func(*runtime.Scheme) error{v1alpha1.AddToScheme, corev1.AddToScheme} {
		if err := add(scheme); err != nil {
			t.Fatal(err)
		}
	}
	h := &harness{log: &lockedBuffer{}, cluster: &described{version: "1.34"}, now: time.UnixMilli(1_762_000_000_123)}
	if tt, ok := t.(*testing.T); ok {
		h.t = tt
	}
	h.Client = interceptor.NewClient(
		fake.NewClientBuilder().WithScheme(scheme).WithStatusSubresource(&v1alpha1.Addon{}, &v1alpha1.PodIdentityAssociation{}).Build(),
		interceptor.Funcs{
			// The API server in memory gives objects no UID.
			Create: func(ctx context.Context, c client.WithWatch, object client.Object, opts ...client.CreateOption) error {
				if err := h.failure("create"); err != nil {
					return err
				}
				object.SetUID(types.UID(uuid.NewString()))
				object.SetCreationTimestamp(metav1.NewTime(h.clock()))
				return c.Create(ctx, object, opts...)
			},
			Update: func(ctx context.Context, c client.WithWatch, object client.Object, opts ...client.UpdateOption) error {
				if err := h.failure("update"); err != nil {
					return err
				}
				return c.Update(ctx, object, opts...)
			},
			Get: func(ctx context.Context, c client.WithWatch, key client.ObjectKey, object client.Object, opts ...client.GetOption) error {
				if err := h.failure("get"); err != nil {
					return err
				}
				return c.Get(ctx, key, object, opts...)
			},
		},
	)
	entries, err := loadCatalog()
	if err != nil {
		t.Fatal(err)
	}
	h.api, err = eksapi.New(eksapi.Options{
		Cluster: demo, Client: h.Client, Catalog: entries, Describer: h.cluster,
		Token:  func(context.Context) (string, error) { return token, nil },
		Now:    h.clock,
		Logger: slog.New(slog.NewTextHandler(h.log, &slog.HandlerOptions{Level: slog.LevelDebug})),
	})
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(forward(h.api))
	t.Cleanup(server.Close)
	h.url = server.URL
	return h
}

// forward is the service in front of the API: what it has verified it says with the token.
func forward(api http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		r.Header.Set("Authorization", "Bearer "+token)
		r.Header.Set(eksapi.CallerHeader, caller)
		r.Header.Set(eksapi.AccountHeader, demo.Account)
		api.ServeHTTP(w, r)
	})
}

func (h *harness) clock() time.Time {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.now
}

// pass lets time pass.
func (h *harness) pass(d time.Duration) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.now = h.now.Add(d)
}

func (h *harness) failure(verb string) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.fail == nil {
		return nil
	}
	return h.fail(verb)
}

func (h *harness) failWith(fail func(verb string) error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.fail = fail
}

// sdk returns the client of the AWS SDK for Go.
func (h *harness) sdk() *eks.Client {
	return eks.New(eks.Options{
		Region: demo.Region, BaseEndpoint: aws.String(h.url), RetryMaxAttempts: 1, HTTPClient: &wholebody.Client{},
		Credentials: aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) {
			return aws.Credentials{AccessKeyID: "AKIDEXAMPLE", SecretAccessKey: "secret"}, nil
		}),
	})
}

// settle does what the reconciler does to the status when all went well.
func (h *harness) settle(name string, phase v1alpha1.AddonPhase) {
	h.t.Helper()
	if err := h.trySettle(name, phase); err != nil {
		h.t.Fatal(err)
	}
}

// trySettle is settle for another goroutine than the test's, which must not end the test.
func (h *harness) trySettle(name string, phase v1alpha1.AddonPhase) error {
	var addon v1alpha1.Addon
	if err := h.Get(h.t.Context(), client.ObjectKey{Name: name}, &addon); err != nil {
		return err
	}
	status := v1alpha1.UpdateSuccessful
	if phase == v1alpha1.PhaseUpdateFailed {
		status = v1alpha1.UpdateFailed
	}
	updates := addon.Updates()
	for i := range updates {
		if !updates[i].Done() {
			updates[i].Status = status
			if status == v1alpha1.UpdateFailed {
				updates[i].Errors = []v1alpha1.AddonIssue{{Code: v1alpha1.IssueConfigurationConflict, Message: "in conflict", ResourceIDs: []string{"a"}}}
			}
		}
	}
	addon.Status.Updates, addon.Status.Phase, addon.Status.Version = updates, phase, addon.Spec.Version
	return h.Status().Update(h.t.Context(), &addon)
}

// gone does what the reconciler does at the end of a deletion.
func (h *harness) gone(name string) {
	h.t.Helper()
	if err := h.tryGone(name); err != nil {
		h.t.Fatal(err)
	}
}

// tryGone is gone for another goroutine than the test's.
func (h *harness) tryGone(name string) error {
	var addon v1alpha1.Addon
	if err := h.Get(h.t.Context(), client.ObjectKey{Name: name}, &addon); err != nil {
		return err
	}
	addon.Finalizers = nil
	return h.Update(h.t.Context(), &addon)
}

// answer is what the API answered.
type answer struct {
	status int
	header http.Header
	text   string
	body   map[string]any
}

// send sends a request as the service does.
func (h *harness) send(method, path, body string) answer {
	h.t.Helper()
	request, err := http.NewRequestWithContext(h.t.Context(), method, h.url+path, strings.NewReader(body))
	if err != nil {
		h.t.Fatal(err)
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		h.t.Fatal(err)
	}
	defer func() { _ = response.Body.Close() }()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		h.t.Fatal(err)
	}
	a := answer{status: response.StatusCode, header: response.Header, text: string(text)}
	if err := json.Unmarshal(text, &a.body); err != nil {
		h.t.Fatalf("%s %s is answered by %q: %v", method, path, text, err)
	}
	if a.header.Get("X-Amzn-Requestid") == "" {
		h.t.Errorf("%s %s is answered without a request id", method, path)
	}
	return a
}

// refused sends a request that must be refused with a code, and returns the answer.
func (h *harness) refused(method, path, body, code string, status int) answer {
	h.t.Helper()
	a := h.send(method, path, body)
	if a.header.Get("X-Amzn-Errortype") != code || a.body["__type"] != code || a.status != status {
		h.t.Errorf("%s %s %s is answered by %d %s, want %d %s", method, path, body, a.status, a.text, status, code)
	}
	return a
}
