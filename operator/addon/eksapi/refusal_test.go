package eksapi_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/radiograph/radiograph/operator/addon/eksapi"
	"github.com/radiograph/radiograph/operator/api/addons/v1alpha1"
)

// TestRefusals are requests that are refused and change nothing.
func TestRefusals(t *testing.T) {
	h := newHarness(t)
	const addons = "/clusters/demo/addons"
	const associations = "/clusters/demo/pod-identity-associations"
	create := func(more string) string { return `{"addonName":"adot"` + more + `}` }
	associate := func(more string) string {
		return `{"namespace":"n","serviceAccount":"s","roleArn":"` + role + `"` + more + `}`
	}
	many := make([]string, 51)
	for i := range many {
		many[i] = fmt.Sprintf(`"k%d":"v"`, i)
	}
	for name, c := range map[string]struct {
		method, path, body string
		code               string
		status             int
		message            string
	}{
		"version without its prefix":      {"POST", addons, create(`,"addonVersion":"0.45.0"`), "InvalidParameterException", 400, "Addon version specified is not supported"},
		"unknown add-on":                  {"POST", addons, `{"addonName":"../../etc"}`, "InvalidParameterException", 400, "Addon specified is not supported"},
		"no add-on":                       {"POST", addons, `{}`, "InvalidParameterException", 400, "addonName"},
		"no body":                         {"POST", addons, "", "InvalidParameterException", 400, "addonName"},
		"unknown configuration":           {"POST", addons, create(`,"addonVersion":"` + version + `","configurationValues":"{\"replicas\":2}"`), "InvalidParameterException", 400, "replicas"},
		"old configuration":               {"POST", addons, create(`,"addonVersion":"` + version + `","configurationValues":"collector: {mode: deployment}"`), "InvalidParameterException", 400, "mode"},
		"configuration that is no map":    {"POST", addons, create(`,"configurationValues":"[1]"`), "InvalidParameterException", 400, "mapping"},
		"way to resolve conflicts":        {"POST", addons, create(`,"resolveConflicts":"some"`), "InvalidParameterException", 400, "resolveConflicts"},
		"role of another account":         {"POST", addons, create(`,"serviceAccountRoleArn":"arn:aws:iam::999999999999:role/r"`), "InvalidParameterException", 400, "Cross-account"},
		"empty role":                      {"POST", addons, create(`,"serviceAccountRoleArn":""`), "InvalidParameterException", 400, "serviceAccountRoleArn"},
		"namespace":                       {"POST", addons, create(`,"namespaceConfig":{"namespace":"../kube-system"}`), "InvalidParameterException", 400, "namespace"},
		"reserved tag":                    {"POST", addons, create(`,"tags":{"AWS:x":"y"}`), "InvalidParameterException", 400, "reserved"},
		"too many tags":                   {"POST", addons, create(`,"tags":{` + strings.Join(many, ",") + `}`), "InvalidParameterException", 400, "51"},
		"service account twice":           {"POST", addons, create(`,"podIdentityAssociations":[{"serviceAccount":"a","roleArn":"` + role + `"},{"serviceAccount":"a","roleArn":"` + role + `"}]`), "InvalidParameterException", 400, "twice"},
		"member twice":                    {"POST", addons, `{"addonName":"adot","addonName":"none"}`, "InvalidParameterException", 400, "duplicate"},
		"member twice, in depth":          {"POST", addons, create(`,"tags":{"a":"1","a":"2"}`), "InvalidParameterException", 400, "duplicate"},
		"member of another type":          {"POST", addons, `{"addonName":7}`, "InvalidParameterException", 400, "addonName"},
		"member in capitals":              {"POST", addons, `{"AddonName":"adot"}`, "InvalidParameterException", 400, "missing"},
		"body that is no object":          {"POST", addons, `["adot"]`, "InvalidParameterException", 400, "object"},
		"body that is not JSON":           {"POST", addons, `{"addonName":`, "InvalidParameterException", 400, "JSON"},
		"body that is not UTF-8":          {"POST", addons, "{\"addonName\":\"\xff\"}", "InvalidParameterException", 400, "object"},
		"two bodies":                      {"POST", addons, create("") + create(""), "InvalidParameterException", 400, "JSON"},
		"deep body":                       {"POST", addons, `{"x":` + strings.Repeat("[", 20000) + strings.Repeat("]", 20000) + `}`, "InvalidParameterException", 400, "depth"},
		"huge body":                       {"POST", addons, create(`,"configurationValues":"` + strings.Repeat("a", 2<<20) + `"`), "RequestEntityTooLargeException", 413, "1048576"},
		"other cluster":                   {"POST", "/clusters/other/addons", create(""), "ResourceNotFoundException", 404, "No cluster found for name: other."},
		"no cluster of this name":         {"GET", "/clusters/de%2Fmo/addons", "", "InvalidParameterException", 400, "cluster"},
		"path out of the clusters":        {"GET", "/clusters/..%2F..%2Ftags/addons", "", "InvalidParameterException", 400, "cluster"},
		"name out of the add-ons":         {"GET", addons + "/..%2F..%2Fsecrets", "", "ResourceNotFoundException", 404, "No addon"},
		"name with a zero byte":           {"GET", addons + "/a%00b", "", "ResourceNotFoundException", 404, "No addon"},
		"name that is not UTF-8":          {"GET", addons + "/%ff", "", "InvalidParameterException", 400, "UTF-8"},
		"long name":                       {"GET", addons + "/" + strings.Repeat("a", 5000), "", "ResourceNotFoundException", 404, "No addon"},
		"unknown add-on to update":        {"POST", addons + "/adot/update", `{}`, "ResourceNotFoundException", 404, "No addon: adot found in cluster: demo"},
		"unknown add-on to delete":        {"DELETE", addons + "/adot", "", "ResourceNotFoundException", 404, "No addon"},
		"preserve":                        {"DELETE", addons + "/adot?preserve=maybe", "", "InvalidParameterException", 400, "preserve"},
		"preserve twice":                  {"DELETE", addons + "/adot?preserve=true&preserve=false", "", "InvalidParameterException", 400, "2 times"},
		"page of none":                    {"GET", addons + "?maxResults=0", "", "InvalidParameterException", 400, "maxResults"},
		"page of too many":                {"GET", addons + "?maxResults=101", "", "InvalidParameterException", 400, "maxResults"},
		"page of what":                    {"GET", addons + "?maxResults=x", "", "InvalidParameterException", 400, "maxResults"},
		"token of nothing":                {"GET", addons + "?nextToken=AAAA", "", "InvalidParameterException", 400, "nextToken"},
		"query":                           {"GET", addons + "?a=%zz", "", "InvalidParameterException", 400, "query"},
		"query that is not UTF-8":         {"GET", addons + "?nextToken=%ff", "", "InvalidParameterException", 400, "UTF-8"},
		"method":                          {"PUT", addons, "", "MethodNotAllowedException", 405, "PUT"},
		"path":                            {"GET", "/nodegroups", "", "UnknownOperationException", 404, "operation"},
		"root":                            {"GET", "/", "", "UnknownOperationException", 404, "operation"},
		"slash at the end":                {"GET", "/clusters/", "", "UnknownOperationException", 404, "operation"},
		"configuration of no version":     {"GET", "/addons/configuration-schemas?addonName=adot", "", "InvalidParameterException", 400, "required"},
		"configuration of no add-on":      {"GET", "/addons/configuration-schemas?addonName=none&addonVersion=v1", "", "ResourceNotFoundException", 404, "not supported"},
		"configuration of unknown":        {"GET", "/addons/configuration-schemas?addonName=adot&addonVersion=v1", "", "InvalidParameterException", 400, "not supported"},
		"tags of no ARN":                  {"GET", "/tags/..%2F..%2Fx", "", "BadRequestException", 400, "ARN"},
		"tags of nothing":                 {"GET", "/tags/", "", "UnknownOperationException", 404, ""},
		"tags of another account":         {"GET", "/tags/arn:aws:eks:us-east-1:999999999999:cluster%2Fdemo", "", "NotFoundException", 404, "could not be found"},
		"tags of an unknown add-on":       {"GET", "/tags/arn:aws:eks:us-east-1:111122223333:addon/demo/adot/x", "", "NotFoundException", 404, "could not be found"},
		"no tags":                         {"POST", "/tags/arn:aws:eks:us-east-1:111122223333:cluster%2Fdemo", `{}`, "BadRequestException", 400, "missing"},
		"no keys of tags":                 {"DELETE", "/tags/arn:aws:eks:us-east-1:111122223333:cluster%2Fdemo", "", "BadRequestException", 400, "missing"},
		"association without namespace":   {"POST", associations, `{"serviceAccount":"s","roleArn":"` + role + `"}`, "InvalidParameterException", 400, "namespace"},
		"association of a path":           {"POST", associations, `{"namespace":"n","serviceAccount":"../s","roleArn":"` + role + `"}`, "InvalidParameterException", 400, "service account"},
		"association without role":        {"POST", associations, `{"namespace":"n","serviceAccount":"s"}`, "InvalidParameterException", 400, "roleArn"},
		"association of long names":       {"POST", associations, `{"namespace":"` + strings.Repeat("n", 60) + `","serviceAccount":"` + strings.Repeat("s", 253) + `","roleArn":"` + role + `"}`, "InvalidParameterException", 400, "252"},
		"target role":                     {"POST", associations, associate(`,"targetRoleArn":"x"`), "InvalidParameterException", 400, "targetRoleArn"},
		"policy that is not JSON":         {"POST", associations, associate(`,"policy":"{","disableSessionTags":true`), "InvalidParameterException", 400, "JSON"},
		"policy beside session tags":      {"POST", associations, associate(`,"policy":"{}"`), "InvalidParameterException", 400, "disableSessionTags"},
		"long policy":                     {"POST", associations, associate(`,"policy":"` + strings.Repeat(" ", 3000) + `","disableSessionTags":true`), "InvalidParameterException", 400, "2048"},
		"unknown association":             {"GET", associations + "/a-none", "", "ResourceNotFoundException", 404, "Association not found"},
		"unknown association to update":   {"POST", associations + "/a-none", `{}`, "ResourceNotFoundException", 404, "Association not found"},
		"long token":                      {"POST", addons, create(`,"clientRequestToken":"` + strings.Repeat("t", 129) + `"`), "InvalidParameterException", 400, "clientRequestToken"},
		"updates of an unknown add-on":    {"GET", "/clusters/demo/updates?addonName=adot", "", "ResourceNotFoundException", 404, "No addon"},
		"update of a node group":          {"GET", "/clusters/demo/updates/x?nodegroupName=n", "", "ResourceNotFoundException", 404, "No update"},
		"name of an add-on in two places": {"GET", "/clusters/demo/updates?addonName=adot&addonName=x", "", "InvalidParameterException", 400, "2 times"},
	} {
		t.Run(name, func(t *testing.T) {
			h.t = t
			got := h.refused(c.method, c.path, c.body, c.code, c.status)
			if text, _ := got.body["message"].(string); !strings.Contains(text, c.message) {
				t.Errorf("the message is %q, want %q in it", text, c.message)
			}
		})
	}
	h.t = t
	var left v1alpha1.AddonList
	var leftAssociations v1alpha1.PodIdentityAssociationList
	if err := errors.Join(h.List(t.Context(), &left), h.List(t.Context(), &leftAssociations)); err != nil {
		t.Fatal(err)
	}
	if len(left.Items)+len(leftAssociations.Items) != 0 {
		t.Errorf("refused requests left %+v and %+v", left.Items, leftAssociations.Items)
	}
}

// TestUnsupportedCluster has a Kubernetes that is too old for every version.
func TestUnsupportedCluster(t *testing.T) {
	h := newHarness(t)
	h.cluster.version = "1.18"
	got := h.refused("POST", "/clusters/demo/addons", `{"addonName":"adot","addonVersion":"`+version+`"}`, "InvalidParameterException", 400)
	if got.body["message"] != "Addon version specified is not supported for the cluster platform version" {
		t.Errorf("the answer is %s", got.text)
	}
	h.refused("POST", "/clusters/demo/addons", `{"addonName":"adot"}`, "InvalidParameterException", 400)
	h.cluster.err = errors.New("out of order")
	h.refused("POST", "/clusters/demo/addons", `{"addonName":"adot"}`, "ServiceUnavailableException", 503)
	h.refused("GET", "/clusters/demo", "", "ServiceUnavailableException", 503)
}

// TestErrorBody has the members that the errors of add-ons have.
func TestErrorBody(t *testing.T) {
	h := newHarness(t)
	got := h.refused("GET", "/clusters/demo/addons/adot", "", "ResourceNotFoundException", 404)
	if got.body["clusterName"] != "demo" || got.body["addonName"] != "adot" || got.body["message"] != "No addon: adot found in cluster: demo" {
		t.Errorf("the body is %s", got.text)
	}
	if log := h.log.String(); strings.Count(log, "add-on request refused") != 1 || !strings.Contains(log, got.header.Get("X-Amzn-Requestid")) || !strings.Contains(log, caller) {
		t.Errorf("the log has %s", log)
	}
	h.send("POST", "/clusters/demo/addons", `{"addonName":"adot"}`)
	if log := h.log.String(); strings.Count(log, "add-on change accepted") != 1 {
		t.Errorf("the log has %s", log)
	}
}

func TestIdempotence(t *testing.T) {
	h := newHarness(t)
	const path = "/clusters/demo/addons"
	body := `{"addonName":"adot","clientRequestToken":"one"}`
	first := h.send("POST", path, body)
	again := h.send("POST", path, body)
	if first.status != 200 || first.text != again.text {
		t.Errorf("the same request is answered by\n%sthen by\n%s", first.text, again.text)
	}
	h.refused("POST", path, `{"addonName":"adot","clientRequestToken":"one","tags":{"a":"b"}}`, "InvalidParameterException", 400)
	h.refused("POST", path, `{"addonName":"adot","clientRequestToken":"two"}`, "ResourceInUseException", 409)
	h.refused("POST", path, `{"addonName":"adot"}`, "ResourceInUseException", 409)
	h.pass(25 * time.Hour)
	h.refused("POST", path, body, "ResourceInUseException", 409)

	h.settle("adot", v1alpha1.PhaseActive)
	update := `{"configurationValues":"{}","clientRequestToken":"three"}`
	first = h.send("POST", path+"/adot/update", update)
	again = h.send("POST", path+"/adot/update", update)
	if first.status != 200 || first.text != again.text {
		t.Errorf("the same update is answered by\n%sthen by\n%s", first.text, again.text)
	}
	h.refused("POST", path+"/adot/update", `{"configurationValues":"{}","podIdentityAssociations":[],"clientRequestToken":"three"}`, "InvalidParameterException", 400)

	association := `{"namespace":"n","serviceAccount":"s","roleArn":"` + role + `","clientRequestToken":"four"}`
	first = h.send("POST", "/clusters/demo/pod-identity-associations", association)
	again = h.send("POST", "/clusters/demo/pod-identity-associations", association)
	if first.status != 200 || first.text != again.text {
		t.Errorf("the same association is answered by\n%sthen by\n%s", first.text, again.text)
	}
}

// TestSimultaneous sends the same and different creations at once: the add-on is made once.
func TestSimultaneous(t *testing.T) {
	h := newHarness(t)
	var wg sync.WaitGroup
	statuses := make([]int, 8)
	for i := range statuses {
		wg.Go(func() {
			statuses[i] = h.send("POST", "/clusters/demo/addons", fmt.Sprintf(`{"addonName":"adot","clientRequestToken":"t%d"}`, i%2)).status
		})
	}
	wg.Wait()
	count := map[int]int{}
	for _, status := range statuses {
		count[status]++
	}
	if count[200] != 4 || count[409] != 4 {
		t.Errorf("eight requests with two tokens are answered by %v", count)
	}
}

func TestConflicts(t *testing.T) {
	h := newHarness(t)
	var mu sync.Mutex
	left := 2
	conflict := func(verb string) error {
		mu.Lock()
		defer mu.Unlock()
		if verb == "update" && left > 0 {
			left--
			return apierrors.NewConflict(schema.GroupResource{Resource: "addons"}, "adot", errors.New("changed"))
		}
		return nil
	}
	h.send("POST", "/clusters/demo/addons", `{"addonName":"adot"}`)
	h.settle("adot", v1alpha1.PhaseActive)
	h.failWith(conflict)
	if got := h.send("POST", "/clusters/demo/addons/adot/update", `{}`); got.status != 200 {
		t.Errorf("after two conflicts the answer is %s", got.text)
	}
	h.failWith(func(verb string) error {
		if verb != "get" {
			return nil
		}
		return apierrors.NewTooManyRequests("slow down", 1)
	})
	h.refused("GET", "/clusters/demo/addons/adot", "", "ServiceUnavailableException", 503)
	h.failWith(func(string) error { panic("a bug") })
	got := h.refused("GET", "/clusters/demo/addons/adot", "", "ServerException", 500)
	if strings.Contains(got.text, "bug") || !strings.Contains(h.log.String(), "panic: a bug") {
		t.Errorf("a panic is answered by %s and logged as %s", got.text, h.log.String())
	}
}

// TestAssociationOwner guards the associations of add-ons.
func TestAssociationOwner(t *testing.T) {
	h := newHarness(t)
	const path = "/clusters/demo/pod-identity-associations"
	body := `{"addonName":"adot","podIdentityAssociations":[{"serviceAccount":"s","roleArn":"` + role + `"}],"namespaceConfig":{"namespace":"n"}}`
	taken := h.send("POST", path, `{"namespace":"n","serviceAccount":"s","roleArn":"`+role+`"}`)
	id := taken.body["association"].(map[string]any)["associationId"].(string)
	got := h.refused("POST", "/clusters/demo/addons", body, "ResourceInUseException", 409)
	if !strings.Contains(got.text, id) {
		t.Errorf("the message does not name %s: %s", id, got.text)
	}
	h.send("DELETE", path+"/"+id, "")
	made := h.send("POST", "/clusters/demo/addons", body).body["addon"].(map[string]any)
	arns := made["podIdentityAssociations"].([]any)
	_, owned, _ := strings.Cut(arns[0].(string), "demo/")
	shown := h.send("GET", path+"/"+owned, "").body["association"].(map[string]any)
	if shown["ownerArn"] != made["addonArn"] || shown["namespace"] != "n" {
		t.Errorf("the association is %v, of %v", shown, made)
	}
	h.refused("POST", path+"/"+owned, `{"roleArn":"`+role+`2"}`, "InvalidRequestException", 400)
	h.refused("DELETE", path+"/"+owned, "", "InvalidRequestException", 400)
	h.send("DELETE", "/clusters/demo/addons/adot?preserve=true", "")
	h.gone("adot")
	if got := h.send("DELETE", path+"/"+owned, ""); got.status != 200 {
		t.Errorf("what an add-on left behind cannot be deleted: %s", got.text)
	}
}

// TestApplied shows an add-on that was applied by hand.
func TestApplied(t *testing.T) {
	h := newHarness(t)
	addon := &v1alpha1.Addon{Spec: v1alpha1.AddonSpec{AddonName: "adot"}}
	addon.Name = "adot"
	if err := h.Create(t.Context(), addon); err != nil {
		t.Fatal(err)
	}
	got := h.send("GET", "/clusters/demo/addons/adot", "").body["addon"].(map[string]any)
	if got["status"] != "CREATING" || got["addonVersion"] != nil || got["createdAt"] != 1762000000.0 {
		t.Errorf("before the reconciler has seen it, it is %v", got)
	}
	h.refused("POST", "/clusters/demo/addons/adot/update", `{}`, "ResourceInUseException", 409)
}

func TestAuthentication(t *testing.T) {
	h := newHarness(t)
	for name, c := range map[string]struct {
		headers map[string][]string
		status  int
	}{
		"the token":       {map[string][]string{"Authorization": {"Bearer " + token}}, 200},
		"none":            {nil, 403},
		"another token":   {map[string][]string{"Authorization": {"Bearer " + token + "x"}}, 403},
		"a prefix":        {map[string][]string{"Authorization": {"Bearer " + token[:8]}}, 403},
		"an empty one":    {map[string][]string{"Authorization": {"Bearer "}}, 403},
		"another scheme":  {map[string][]string{"Authorization": {"Basic " + token}}, 403},
		"two":             {map[string][]string{"Authorization": {"Bearer " + token, "Bearer " + token}}, 403},
		"two callers":     {map[string][]string{"Authorization": {"Bearer " + token}, eksapi.CallerHeader: {"a", "b"}}, 403},
		"another account": {map[string][]string{"Authorization": {"Bearer " + token}, eksapi.AccountHeader: {"999999999999"}}, 403},
		"the account":     {map[string][]string{"Authorization": {"Bearer " + token}, eksapi.AccountHeader: {demo.Account}}, 200},
	} {
		request := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/clusters", nil)
		for key, values := range c.headers {
			for _, value := range values {
				request.Header.Add(key, value)
			}
		}
		response := httptest.NewRecorder()
		h.api.ServeHTTP(response, request)
		if response.Code != c.status {
			t.Errorf("%s: %d %s, want %d", name, response.Code, response.Body, c.status)
		}
	}
	if _, err := eksapi.New(eksapi.Options{Cluster: demo}); err == nil {
		t.Error("an API without a token is made")
	}
	if _, err := eksapi.New(eksapi.Options{Cluster: demo, Insecure: true, Logger: slog.Default()}); err != nil {
		t.Error(err)
	}
}

func TestFileToken(t *testing.T) {
	path := filepath.Join(t.TempDir(), "token")
	read := eksapi.FileToken(path)
	if _, err := read(t.Context()); err == nil {
		t.Error("a missing file has a token")
	}
	for _, want := range []string{token, token + "-renewed"} {
		if err := os.WriteFile(path, []byte(want+"\n"), 0o600); err != nil {
			t.Fatal(err)
		}
		if got, err := read(t.Context()); got != want || err != nil {
			t.Errorf("the token is %q, %v; want %q", got, err, want)
		}
	}
	if err := os.WriteFile(path, []byte("short\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := read(t.Context()); err == nil {
		t.Error("a short token counts")
	}
}

func TestSecretToken(t *testing.T) {
	h := newHarness(t)
	name := types.NamespacedName{Namespace: "n", Name: "t"}
	first, err := eksapi.SecretToken(h.Client, name)(t.Context())
	if err != nil || len(first) < 40 {
		t.Fatalf("the token is %q, %v", first, err)
	}
	second, err := eksapi.SecretToken(h.Client, name)(t.Context())
	if err != nil || second != first {
		t.Errorf("another replica has %q, %v; want %q", second, err, first)
	}
	var secret corev1.Secret
	if err := h.Get(t.Context(), name, &secret); err != nil || string(secret.Data[eksapi.TokenKey]) != first {
		t.Errorf("the secret is %v, %v", secret.Data, err)
	}
	h.failWith(func(string) error { return errors.New("out of order") })
	if _, err := eksapi.SecretToken(h.Client, name)(context.Background()); err == nil {
		t.Error("without its Secret there is a token")
	}
}

// TestHistory keeps specs small however often they are changed.
func TestHistory(t *testing.T) {
	h := newHarness(t)
	h.send("POST", "/clusters/demo/addons", `{"addonName":"adot"}`)
	for range v1alpha1.MaxHistory + 10 {
		h.settle("adot", v1alpha1.PhaseActive)
		h.pass(time.Second)
		if got := h.send("POST", "/clusters/demo/addons/adot/update", `{}`); got.status != 200 {
			t.Fatal(got.text)
		}
		var addon v1alpha1.Addon
		if err := h.Get(t.Context(), client.ObjectKey{Name: "adot"}, &addon); err != nil {
			t.Fatal(err)
		}
		if n := len(addon.Status.Updates); n > v1alpha1.MaxHistory {
			addon.Status.Updates = addon.Status.Updates[n-v1alpha1.MaxHistory:]
			if err := h.Status().Update(t.Context(), &addon); err != nil {
				t.Fatal(err)
			}
		}
	}
	h.settle("adot", v1alpha1.PhaseActive)
	var addon v1alpha1.Addon
	if err := h.Get(t.Context(), client.ObjectKey{Name: "adot"}, &addon); err != nil {
		t.Fatal(err)
	}
	if n := len(addon.Spec.Requests); n != v1alpha1.MaxHistory || addon.Spec.Requests[0].Operation != v1alpha1.OperationCreate {
		t.Errorf("%d requests are kept, the first %+v", n, addon.Spec.Requests[0])
	}
	if phase := addon.Phase(); phase != v1alpha1.PhaseActive {
		t.Errorf("the add-on is %s", phase)
	}
}

// TestValues gives configuration values back byte for byte, and keeps an add-on to what the API
// server stores however large they are and however often they change.
func TestValues(t *testing.T) {
	h := newHarness(t)
	values := func(i int) string {
		return fmt.Sprintf("# größer – <&> %d\n\nreplicaCount:   2 # two\n", i) + strings.Repeat("# 𝄞 "+strings.Repeat("x", 91)+"\n", 1500)
	}
	text := func(value any) string {
		data, err := json.Marshal(value)
		if err != nil {
			t.Fatal(err)
		}
		return string(data)
	}
	created := h.send("POST", "/clusters/demo/addons", `{"addonName":"adot","addonVersion":"`+version+`","configurationValues":`+text(values(0))+`}`)
	if created.status != 200 {
		t.Fatal(created.text)
	}
	for i := range 20 {
		h.settle("adot", v1alpha1.PhaseActive)
		h.pass(time.Second)
		want := values(i)
		update := h.send("POST", "/clusters/demo/addons/adot/update", `{"configurationValues":`+text(want)+`}`)
		if update.status != 200 {
			t.Fatalf("%.300s", update.text)
		}
		got := h.send("GET", "/clusters/demo/addons/adot", "").body["addon"].(map[string]any)["configurationValues"]
		if got != want {
			t.Fatalf("after update %d the values are %.100q…, want %.100q…", i, got, want)
		}
	}
	h.settle("adot", v1alpha1.PhaseActive)
	var addon v1alpha1.Addon
	if err := h.Get(t.Context(), client.ObjectKey{Name: "adot"}, &addon); err != nil {
		t.Fatal(err)
	}
	if n := len(text(addon)); n > 1<<20 || len(addon.Spec.Requests) != 21 {
		t.Errorf("with %d requests the add-on has %d bytes", len(addon.Spec.Requests), n)
	}
	var keys []string
	for i := range 5000 {
		keys = append(keys, fmt.Sprintf("\"k%d\":1", i))
	}
	got := h.refused("POST", "/clusters/demo/addons/adot/update", `{"configurationValues":`+text("{"+strings.Join(keys, ",")+"}")+`}`, "InvalidParameterException", 400)
	if message := got.body["message"].(string); len(message) > 8<<10 || !strings.Contains(message, "$.k0: is not defined") || !strings.HasSuffix(message, "and 4950 more") {
		t.Errorf("the message is %.200s", message)
	}
	h.failWith(func(verb string) error {
		if verb == "update" {
			return apierrors.NewInternalError(errors.New("etcdserver: request is too large"))
		}
		return nil
	})
	h.refused("POST", "/clusters/demo/addons/adot/update", `{}`, "InvalidParameterException", 400)
}

// TestPagesWhileAddonsCome lists add-ons page by page while others are created and deleted: those
// that are there all the time are listed once.
func TestPagesWhileAddonsCome(t *testing.T) {
	h := newHarness(t)
	add := func(name string) {
		addon := &v1alpha1.Addon{Spec: v1alpha1.AddonSpec{AddonName: name}}
		addon.Name = name
		if err := h.Create(t.Context(), addon); err != nil {
			t.Fatal(err)
		}
	}
	for _, name := range []string{"b", "d", "f", "h"} {
		add(name)
	}
	var got []any
	next := ""
	for page := 0; page == 0 || next != ""; page++ {
		answer := h.send("GET", "/clusters/demo/addons?maxResults=2"+next, "").body
		got = append(got, answer["addons"].([]any)...)
		next = ""
		if token, ok := answer["nextToken"].(string); ok {
			next = "&nextToken=" + url.QueryEscape(token)
		}
		if page == 0 {
			add("a")
			add("e")
			gone := &v1alpha1.Addon{}
			gone.Name = "d" // the last of the page that the token is of
			if err := h.Delete(t.Context(), gone); err != nil {
				t.Fatal(err)
			}
			h.refused("GET", "/clusters/demo/updates?maxResults=2"+next, "", "InvalidParameterException", 400)
		}
	}
	if want := "[b d e f h]"; fmt.Sprint(got) != want {
		t.Errorf("listed are %v, want %s", got, want)
	}
}
