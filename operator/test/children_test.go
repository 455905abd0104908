//go:build e2e

package test

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	policyv1 "k8s.io/api/policy/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/utils/ptr"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/radiograph/radiograph/operator/api/v1beta1"
	"github.com/radiograph/radiograph/operator/controller"
)

// observability is the collector of the tests.
const observability = `apiVersion: opentelemetry.io/v1beta1
kind: OpenTelemetryCollector
metadata: {name: %s, namespace: %s}
spec:
  mode: deployment
  managementState: managed
  upgradeStrategy: automatic
  replicas: 1
  config:
    receivers:
      awsxray: {}
      otlp: {protocols: {grpc: {}, http: {}}}
    processors: {batch: {timeout: 1s, send_batch_size: 50}}
    exporters:
      awsxray: {region: us-east-1}
    extensions: {health_check: {}}
    service:
      extensions: [health_check]
      pipelines:
        traces: {receivers: [awsxray, otlp], processors: [batch], exporters: [awsxray]}
`

const eks = "aws-otel-eks"

func key(name string) client.ObjectKey { return client.ObjectKey{Namespace: eks, Name: name} }

// collector reads a collector.
func (r *rig) collector(name string) *v1beta1.OpenTelemetryCollector {
	r.t.Helper()
	var cr v1beta1.OpenTelemetryCollector
	if err := r.Get(r.t.Context(), key(name), &cr); err != nil {
		r.t.Fatal(err)
	}
	return &cr
}

// condition waits until a collector has a condition with a status and a message.
func (r *rig) condition(name, kind string, status metav1.ConditionStatus, message string) {
	r.t.Helper()
	r.eventually(fmt.Sprintf("%s is %s", kind, status), func() error {
		cr := r.collector(name)
		c := meta.FindStatusCondition(cr.Status.Conditions, kind)
		if c == nil || c.Status != status || !strings.Contains(c.Message, message) || cr.Status.ObservedGeneration != cr.Generation {
			return fmt.Errorf("it is %+v in %+v", c, cr.Status)
		}
		return nil
	})
}

// edit changes an object, however often others do.
func edit[T client.Object](r *rig, obj T, name string, change func(T)) {
	r.t.Helper()
	r.eventually("edit "+name, func() error {
		if err := r.Get(r.t.Context(), key(name), obj); err != nil {
			return err
		}
		change(obj)
		return r.Update(r.t.Context(), obj)
	})
}

// barrier deletes a child and waits until it is back, so that everything before has been
// looked at. It returns what the operator wrote since the mark.
func (r *rig) barrier(mark int) []string {
	r.t.Helper()
	var pdb policyv1.PodDisruptionBudget
	if err := r.Get(r.t.Context(), key("observability-collector"), &pdb); err != nil {
		r.t.Fatal(err)
	}
	if err := r.Delete(r.t.Context(), &pdb); err != nil {
		r.t.Fatal(err)
	}
	r.eventually("the deleted child is back", func() error {
		var again policyv1.PodDisruptionBudget
		err := r.Get(r.t.Context(), key("observability-collector"), &again)
		if err == nil && again.UID == pdb.UID {
			err = errors.New("it has not gone")
		}
		return err
	})
	var wrote []string
	r.eventually("the audit log has it", func() error {
		wrote = r.writes()[mark:]
		if !slices.ContainsFunc(wrote, func(w string) bool { return strings.HasPrefix(w, "patch poddisruptionbudgets/ ") }) {
			return fmt.Errorf("it has %q", wrote)
		}
		return nil
	})
	return wrote
}

func TestChildren(t *testing.T) {
	r := newRig(t)
	r.namespace(eks)
	r.operator("--enable-webhooks=false")
	r.create(fmt.Appendf(nil, observability, "observability", eks))
	r.condition("observability", controller.ConfigValid, metav1.ConditionTrue, "")

	var deployment appsv1.Deployment
	r.eventually("the Deployment appears", func() error { return r.Get(t.Context(), key("observability-collector"), &deployment) })
	var service corev1.Service
	if err := r.Get(t.Context(), key("observability-collector"), &service); err != nil {
		t.Fatal(err)
	}
	var ports []string
	for _, p := range service.Spec.Ports {
		ports = append(ports, fmt.Sprintf("%d/%s", p.Port, p.Protocol))
	}
	slices.Sort(ports)
	if want := []string{"2000/TCP", "2000/UDP", "4317/TCP", "4318/TCP"}; !slices.Equal(ports, want) {
		t.Errorf("the Service has %v, want %v", ports, want)
	}

	t.Run("the status is that of the workload", func(t *testing.T) {
		deployment.Status = appsv1.DeploymentStatus{ObservedGeneration: deployment.Generation, Replicas: 1, UpdatedReplicas: 1, ReadyReplicas: 1, AvailableReplicas: 1}
		if err := r.Status().Update(t.Context(), &deployment); err != nil {
			t.Fatal(err)
		}
		r.condition("observability", controller.Ready, metav1.ConditionTrue, "")
		if s := r.collector("observability").Status; s.Scale.StatusReplicas != "1/1" || s.Image != "example.test/collector:v1" || s.Version == "" {
			t.Errorf("the status is %+v", s)
		}
	})

	t.Run("nothing is written at rest", func(t *testing.T) {
		r.barrier(0)
		mark := len(r.writes())
		for i := range 20 {
			edit(r, &appsv1.Deployment{}, "observability-collector", func(d *appsv1.Deployment) {
				metav1.SetMetaDataLabel(&d.ObjectMeta, "example.test/touched", strconv.Itoa(i))
			})
		}
		if got := r.barrier(mark); len(got) != 1 {
			t.Errorf("at rest the operator wrote:\n%s", strings.Join(got, "\n"))
		}
	})

	t.Run("edits of others are taken back, and what is theirs is left", func(t *testing.T) {
		edit(r, &appsv1.Deployment{}, "observability-collector", func(d *appsv1.Deployment) {
			d.Spec.Template.Spec.Containers[0].Image = "example.test/other:v2"
			d.Spec.Replicas = ptr.To[int32](7)
			d.Labels["example.test/theirs"] = "yes"
		})
		r.eventually("the image and the replicas are healed", func() error {
			var d appsv1.Deployment
			if err := r.Get(t.Context(), key("observability-collector"), &d); err != nil {
				return err
			}
			if d.Spec.Template.Spec.Containers[0].Image != "example.test/collector:v1" || *d.Spec.Replicas != 1 || d.Labels["example.test/theirs"] != "yes" {
				return fmt.Errorf("it is %s, %d, %v", d.Spec.Template.Spec.Containers[0].Image, *d.Spec.Replicas, d.Labels)
			}
			return nil
		})
	})

	t.Run("a deleted child is created again", func(t *testing.T) {
		var before appsv1.Deployment
		if err := r.Get(t.Context(), key("observability-collector"), &before); err != nil {
			t.Fatal(err)
		}
		if err := r.Delete(t.Context(), &before); err != nil {
			t.Fatal(err)
		}
		r.eventually("the deleted Deployment is back", func() error {
			var d appsv1.Deployment
			if err := r.Get(t.Context(), key("observability-collector"), &d); err != nil {
				return err
			}
			if d.UID == before.UID {
				return errors.New("it has not gone")
			}
			return nil
		})
	})

	t.Run("a new configuration keeps the old ConfigMaps", func(t *testing.T) {
		for i := range 6 {
			edit(r, &v1beta1.OpenTelemetryCollector{}, "observability", func(cr *v1beta1.OpenTelemetryCollector) {
				batch, _ := cr.Spec.Config.Processors.Values["batch"].(map[string]any)
				batch["timeout"] = fmt.Sprintf("%ds", i+2)
			})
			r.condition("observability", controller.ConfigValid, metav1.ConditionTrue, "")
		}
		r.eventually("the newest four ConfigMaps are kept", func() error {
			var list corev1.ConfigMapList
			if err := r.List(t.Context(), &list, client.InNamespace(eks), client.MatchingLabels{"app.kubernetes.io/managed-by": "opentelemetry-operator"}); err != nil {
				return err
			}
			if len(list.Items) != 4 {
				return fmt.Errorf("there are %d", len(list.Items))
			}
			return nil
		})
	})

	t.Run("with a bad configuration the old collector stays", func(t *testing.T) {
		var before appsv1.Deployment
		if err := r.Get(t.Context(), key("observability-collector"), &before); err != nil {
			t.Fatal(err)
		}
		edit(r, &v1beta1.OpenTelemetryCollector{}, "observability", func(cr *v1beta1.OpenTelemetryCollector) {
			cr.Spec.Config.Receivers.Values["nosuch"] = map[string]any{}
		})
		r.condition("observability", controller.ConfigValid, metav1.ConditionFalse, `no receiver of type "nosuch"`)
		var after appsv1.Deployment
		if err := r.Get(t.Context(), key("observability-collector"), &after); err != nil {
			t.Fatal(err)
		}
		if after.Generation != before.Generation || after.UID != before.UID {
			t.Error("the workload was changed")
		}
		edit(r, &v1beta1.OpenTelemetryCollector{}, "observability", func(cr *v1beta1.OpenTelemetryCollector) {
			delete(cr.Spec.Config.Receivers.Values, "nosuch")
		})
		r.condition("observability", controller.ConfigValid, metav1.ConditionTrue, "")
	})

	t.Run("an unmanaged collector is left alone", func(t *testing.T) {
		edit(r, &v1beta1.OpenTelemetryCollector{}, "observability", func(cr *v1beta1.OpenTelemetryCollector) {
			cr.Spec.ManagementState = v1beta1.ManagementStateUnmanaged
			cr.Spec.Replicas = ptr.To[int32](3)
		})
		edit(r, &v1beta1.OpenTelemetryCollector{}, "observability", func(cr *v1beta1.OpenTelemetryCollector) {
			cr.Spec.ManagementState = v1beta1.ManagementStateManaged
		})
		r.eventually("a managed one is not", func() error {
			var d appsv1.Deployment
			if err := r.Get(t.Context(), key("observability-collector"), &d); err != nil {
				return err
			}
			if *d.Spec.Replicas != 3 {
				return fmt.Errorf("it has %d replicas", *d.Spec.Replicas)
			}
			return nil
		})
	})
}

// TestUpgradeWithoutChanges starts a newer operator: collectors that need no other words get
// what is new in it all the same.
func TestUpgradeWithoutChanges(t *testing.T) {
	r := newRig(t)
	r.namespace(eks)
	old := r.operator("--enable-webhooks=false", "--collector-version=0.154.0")
	r.create(fmt.Appendf(nil, observability, "observability", eks))
	r.condition("observability", controller.ConfigValid, metav1.ConditionTrue, "")
	r.eventually("the old operator is done", func() error {
		if err := r.Get(t.Context(), key("observability-collector"), &appsv1.Deployment{}); err != nil {
			return err
		}
		if got := r.collector("observability").Status.Version; got != "0.154.0" {
			return fmt.Errorf("the version is %s", got)
		}
		return nil
	})
	old.stop(t)
	r.operator("--enable-webhooks=false", "--collector-image=example.test/collector:v2")
	r.eventually("the new one has its way", func() error {
		var d appsv1.Deployment
		if err := r.Get(t.Context(), key("observability-collector"), &d); err != nil {
			return err
		}
		if image := d.Spec.Template.Spec.Containers[0].Image; image != "example.test/collector:v2" {
			return fmt.Errorf("the image is %s", image)
		}
		return nil
	})
}

// TestStuckRolloutKeepsItsConfig: the pods that still run may be restarted, whatever has been
// tried since.
func TestStuckRolloutKeepsItsConfig(t *testing.T) {
	r := newRig(t)
	r.namespace(eks)
	r.operator("--enable-webhooks=false")
	r.create(fmt.Appendf(nil, observability, "observability", eks))
	var d appsv1.Deployment
	r.eventually("the Deployment appears", func() error { return r.Get(t.Context(), key("observability-collector"), &d) })
	pod := &corev1.Pod{ObjectMeta: d.Spec.Template.ObjectMeta, Spec: d.Spec.Template.Spec}
	pod.Namespace, pod.Name = eks, "observability-collector-old"
	if err := r.Create(t.Context(), pod); err != nil {
		t.Fatal(err)
	}
	first := d.Spec.Template.Spec.Volumes[0].ConfigMap.Name
	names := func() ([]string, error) {
		var list corev1.ConfigMapList
		err := r.List(t.Context(), &list, client.InNamespace(eks), client.MatchingLabels{"app.kubernetes.io/managed-by": "opentelemetry-operator"})
		var out []string
		for _, cm := range list.Items {
			out = append(out, cm.Name)
		}
		return out, err
	}
	for i := range 6 {
		edit(r, &v1beta1.OpenTelemetryCollector{}, "observability", func(cr *v1beta1.OpenTelemetryCollector) {
			batch, _ := cr.Spec.Config.Processors.Values["batch"].(map[string]any)
			batch["timeout"] = fmt.Sprintf("%ds", i+2)
		})
		r.condition("observability", controller.ConfigValid, metav1.ConditionTrue, "")
	}
	r.eventually("four are kept, and that of the old pod", func() error {
		have, err := names()
		if err == nil && (len(have) != 5 || !slices.Contains(have, first)) {
			err = fmt.Errorf("there are %q, the first was %s", have, first)
		}
		return err
	})
	if err := r.Delete(t.Context(), pod, client.GracePeriodSeconds(0)); err != nil {
		t.Fatal(err)
	}
	r.eventually("it goes after the pod", func() error {
		have, err := names()
		if err == nil && len(have) != 4 {
			err = fmt.Errorf("there are %q", have)
		}
		return err
	})
}

// needsPods is a collector that has to read pods, by a ClusterRole.
func needsPods(name, namespace string) []byte {
	text := strings.Replace(fmt.Sprintf(observability, name, namespace), "processors: {batch: ", "processors: {k8s_attributes: {}, batch: ", 1)
	return []byte(strings.Replace(text, "processors: [batch]", "processors: [k8s_attributes, batch]", 1))
}

// TestClusterRolesOfOthers makes two collectors whose ClusterRoles would have one name, and one
// that would take a ClusterRole of the cluster: nobody gets what is not his.
func TestClusterRolesOfOthers(t *testing.T) {
	r := newRig(t)
	for _, namespace := range []string{eks, "eks", "system"} {
		r.namespace(namespace)
	}
	r.operator("--enable-webhooks=false")
	theirs := &rbacv1.ClusterRole{ObjectMeta: metav1.ObjectMeta{Name: "cloud-system-cluster-role"}, Rules: []rbacv1.PolicyRule{{
		Verbs: []string{"list"}, APIGroups: []string{""}, Resources: []string{"nodes"},
	}}}
	if err := r.Create(t.Context(), theirs); err != nil {
		t.Fatal(err)
	}
	r.create(needsPods("a", eks)) // a-aws-otel-eks-cluster-role
	var role rbacv1.ClusterRole
	r.eventually("the first has its role", func() error { return r.Get(t.Context(), client.ObjectKey{Name: "a-aws-otel-eks-cluster-role"}, &role) })
	r.create(needsPods("a-aws-otel", "eks"))
	r.create(needsPods("cloud", "system"))
	for name, namespace := range map[string]string{"a-aws-otel": "eks", "cloud": "system"} {
		r.eventually("it is told that the name is taken", func() error {
			var cr v1beta1.OpenTelemetryCollector
			if err := r.Get(t.Context(), client.ObjectKey{Namespace: namespace, Name: name}, &cr); err != nil {
				return err
			}
			c := meta.FindStatusCondition(cr.Status.Conditions, controller.Ready)
			if c == nil || c.Reason != "ReconcileError" || !strings.Contains(c.Message, "it belongs to another") {
				return fmt.Errorf("it is %+v", c)
			}
			return nil
		})
	}
	for name, want := range map[string]types.UID{role.Name: role.UID, theirs.Name: theirs.UID} {
		var now rbacv1.ClusterRole
		if err := r.Get(t.Context(), client.ObjectKey{Name: name}, &now); err != nil {
			t.Fatal(err)
		}
		before := map[string]string{role.Name: role.ResourceVersion, theirs.Name: theirs.ResourceVersion}[name]
		if now.UID != want || now.ResourceVersion != before {
			t.Errorf("%s was written by another: %+v", name, now.Labels)
		}
	}
	// With the first gone the name is free.
	if err := r.Delete(t.Context(), r.collector("a")); err != nil {
		t.Fatal(err)
	}
	r.eventually("the second gets the name", func() error {
		var now rbacv1.ClusterRole
		if err := r.Get(t.Context(), client.ObjectKey{Name: role.Name}, &now); err != nil {
			return err
		}
		if now.UID == role.UID {
			return errors.New("it is still the first's")
		}
		return nil
	})
}

func TestClusterRolesAreTakenAway(t *testing.T) {
	r := newRig(t)
	r.namespace(eks)
	r.operator("--enable-webhooks=false")
	cr := &v1beta1.OpenTelemetryCollector{}
	r.create([]byte(strings.Replace(fmt.Sprintf(observability, "observability", eks), "receivers:\n", "receivers:\n      prometheus: {config: {scrape_configs: [{job_name: pods, kubernetes_sd_configs: [{role: pod}]}]}}\n", 1)))
	edit(r, cr, "observability", func(cr *v1beta1.OpenTelemetryCollector) {
		cr.Spec.Config.Service.Pipelines["metrics"] = &v1beta1.Pipeline{Receivers: []string{"prometheus"}, Exporters: []string{"debug"}}
		cr.Spec.Config.Exporters.Values["debug"] = map[string]any{}
	})
	var roles rbacv1.ClusterRoleList
	bindings := client.MatchingLabels{"app.kubernetes.io/instance": eks + ".observability"}
	r.eventually("the ClusterRole appears", func() error {
		if err := r.List(t.Context(), &roles, bindings); err != nil {
			return err
		}
		if len(roles.Items) != 1 {
			return fmt.Errorf("there are %d", len(roles.Items))
		}
		return nil
	})
	if !slices.Contains(r.collector("observability").Finalizers, controller.Finalizer) {
		t.Error("the collector has no finalizer")
	}
	if err := r.Delete(t.Context(), r.collector("observability")); err != nil {
		t.Fatal(err)
	}
	r.eventually("nothing is left", func() error {
		if err := r.List(t.Context(), &roles, bindings); err != nil {
			return err
		}
		err := r.Get(t.Context(), key("observability"), cr)
		if err == nil {
			err = errors.New("it is still there")
		}
		if !apierrors.IsNotFound(err) || len(roles.Items) > 0 {
			return fmt.Errorf("%d roles are left, the collector: %w", len(roles.Items), err)
		}
		return nil
	})
}

func TestOutage(t *testing.T) {
	r := newRig(t)
	r.namespace(eks)
	p := r.operator("--enable-webhooks=false")
	r.create(fmt.Appendf(nil, observability, "observability", eks))
	r.condition("observability", controller.ConfigValid, metav1.ConditionTrue, "")
	r.apiserver.kill()
	r.apiserver = start(t, r.dir, r.program, nil, r.args...)
	r.ready()
	edit(r, &v1beta1.OpenTelemetryCollector{}, "observability", func(cr *v1beta1.OpenTelemetryCollector) { cr.Spec.Replicas = ptr.To[int32](2) })
	r.eventually("the operator goes on", func() error {
		select {
		case <-p.done:
			t.Fatalf("the operator ended:\n%s", p.tail())
		default:
		}
		var d appsv1.Deployment
		if err := r.Get(t.Context(), key("observability-collector"), &d); err != nil {
			return err
		}
		if *d.Spec.Replicas != 2 {
			return fmt.Errorf("it has %d replicas", *d.Spec.Replicas)
		}
		return nil
	})
}
