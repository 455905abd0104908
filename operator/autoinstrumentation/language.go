package autoinstrumentation

import (
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"

	"github.com/radiograph/radiograph/operator/api/v1alpha1"
)

// Language is what can be asked for with the annotation
// instrumentation.opentelemetry.io/inject-LANGUAGE.
type Language string

// The languages, in the order in which they are injected.
const (
	Java        Language = "java"
	NodeJS      Language = "nodejs"
	Python      Language = "python"
	DotNet      Language = "dotnet"
	Go          Language = "go"
	ApacheHttpd Language = "apache-httpd"
	Nginx       Language = "nginx"
	// SDK gives an application that has an OpenTelemetry SDK the environment alone.
	SDK Language = "sdk"
)

// Languages are all of them, in the order in which they are injected.
func Languages() []Language {
	return []Language{Java, NodeJS, Python, DotNet, Go, ApacheHttpd, Nginx, SDK}
}

// Key is the annotation that asks for the language.
func (l Language) Key() string { return prefix + "inject-" + string(l) }

// agent is how the instrumentation of a language gets into a container.
type agent struct {
	language  Language
	image     string
	env       []corev1.EnvVar
	resources corev1.ResourceRequirements
	volume    corev1.PersistentVolumeClaimTemplate
	size      *resource.Quantity
	// command copies the instrumentation out of its image.
	command []string
	// load gives the container the variables that load the instrumentation from a directory.
	load func(c *corev1.Container, dir string)
	// needs are the variables that load changes, which must have plain values.
	needs []string
	// perContainer says that the directory in the container has the container's name in it.
	perContainer bool
}

// name is that of the init container and of the volume.
func (a *agent) name() string { return "opentelemetry-auto-instrumentation-" + string(a.language) }

// source is where the instrumentation is mounted in the init container.
func (a *agent) source() string { return "/otel-auto-instrumentation-" + string(a.language) }

// dir is where it is mounted in an application's container.
func (a *agent) dir(c *corev1.Container) string {
	if a.perContainer {
		return a.source() + "-" + c.Name
	}
	return a.source()
}

// agentOf returns the agent of a language that is copied from an image. Go and the SDK have none.
func (i *injector) agentOf(language Language) *agent {
	spec := &i.spec
	switch language {
	case Java:
		return javaAgent(spec.Java)
	case NodeJS:
		return nodeAgent(spec.NodeJS)
	case Python:
		return pythonAgent(spec.Python, annotation(i.pod, i.namespace.Annotations, prefix+"otel-python-platform"))
	case DotNet:
		return dotNetAgent(spec.DotNet, annotation(i.pod, i.namespace.Annotations, prefix+"otel-dotnet-auto-runtime"))
	}
	return nil
}

// javaAgent is the Java agent.
func javaAgent(spec v1alpha1.Java) *agent {
	extensions := len(spec.Extensions) > 0
	return &agent{
		language: Java, image: spec.Image, env: spec.Env, resources: spec.Resources, volume: spec.VolumeClaimTemplate, size: spec.VolumeSizeLimit,
		command:      []string{"cp", "/javaagent.jar", "/otel-auto-instrumentation-java/javaagent.jar"},
		needs:        []string{"JAVA_TOOL_OPTIONS"},
		perContainer: true,
		load: func(c *corev1.Container, dir string) {
			extend(c, "JAVA_TOOL_OPTIONS", func(old string) string {
				options := old + " -javaagent:" + dir + "/javaagent.jar"
				if extensions {
					options += " -Dotel.javaagent.extensions=" + dir + "/extensions"
				}
				return options
			})
		},
	}
}

// nodeAgent is a module that Node.js loads before the application.
func nodeAgent(spec v1alpha1.NodeJS) *agent {
	return &agent{
		language: NodeJS, image: spec.Image, env: spec.Env, resources: spec.Resources, volume: spec.VolumeClaimTemplate, size: spec.VolumeSizeLimit,
		command: []string{"cp", "-r", "/autoinstrumentation/.", "/otel-auto-instrumentation-nodejs"},
		needs:   []string{"NODE_OPTIONS"},
		load: func(c *corev1.Container, dir string) {
			extend(c, "NODE_OPTIONS", func(old string) string { return old + " --require " + dir + "/autoinstrumentation.js" })
			setDefault(c, value("OTEL_METRICS_EXPORTER", "otlp"))
		},
	}
}

// pythonAgent is packages that Python finds before the application's.
func pythonAgent(spec v1alpha1.Python, platform string) *agent {
	from := "/autoinstrumentation/."
	if platform == "musl" {
		from = "/autoinstrumentation-musl/."
	}
	return &agent{
		language: Python, image: spec.Image, env: spec.Env, resources: spec.Resources, volume: spec.VolumeClaimTemplate, size: spec.VolumeSizeLimit,
		command: []string{"cp", "-r", from, "/otel-auto-instrumentation-python"},
		needs:   []string{"PYTHONPATH"},
		load: func(c *corev1.Container, dir string) {
			extend(c, "PYTHONPATH", func(old string) string {
				if old != "" {
					old += ":"
				}
				return dir + "/opentelemetry/instrumentation/auto_instrumentation:" + old + dir
			})
			setDefault(c,
				value("OTEL_EXPORTER_OTLP_PROTOCOL", "http/protobuf"),
				value("OTEL_TRACES_EXPORTER", "otlp"),
				value("OTEL_METRICS_EXPORTER", "otlp"),
				value("OTEL_LOGS_EXPORTER", "otlp"))
		},
	}
}

// dotNetAgent is a profiler that the .NET runtime loads.
func dotNetAgent(spec v1alpha1.DotNet, runtime string) *agent {
	library := "linux-x64"
	if runtime == "linux-musl-x64" {
		library = runtime
	}
	return &agent{
		language: DotNet, image: spec.Image, env: spec.Env, resources: spec.Resources, volume: spec.VolumeClaimTemplate, size: spec.VolumeSizeLimit,
		command: []string{"cp", "-r", "/autoinstrumentation/.", "/otel-auto-instrumentation-dotnet"},
		needs:   []string{"DOTNET_STARTUP_HOOKS", "DOTNET_ADDITIONAL_DEPS", "DOTNET_SHARED_STORE"},
		load: func(c *corev1.Container, dir string) {
			setDefault(c,
				value("CORECLR_ENABLE_PROFILING", "1"),
				value("CORECLR_PROFILER", "{918728DD-259F-4A6A-AC2B-B85E1B658318}"),
				value("CORECLR_PROFILER_PATH", dir+"/"+library+"/OpenTelemetry.AutoInstrumentation.Native.so"))
			for name, part := range map[string]string{
				"DOTNET_STARTUP_HOOKS":   dir + "/net/OpenTelemetry.AutoInstrumentation.StartupHook.dll",
				"DOTNET_ADDITIONAL_DEPS": dir + "/AdditionalDeps",
				"DOTNET_SHARED_STORE":    dir + "/store",
			} {
				extend(c, name, func(old string) string {
					if old == "" {
						return part
					}
					return old + ":" + part
				})
			}
			setDefault(c, value("OTEL_DOTNET_AUTO_HOME", dir))
		},
	}
}
