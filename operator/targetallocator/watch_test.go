package targetallocator

import (
	"context"
	"log/slog"
	"maps"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	monitoringv1 "github.com/prometheus-operator/prometheus-operator/pkg/apis/monitoring/v1"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil"
	promconfig "github.com/prometheus/prometheus/config"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	fakediscovery "k8s.io/client-go/discovery/fake"
	fakedynamic "k8s.io/client-go/dynamic/fake"
	"k8s.io/client-go/kubernetes/fake"
	"sigs.k8s.io/yaml"

	"github.com/radiograph/radiograph/operator/targetallocator/allocation"
	"github.com/radiograph/radiograph/operator/targetallocator/settings"
)

// newest keeps what came last from a channel.
type newest[T any] struct {
	mu    sync.Mutex
	value T
	times int
}

func (n *newest[T]) follow(ctx context.Context, from <-chan T) {
	for {
		select {
		case <-ctx.Done():
			return
		case v := <-from:
			n.mu.Lock()
			n.value, n.times = v, n.times+1
			n.mu.Unlock()
		}
	}
}

func (n *newest[T]) get() (T, int) {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.value, n.times
}

func parsed(t *testing.T, text string) *unstructured.Unstructured {
	t.Helper()
	out := &unstructured.Unstructured{}
	if err := yaml.Unmarshal([]byte(text), &out.Object); err != nil {
		t.Fatal(err)
	}
	return out
}

func named(jobs []*promconfig.ScrapeConfig) []string {
	var out []string
	for _, cfg := range jobs {
		out = append(out, cfg.JobName)
	}
	return out
}

// advance lets the bubble's clock pass, and what it wakes finish.
func advance(d time.Duration) {
	time.Sleep(d)
	synctest.Wait()
}

const podMonitor = `{apiVersion: monitoring.coreos.com/v1, kind: PodMonitor, metadata: {name: NAME, namespace: SPACE, labels: {team: red}},
  spec: {selector: {}, podMetricsEndpoints: [{port: metrics, EXTRA}]}}`

func podMonitorText(name, namespace, extra string) string {
	return strings.NewReplacer("NAME", name, "SPACE", namespace, "EXTRA", extra).Replace(podMonitor)
}

// Kinds that appear later are watched, those that go are forgotten; selectors, namespaces and
// Secrets are obeyed.
func TestMonitorWatch(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		pods := monitoringv1.SchemeGroupVersion.WithResource("podmonitors")
		spaces := schema.GroupVersionResource{Version: "v1", Resource: "namespaces"}
		dyn := fakedynamic.NewSimpleDynamicClientWithCustomListKinds(runtime.NewScheme(), map[schema.GroupVersionResource]string{
			pods: "PodMonitorList", spaces: "NamespaceList",
		}, parsed(t, "{apiVersion: v1, kind: Namespace, metadata: {name: shop, labels: {tenant: a}}}"),
			parsed(t, "{apiVersion: v1, kind: Namespace, metadata: {name: other}}"))
		secret := &corev1.Secret{ObjectMeta: metav1.ObjectMeta{Namespace: "shop", Name: "login"}, Data: map[string][]byte{"token": []byte("one")}}
		client := fake.NewClientset(secret)
		disco, ok := client.Discovery().(*fakediscovery.FakeDiscovery)
		if !ok {
			t.Fatalf("%T", client.Discovery())
		}
		cr := &settings.PrometheusCR{}
		for _, s := range []*settings.Selection{&cr.ServiceMonitors, &cr.PodMonitors, &cr.ScrapeConfigs, &cr.Probes} {
			*s = settings.Selection{Objects: labels.Everything(), Namespaces: labels.Everything()}
		}
		cr.PodMonitors = settings.Selection{Objects: labels.SelectorFromSet(labels.Set{"team": "red"}), Namespaces: labels.SelectorFromSet(labels.Set{"tenant": "a"})}
		m := newMetrics(prometheus.NewRegistry())
		w := &monitorWatch{client: client, dynamic: dyn, settings: cr, global: promconfig.DefaultGlobalConfig, credentials: true, log: slog.New(slog.DiscardHandler), metrics: m}
		ctx, stop := context.WithCancel(t.Context())
		to, done := make(chan []*promconfig.ScrapeConfig), make(chan error, 1)
		var last newest[[]*promconfig.ScrapeConfig]
		go last.follow(ctx, to)
		go func() { done <- w.run(ctx, to) }()
		advance(3 * time.Second)
		if jobs, times := last.get(); len(jobs) != 0 || times != 1 {
			t.Errorf("without kinds: %v, %d times", named(jobs), times)
		}

		disco.Lock()
		disco.Resources = []*metav1.APIResourceList{{GroupVersion: "monitoring.coreos.com/v1", APIResources: []metav1.APIResource{{Name: "podmonitors"}}}}
		disco.Unlock()
		for _, text := range []string{
			podMonitorText("plain", "shop", "path: /x"),
			podMonitorText("locked", "shop", "bearerTokenSecret: {name: login, key: token}"),
			podMonitorText("newer", "shop", "inventedLater: true"),
			podMonitorText("broken", "shop", "interval: often"),
			podMonitorText("elsewhere", "other", "path: /x"),
		} {
			object := parsed(t, text)
			if _, err := dyn.Resource(pods).Namespace(object.GetNamespace()).Create(ctx, object, metav1.CreateOptions{}); err != nil {
				t.Fatal(err)
			}
		}
		advance(lookForKinds + 3*settle)
		jobs, before := last.get()
		if diff := cmp.Diff([]string{"podMonitor/shop/locked/0", "podMonitor/shop/newer/0", "podMonitor/shop/plain/0"}, named(jobs)); diff != "" {
			t.Error(diff)
		}
		if n := testutil.ToFloat64(m.rejected); n != 2 {
			t.Errorf("%v objects are rejected", n)
		}
		for _, part := range []string{"inventedLater", "often"} {
			if !strings.Contains(strings.Join(slices.Collect(maps.Values(w.reported)), "\n"), part) {
				t.Errorf("%s is not reported: %v", part, w.reported)
			}
		}

		secret.Data["token"] = []byte("two")
		if _, err := client.CoreV1().Secrets("shop").Update(ctx, secret, metav1.UpdateOptions{}); err != nil {
			t.Fatal(err)
		}
		advance(readAgain + settle)
		jobs, times := last.get()
		if times != before+1 || jobs[0].HTTPClientConfig.Authorization.Credentials != "two" {
			t.Errorf("%d times, then %d: %+v", before, times, jobs[0].HTTPClientConfig.Authorization)
		}

		disco.Lock()
		disco.Resources = nil
		disco.Unlock()
		advance(lookForKinds + 3*settle)
		if jobs, _ = last.get(); len(jobs) != 0 {
			t.Errorf("of a kind that is gone: %v", named(jobs))
		}
		stop()
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
}

func TestCollectorWatch(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		pod := func(name string, ready corev1.ConditionStatus) *corev1.Pod {
			p := &corev1.Pod{ObjectMeta: metav1.ObjectMeta{Namespace: "shop", Name: name, Labels: map[string]string{"app": "collector"}}}
			p.Spec.NodeName, p.Status.Phase = "n", corev1.PodRunning
			p.Status.Conditions = []corev1.PodCondition{{Type: corev1.PodReady, Status: ready, LastTransitionTime: metav1.Now()}}
			return p
		}
		client := fake.NewClientset(pod("one", corev1.ConditionTrue), pod("two", corev1.ConditionTrue))
		w := &collectorWatch{client: client, namespace: "shop", selector: labels.SelectorFromSet(labels.Set{"app": "collector"}), grace: 30 * time.Second, log: slog.New(slog.DiscardHandler)}
		ctx, stop := context.WithCancel(t.Context())
		to, done := make(chan []allocation.Collector), make(chan error, 1)
		var last newest[[]allocation.Collector]
		go last.follow(ctx, to)
		go func() { done <- w.run(ctx, to) }()
		expect := func(times int, names ...string) {
			t.Helper()
			on, n := last.get()
			var got []string
			for _, c := range on {
				got = append(got, c.Name)
			}
			if !slices.Equal(got, names) || n != times {
				t.Errorf("got %q after %d messages, want %q after %d", got, n, names, times)
			}
		}
		advance(time.Second)
		expect(1, "one", "two")
		if _, err := client.CoreV1().Pods("shop").Update(ctx, pod("two", corev1.ConditionFalse), metav1.UpdateOptions{}); err != nil {
			t.Fatal(err)
		}
		advance(20 * time.Second)
		expect(1, "one", "two")
		advance(20 * time.Second)
		expect(2, "one")
		if err := client.CoreV1().Pods("shop").Delete(ctx, "one", metav1.DeleteOptions{}); err != nil {
			t.Fatal(err)
		}
		advance(time.Second)
		expect(3)
		stop()
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
}
