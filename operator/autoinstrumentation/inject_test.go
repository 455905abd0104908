package autoinstrumentation

import (
	"slices"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/utils/ptr"

	"github.com/radiograph/radiograph/operator/api/v1alpha1"
)

// pod returns a pod with one container, changed by each of the functions.
func pod(changes ...func(*corev1.Pod)) *corev1.Pod {
	p := &corev1.Pod{Spec: corev1.PodSpec{Containers: []corev1.Container{{Name: "app", Image: "host:5000/shop/app:1.4"}}}}
	for _, change := range changes {
		change(p)
	}
	return p
}

// instrumentation returns one that sends to a collector in X-Ray's way.
func instrumentation() *v1alpha1.Instrumentation {
	return &v1alpha1.Instrumentation{Spec: v1alpha1.InstrumentationSpec{
		Exporter:    v1alpha1.Exporter{Endpoint: "http://observability-collector.aws-otel-eks:4318"},
		Propagators: []v1alpha1.Propagator{v1alpha1.TraceContext, v1alpha1.Baggage, v1alpha1.XRay},
		Sampler:     v1alpha1.Sampler{Type: v1alpha1.XRaySampler, Argument: "endpoint=http://observability-collector.aws-otel-eks:2000"},
		Java:        v1alpha1.Java{Image: "radiograph/autoinstrumentation-java:1"},
		NodeJS:      v1alpha1.NodeJS{Image: "radiograph/autoinstrumentation-nodejs:1"},
		Python:      v1alpha1.Python{Image: "radiograph/autoinstrumentation-python:1"},
		DotNet:      v1alpha1.DotNet{Image: "radiograph/autoinstrumentation-dotnet:1"},
		Go:          v1alpha1.Go{Image: "radiograph/autoinstrumentation-go:1"},
	}}
}

// inject injects languages with one Instrumentation.
func inject(p *corev1.Pod, with *v1alpha1.Instrumentation, languages ...Language) []error {
	wanted := map[Language]*v1alpha1.Instrumentation{}
	for _, language := range languages {
		wanted[language] = with
	}
	namespace := &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: "apps"}}
	return Inject(Request{Pod: p, Namespace: namespace, Owners: Owners{Deployment: "shop", ReplicaSet: "shop-5d"}, Wanted: wanted})
}

// env is the value of a variable of a container of the pod.
func env(t *testing.T, p *corev1.Pod, name, variable string) string {
	t.Helper()
	v := find(container(p, name), variable)
	if v == nil {
		t.Fatalf("container %s has no %s", name, variable)
	}
	return v.Value
}

func TestJava(t *testing.T) {
	p := pod(func(p *corev1.Pod) {
		p.Spec.Containers[0].Env = []corev1.EnvVar{{Name: "JAVA_TOOL_OPTIONS", Value: "-Xmx1g"}}
		p.Spec.Containers[0].SecurityContext = &corev1.SecurityContext{RunAsNonRoot: ptr.To(true)}
	})
	with := instrumentation()
	with.Spec.Java.Extensions = []v1alpha1.Extensions{{Image: "extensions:1", Dir: "/ext"}}
	if problems := inject(p, with, Java); len(problems) > 0 {
		t.Fatal(problems)
	}
	want := "-Xmx1g -javaagent:/otel-auto-instrumentation-java-app/javaagent.jar -Dotel.javaagent.extensions=/otel-auto-instrumentation-java-app/extensions"
	if got := env(t, p, "app", "JAVA_TOOL_OPTIONS"); got != want {
		t.Errorf("got %q", got)
	}
	init := container(p, "opentelemetry-auto-instrumentation-java")
	if init == nil || strings.Join(init.Command, " ") != "cp /javaagent.jar /otel-auto-instrumentation-java/javaagent.jar" {
		t.Fatalf("init container: %+v", init)
	}
	if init.SecurityContext == nil || !*init.SecurityContext.RunAsNonRoot {
		t.Error("the init container does not have the security context of its target")
	}
	extension := container(p, "opentelemetry-auto-instrumentation-extension-0")
	if extension == nil || strings.Join(extension.Command, " ") != "cp -r /ext/. /otel-auto-instrumentation-java/extensions" {
		t.Errorf("extension: %+v", extension)
	}
	if limit := p.Spec.Volumes[0].EmptyDir.SizeLimit.String(); limit != "200Mi" {
		t.Errorf("volume of %s", limit)
	}
	if !Injected(p) {
		t.Error("the pod does not count as injected")
	}
}

func TestCommonEnvironment(t *testing.T) {
	p := pod(func(p *corev1.Pod) {
		p.Annotations = map[string]string{"resource.opentelemetry.io/team": "a, b"}
		p.Spec.Containers[0].Env = []corev1.EnvVar{{Name: envAttributes, Value: "service.version=mine"}}
	})
	if problems := inject(p, instrumentation(), NodeJS); len(problems) > 0 {
		t.Fatal(problems)
	}
	for variable, want := range map[string]string{
		"NODE_OPTIONS":                " --require /otel-auto-instrumentation-nodejs/autoinstrumentation.js",
		"OTEL_SERVICE_NAME":           "shop",
		"OTEL_EXPORTER_OTLP_ENDPOINT": "http://observability-collector.aws-otel-eks:4318",
		"OTEL_PROPAGATORS":            "tracecontext,baggage,xray",
		"OTEL_TRACES_SAMPLER":         "xray",
		"OTEL_TRACES_SAMPLER_ARG":     "endpoint=http://observability-collector.aws-otel-eks:2000",
	} {
		if got := env(t, p, "app", variable); got != want {
			t.Errorf("%s is %q, want %q", variable, got, want)
		}
	}
	app := container(p, "app")
	if app.Env[0].Name != "OTEL_NODE_IP" || app.Env[len(app.Env)-1].Name != envAttributes {
		t.Errorf("order of the environment: %v", app.Env)
	}
	want := "service.version=mine,k8s.container.name=app,k8s.deployment.name=shop,k8s.namespace.name=apps," +
		"k8s.node.name=$(OTEL_RESOURCE_ATTRIBUTES_NODE_NAME),k8s.pod.name=$(OTEL_RESOURCE_ATTRIBUTES_POD_NAME),k8s.replicaset.name=shop-5d," +
		"service.instance.id=apps.$(OTEL_RESOURCE_ATTRIBUTES_POD_NAME).app,service.namespace=apps,team=a%2C%20b"
	if got := env(t, p, "app", envAttributes); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

func TestUsersEnvironmentWins(t *testing.T) {
	p := pod(func(p *corev1.Pod) {
		p.Spec.Containers[0].Env = []corev1.EnvVar{
			{Name: "OTEL_SERVICE_NAME", Value: "mine"},
			{Name: "OTEL_TRACES_SAMPLER_ARG", Value: "0.5"},
			{Name: "PYTHONPATH", Value: "/app"},
			{Name: "OTEL_EXPORTER_OTLP_PROTOCOL", Value: "grpc"},
		}
	})
	if problems := inject(p, instrumentation(), Python); len(problems) > 0 {
		t.Fatal(problems)
	}
	dir := "/otel-auto-instrumentation-python"
	if got, want := env(t, p, "app", "PYTHONPATH"), dir+"/opentelemetry/instrumentation/auto_instrumentation:/app:"+dir; got != want {
		t.Errorf("PYTHONPATH is %q, want %q", got, want)
	}
	if env(t, p, "app", "OTEL_SERVICE_NAME") != "mine" || env(t, p, "app", "OTEL_EXPORTER_OTLP_PROTOCOL") != "grpc" {
		t.Error("the user's variables do not win")
	}
	if find(container(p, "app"), "OTEL_TRACES_SAMPLER") != nil {
		t.Error("a sampler was set beside the user's argument")
	}
}

func TestSeveralLanguages(t *testing.T) {
	p := pod(func(p *corev1.Pod) {
		p.Spec.Containers = append(p.Spec.Containers, corev1.Container{Name: "web"})
		p.Annotations = map[string]string{
			"instrumentation.opentelemetry.io/java-container-names":   "app",
			"instrumentation.opentelemetry.io/nodejs-container-names": "web",
		}
	})
	if problems := inject(p, instrumentation(), Java, NodeJS); len(problems) > 0 {
		t.Fatal(problems)
	}
	if find(container(p, "app"), "NODE_OPTIONS") != nil || find(container(p, "web"), "JAVA_TOOL_OPTIONS") != nil {
		t.Error("a container got the other's language")
	}
	names := []string{p.Spec.InitContainers[0].Name, p.Spec.InitContainers[1].Name}
	if !slices.Equal(names, []string{"opentelemetry-auto-instrumentation-java", "opentelemetry-auto-instrumentation-nodejs"}) {
		t.Errorf("init containers %v", names)
	}
}

func TestInitContainerAsTarget(t *testing.T) {
	p := pod(func(p *corev1.Pod) {
		p.Spec.InitContainers = []corev1.Container{{Name: "first"}, {Name: "migrate"}}
		p.Annotations = map[string]string{"instrumentation.opentelemetry.io/container-names": "migrate"}
	})
	if problems := inject(p, instrumentation(), Python); len(problems) > 0 {
		t.Fatal(problems)
	}
	var order []string
	for _, c := range p.Spec.InitContainers {
		order = append(order, c.Name)
	}
	if !slices.Equal(order, []string{"first", "opentelemetry-auto-instrumentation-python", "migrate"}) {
		t.Errorf("init containers %v", order)
	}
}

func TestGo(t *testing.T) {
	p := pod()
	if problems := inject(p, instrumentation(), Go); len(problems) != 1 || !strings.Contains(problems[0].Error(), "otel-go-auto-target-exe") {
		t.Errorf("without a target: %v", problems)
	}
	if len(p.Spec.Containers) != 1 || p.Spec.ShareProcessNamespace != nil {
		t.Error("a pod that could not be instrumented was changed")
	}
	p.Annotations = map[string]string{"instrumentation.opentelemetry.io/otel-go-auto-target-exe": "/app"}
	if problems := inject(p, instrumentation(), Go); len(problems) > 0 {
		t.Fatal(problems)
	}
	if c := container(p, "opentelemetry-auto-instrumentation"); c == nil || !*c.SecurityContext.Privileged || env(t, p, c.Name, "OTEL_GO_AUTO_TARGET_EXE") != "/app" {
		t.Errorf("container %+v", c)
	}
	if !*p.Spec.ShareProcessNamespace {
		t.Error("processes are not shared")
	}
}

func TestProblems(t *testing.T) {
	for name, test := range map[string]struct {
		pod       *corev1.Pod
		change    func(*v1alpha1.Instrumentation)
		languages []Language
		want      string
	}{
		"two languages, one container": {pod(), nil, []Language{Java, NodeJS}, "instrumented for java already"},
		"no such container": {
			pod(func(p *corev1.Pod) {
				p.Annotations = map[string]string{"instrumentation.opentelemetry.io/container-names": "nope"}
			}), nil, []Language{Java}, `no container "nope"`,
		},
		"bad names": {
			pod(func(p *corev1.Pod) {
				p.Annotations = map[string]string{"instrumentation.opentelemetry.io/container-names": "a b"}
			}), nil, []Language{Java}, "commas",
		},
		"value from elsewhere": {
			pod(func(p *corev1.Pod) {
				p.Spec.Containers[0].Env = []corev1.EnvVar{{Name: "NODE_OPTIONS", ValueFrom: &corev1.EnvVarSource{}}}
			}), nil, []Language{NodeJS}, "NODE_OPTIONS",
		},
		"no image": {pod(), func(i *v1alpha1.Instrumentation) { i.Spec.Java.Image = "" }, []Language{Java}, "no image"},
		"nginx":    {pod(), nil, []Language{Nginx}, "web servers"},
		"process namespace": {
			pod(func(p *corev1.Pod) { p.Spec.ShareProcessNamespace = ptr.To(false) }), nil, []Language{Go}, "shareProcessNamespace",
		},
	} {
		with := instrumentation()
		if test.change != nil {
			test.change(with)
		}
		problems := inject(test.pod, with, test.languages...)
		if len(problems) != 1 || !strings.Contains(problems[0].Error(), test.want) {
			t.Errorf("%s: got %v", name, problems)
		}
	}
}

func TestExporterTLS(t *testing.T) {
	with := instrumentation()
	with.Spec.Exporter.TLS = &v1alpha1.TLS{SecretName: "client", ConfigMapName: "ca", CA: "ca.crt", Cert: "tls.crt", Key: "/etc/tls.key"}
	p := pod()
	if problems := inject(p, with, SDK); len(problems) > 0 {
		t.Fatal(problems)
	}
	for variable, want := range map[string]string{
		"OTEL_EXPORTER_OTLP_CERTIFICATE":        "/otel-auto-instrumentation-configmap-ca/ca.crt",
		"OTEL_EXPORTER_OTLP_CLIENT_CERTIFICATE": "/otel-auto-instrumentation-secret-client/tls.crt",
		"OTEL_EXPORTER_OTLP_CLIENT_KEY":         "/etc/tls.key",
	} {
		if got := env(t, p, "app", variable); got != want {
			t.Errorf("%s is %q", variable, got)
		}
	}
	if len(p.Spec.Volumes) != 2 || len(container(p, "app").VolumeMounts) != 2 {
		t.Errorf("volumes %v", p.Spec.Volumes)
	}
}

func TestImageVersion(t *testing.T) {
	for image, want := range map[string]string{
		"app": "", "app:1.2": "1.2", "host:5000/app": "", "host:5000/app:3": "3",
		"app:4@sha256:ab": "4", "app@sha256:ab": "sha256:ab",
	} {
		if got := imageVersion(image); got != want {
			t.Errorf("%s: got %q, want %q", image, got, want)
		}
	}
}
