package webhook_test

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"testing"

	authorizationv1 "k8s.io/api/authorization/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/client/fake"
	"sigs.k8s.io/controller-runtime/pkg/client/interceptor"
	"sigs.k8s.io/controller-runtime/pkg/webhook/admission"

	"github.com/radiograph/radiograph/operator/api/v1beta1"
	"github.com/radiograph/radiograph/operator/webhook"
)

// authorizer answers access reviews as an API server does whose users have what is listed:
// "verb resource.group" or "verb /url".
func authorizer(t *testing.T, users map[string][]string, err error) client.Client {
	t.Helper()
	scheme := runtime.NewScheme()
	if err := authorizationv1.AddToScheme(scheme); err != nil {
		t.Fatal(err)
	}
	return fake.NewClientBuilder().WithScheme(scheme).WithInterceptorFuncs(interceptor.Funcs{
		Create: func(_ context.Context, _ client.WithWatch, object client.Object, _ ...client.CreateOption) error {
			if err != nil {
				return err
			}
			review := object.(*authorizationv1.SubjectAccessReview)
			var wanted string
			if a := review.Spec.ResourceAttributes; a != nil {
				wanted = a.Verb + " " + a.Resource
				if a.Subresource != "" {
					wanted += "/" + a.Subresource
				}
				if a.Group != "" {
					wanted += "." + a.Group
				}
			} else {
				wanted = review.Spec.NonResourceAttributes.Verb + " " + review.Spec.NonResourceAttributes.Path
			}
			has := users[review.Spec.User]
			review.Status.Allowed = slices.Contains(has, wanted) || slices.Contains(has, "*")
			return nil
		},
	}).Build()
}

// observed is a collector whose configuration needs access to the API.
func observed(t *testing.T) *v1beta1.OpenTelemetryCollector {
	t.Helper()
	c := acceptance(t)
	c.Spec.Config.Receivers.Values["k8s_events"] = map[string]any{}
	c.Spec.Config.Service.Pipelines["logs"] = &v1beta1.Pipeline{Receivers: []string{"k8s_events"}, Exporters: []string{"awsxray"}}
	return c
}

func TestNobodyGainsAccessByACollector(t *testing.T) {
	events := []string{"get events", "list events", "watch events"}
	apiDown := errors.New("the API server is down")
	for _, c := range []struct {
		name   string
		users  map[string][]string
		err    error
		before *v1beta1.OpenTelemetryCollector
		change func(*v1beta1.OpenTelemetryCollector)
		refuse string
	}{
		{name: "a user who has the access", users: map[string][]string{"user": events}},
		{name: "an administrator", users: map[string][]string{"user": {"*"}}},
		{name: "a user who lacks all", refuse: `user "user" is not allowed to create a collector whose config would grant permissions they do not hold: get,list,watch events`},
		{name: "a user who lacks one", users: map[string][]string{"user": events[:2]}, refuse: "do not hold: watch events"},
		{name: "a collector that has the access already", before: observed(t)},
		{name: "a collector with another account now", before: observed(t), change: func(c *v1beta1.OpenTelemetryCollector) { c.Spec.ServiceAccount = "other" }, refuse: "watch events"},
		{name: "a collector that had less", before: acceptance(t), refuse: "watch events"},
		{name: "the API server does not answer", err: apiDown, refuse: `unable to check RBAC privilege escalation for user "user"`},
	} {
		t.Run(c.name, func(t *testing.T) {
			object := observed(t)
			object.Spec.Replicas = new(int32(2))
			if c.change != nil {
				c.change(object)
			}
			raw, err := json.Marshal(object)
			if err != nil {
				t.Fatal(err)
			}
			ctx := admission.NewContextWithRequest(t.Context(), request(raw))
			validator := &webhook.CollectorValidator{Options: webhook.Options{Client: authorizer(t, c.users, c.err), GrantsAccess: true}}
			if c.before == nil {
				_, err = validator.ValidateCreate(ctx, object)
			} else {
				_, err = validator.ValidateUpdate(ctx, c.before, object)
			}
			if (err != nil) != (c.refuse != "") || (err != nil && !strings.Contains(err.Error(), c.refuse)) {
				t.Errorf("validation = %v, want %q", err, c.refuse)
			}
		})
	}
}

func TestMissingAccessIsAWarning(t *testing.T) {
	account := "system:serviceaccount:aws-otel-eks:aws-otel-collector"
	for _, c := range []struct {
		name   string
		users  map[string][]string
		change func(*v1beta1.OpenTelemetryCollector)
		warn   string
	}{
		{name: "the account has it", users: map[string][]string{account: {"*"}}},
		{name: "the account lacks it", warn: "missing the following rules for " + account + ": get,list,watch events"},
		{name: "no account", change: func(c *v1beta1.OpenTelemetryCollector) { c.Spec.ServiceAccount = "" }, warn: "names no account that has it: get,list,watch events"},
	} {
		t.Run(c.name, func(t *testing.T) {
			object := observed(t)
			if c.change != nil {
				c.change(object)
			}
			warnings, err := (&webhook.CollectorValidator{Options: webhook.Options{Client: authorizer(t, c.users, nil)}}).ValidateCreate(t.Context(), object)
			if err != nil {
				t.Fatal(err)
			}
			if all := strings.Join(warnings, "\n"); !strings.Contains(all, c.warn) || (c.warn == "" && all != "") {
				t.Errorf("warnings are %q, want %q", all, c.warn)
			}
		})
	}
}

func TestAllocatorAccess(t *testing.T) {
	object := acceptance(t)
	object.Spec.Mode = v1beta1.ModeStatefulSet
	object.Spec.Config = configOf(t, prometheus)
	object.Spec.TargetAllocator.Enabled = true
	object.Spec.TargetAllocator.PrometheusCR.Enabled = true
	warnings, err := (&webhook.CollectorValidator{Options: webhook.Options{Client: authorizer(t, nil, nil)}}).ValidateCreate(t.Context(), object)
	if err != nil {
		t.Fatal(err)
	}
	want := "the target allocator's service account observability-targetallocator lacks access that prometheusCR needs: "
	if all := strings.Join(warnings, "\n"); !strings.Contains(all, want) || !strings.Contains(all, "get,list,watch servicemonitors.monitoring.coreos.com") || !strings.Contains(all, "get /metrics") {
		t.Errorf("warnings are %q, want %q", all, want)
	}
}
