package manifest_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/util/intstr"

	"github.com/radiograph/radiograph/operator/api/v1beta1"
	"github.com/radiograph/radiograph/operator/manifest"
)

// TestDrain looks at how a pod ends: it waits while senders are led elsewhere, and has time
// left for its queues.
func TestDrain(t *testing.T) {
	seconds := func(n int64) *int64 { return &n }
	mine := &corev1.LifecycleHandler{HTTPGet: &corev1.HTTPGetAction{Path: "/bye", Port: intstr.FromInt32(13133)}}
	for _, tc := range []struct {
		name   string
		old    bool // a cluster that has no sleep
		change func(*v1beta1.OpenTelemetryCollectorSpec)
		wait   int64 // 0 for no sleep
		grace  int64
	}{
		{"by itself", false, func(*v1beta1.OpenTelemetryCollectorSpec) {}, 10, 60},
		{"an old cluster", true, func(*v1beta1.OpenTelemetryCollectorSpec) {}, 0, 60},
		{"little time", false, func(s *v1beta1.OpenTelemetryCollectorSpec) { s.TerminationGracePeriodSeconds = seconds(8) }, 4, 8},
		{"no time", false, func(s *v1beta1.OpenTelemetryCollectorSpec) { s.TerminationGracePeriodSeconds = seconds(0) }, 0, 0},
		{"much time", false, func(s *v1beta1.OpenTelemetryCollectorSpec) { s.TerminationGracePeriodSeconds = seconds(600) }, 10, 600},
		{"the user's own end", false, func(s *v1beta1.OpenTelemetryCollectorSpec) { s.Lifecycle = &corev1.Lifecycle{PreStop: mine} }, 0, 60},
		{"the user's own start", false, func(s *v1beta1.OpenTelemetryCollectorSpec) { s.Lifecycle = &corev1.Lifecycle{PostStart: mine} }, 10, 60},
		{"nobody sends", false, func(s *v1beta1.OpenTelemetryCollectorSpec) {
			s.Config.Receivers.Values["hostmetrics"] = nil
			s.Config.Service.Pipelines = map[string]*v1beta1.Pipeline{"metrics": {Receivers: []string{"hostmetrics"}, Exporters: []string{"awsxray"}}}
		}, 0, 60},
	} {
		t.Run(tc.name, func(t *testing.T) {
			opts := options()
			opts.PreStopSleep = !tc.old
			cr := collector(t, tc.change)
			objects, _ := build(t, cr, opts)
			pod := find[*appsv1.Deployment](t, objects).Spec.Template.Spec
			if *pod.TerminationGracePeriodSeconds != tc.grace {
				t.Errorf("the pod has %d s to stop, want %d", *pod.TerminationGracePeriodSeconds, tc.grace)
			}
			var want *corev1.Lifecycle
			if said := cr.Spec.Lifecycle; said != nil {
				want = said.DeepCopy()
			}
			if tc.wait > 0 {
				if want == nil {
					want = &corev1.Lifecycle{}
				}
				want.PreStop = &corev1.LifecycleHandler{Sleep: &corev1.SleepAction{Seconds: tc.wait}}
			}
			if diff := cmp.Diff(want, pod.Containers[0].Lifecycle); diff != "" {
				t.Errorf("the hooks differ: %s", diff)
			}
		})
	}
}

// TestSidecarHasTheUsersHooksAlone: its senders are in the same pod, and end with it.
func TestSidecarHasTheUsersHooksAlone(t *testing.T) {
	parts, _, err := manifest.Sidecar(manifest.Params{Options: options(), Collector: load(t, "sidecar")}, nil)
	if err != nil {
		t.Fatal(err)
	}
	if parts.Container.Lifecycle != nil {
		t.Errorf("the sidecar has the hooks %+v", parts.Container.Lifecycle)
	}
}

func TestStrategies(t *testing.T) {
	hostPath := func(readOnly bool) func(*v1beta1.OpenTelemetryCollectorSpec) {
		return func(s *v1beta1.OpenTelemetryCollectorSpec) {
			s.Volumes = []corev1.Volume{{Name: "node", VolumeSource: corev1.VolumeSource{HostPath: &corev1.HostPathVolumeSource{Path: "/var/lib/queue"}}}}
			s.VolumeMounts = []corev1.VolumeMount{{Name: "node", MountPath: "/queue", ReadOnly: readOnly}}
		}
	}
	two := intstr.FromInt32(2)
	for _, tc := range []struct {
		name               string
		change             func(*v1beta1.OpenTelemetryCollectorSpec)
		deployment, daemon string // type, maxUnavailable, maxSurge
	}{
		{"by themselves", func(*v1beta1.OpenTelemetryCollectorSpec) {}, "RollingUpdate 0 25%", "RollingUpdate 0 1"},
		{"the node's network", func(s *v1beta1.OpenTelemetryCollectorSpec) { s.HostNetwork = true }, "RollingUpdate 25% 25%", "RollingUpdate 1 0"},
		{"a port of the node", func(s *v1beta1.OpenTelemetryCollectorSpec) {
			s.Ports = []v1beta1.PortsSpec{{ServicePort: corev1.ServicePort{Name: "xray", Port: 2000, Protocol: corev1.ProtocolUDP}, HostPort: 2000}}
		}, "RollingUpdate 25% 25%", "RollingUpdate 1 0"},
		{"files of the node", hostPath(false), "RollingUpdate 0 25%", "RollingUpdate 1 0"},
		{"files of the node to read", hostPath(true), "RollingUpdate 0 25%", "RollingUpdate 0 1"},
		{"another type", func(s *v1beta1.OpenTelemetryCollectorSpec) {
			s.DeploymentUpdateStrategy.Type = appsv1.RecreateDeploymentStrategyType
			s.DaemonSetUpdateStrategy.Type = appsv1.OnDeleteDaemonSetStrategyType
		}, "Recreate", "OnDelete"},
		{"the type without its numbers", func(s *v1beta1.OpenTelemetryCollectorSpec) {
			s.DeploymentUpdateStrategy.Type = appsv1.RollingUpdateDeploymentStrategyType
			s.DaemonSetUpdateStrategy.Type = appsv1.RollingUpdateDaemonSetStrategyType
		}, "RollingUpdate 25% 25%", "RollingUpdate"},
		{"the user's numbers", func(s *v1beta1.OpenTelemetryCollectorSpec) {
			s.DeploymentUpdateStrategy.RollingUpdate = &appsv1.RollingUpdateDeployment{MaxUnavailable: &two, MaxSurge: &two}
			s.DaemonSetUpdateStrategy.RollingUpdate = &appsv1.RollingUpdateDaemonSet{MaxUnavailable: &two, MaxSurge: &two}
		}, " 2 2", " 2 2"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			objects, _ := build(t, collector(t, tc.change), options())
			deployment := find[*appsv1.Deployment](t, objects).Spec.Strategy
			got := string(deployment.Type)
			if r := deployment.RollingUpdate; r != nil {
				got += " " + r.MaxUnavailable.String() + " " + r.MaxSurge.String()
			}
			if got != tc.deployment {
				t.Errorf("the Deployment's strategy is %q, want %q", got, tc.deployment)
			}
			objects, _ = build(t, collector(t, func(s *v1beta1.OpenTelemetryCollectorSpec) { s.Mode = v1beta1.ModeDaemonSet; tc.change(s) }), options())
			daemon := find[*appsv1.DaemonSet](t, objects).Spec.UpdateStrategy
			got = string(daemon.Type)
			if r := daemon.RollingUpdate; r != nil {
				got += " " + r.MaxUnavailable.String() + " " + r.MaxSurge.String()
			}
			if got != tc.daemon {
				t.Errorf("the DaemonSet's strategy is %q, want %q", got, tc.daemon)
			}
		})
	}
}

// TestReadyBeforeTheOldGoes: without health_check a pod counts once a receiver listens, or once
// it has run for a while.
func TestReadyBeforeTheOldGoes(t *testing.T) {
	otlp := func(grpc map[string]any) func(*v1beta1.OpenTelemetryCollectorSpec) {
		return func(s *v1beta1.OpenTelemetryCollectorSpec) {
			s.Config.Service.Extensions = nil
			s.Config.Receivers.Values["otlp"] = map[string]any{"protocols": map[string]any{"grpc": grpc}}
			s.Config.Service.Pipelines["traces"].Receivers = []string{"otlp"}
		}
	}
	for _, tc := range []struct {
		name    string
		change  func(*v1beta1.OpenTelemetryCollectorSpec)
		port    int32 // of the TCP probe, 0 for none
		settled int32
	}{
		{"its own port", otlp(map[string]any{}), 4317, 0},
		{"another port", otlp(map[string]any{"endpoint": "0.0.0.0:5000"}), 5000, 0},
		{"the pod alone", otlp(map[string]any{"endpoint": "localhost:4317"}), 0, 10},
		{"an unknown address", otlp(map[string]any{"endpoint": "${env:ADDRESS}:4317"}), 0, 10},
		{"an unknown port", otlp(map[string]any{"endpoint": "0.0.0.0:${env:PORT}"}), 0, 10},
		{"a socket", otlp(map[string]any{"endpoint": "/run/otlp.sock", "transport": "unix"}), 0, 10},
		{"TLS", otlp(map[string]any{"tls": map[string]any{"cert_file": "/tls.crt"}}), 0, 10},
	} {
		t.Run(tc.name, func(t *testing.T) {
			objects, _ := build(t, collector(t, tc.change), options())
			d := find[*appsv1.Deployment](t, objects)
			c := d.Spec.Template.Spec.Containers[0]
			if c.LivenessProbe != nil || c.StartupProbe != nil {
				t.Error("what does not answer is killed")
			}
			var port int32
			if c.ReadinessProbe != nil {
				port = c.ReadinessProbe.TCPSocket.Port.IntVal
			}
			if port != tc.port || d.Spec.MinReadySeconds != tc.settled {
				t.Errorf("the probe is of port %d, and pods settle for %d s; want %d and %d", port, d.Spec.MinReadySeconds, tc.port, tc.settled)
			}
		})
	}
}
