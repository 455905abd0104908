package webhook

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/equality"
	"k8s.io/apimachinery/pkg/api/resource"
	"sigs.k8s.io/controller-runtime/pkg/webhook/admission"

	"github.com/radiograph/radiograph/operator/api/v1alpha1"
)

// DefaultImageAnnotation returns the annotation that keeps the default image of a language as it
// was when an Instrumentation was written. An image that still is that default follows the
// default of a newer operator; any other image is the user's own.
func DefaultImageAnnotation(language string) string {
	return "instrumentation.opentelemetry.io/default-auto-instrumentation-" + language + "-image"
}

// InstrumentationDefaulter fills in what an Instrumentation does not say.
type InstrumentationDefaulter struct {
	// Images are the default images by language.
	Images map[string]string
}

// language is what the languages of an Instrumentation have in common.
type language struct {
	name, path string // as in annotations, and as in the object
	image      *string
	claim      *corev1.PersistentVolumeClaimTemplate
	size       **resource.Quantity
	resources  *corev1.ResourceRequirements
	request    corev1.ResourceList // the default
}

func languages(spec *v1alpha1.InstrumentationSpec) []language {
	small, large := requests("50m", "64Mi"), requests("50m", "128Mi")
	server := requests("1m", "128Mi")
	java, node, python, dotnet := &spec.Java, &spec.NodeJS, &spec.Python, &spec.DotNet
	golang, apache, nginx := &spec.Go, &spec.ApacheHttpd, &spec.Nginx
	return []language{
		{"java", "java", &java.Image, &java.VolumeClaimTemplate, &java.VolumeSizeLimit, &java.Resources, small},
		{"nodejs", "nodejs", &node.Image, &node.VolumeClaimTemplate, &node.VolumeSizeLimit, &node.Resources, large},
		{"python", "python", &python.Image, &python.VolumeClaimTemplate, &python.VolumeSizeLimit, &python.Resources, small},
		{"dotnet", "dotnet", &dotnet.Image, &dotnet.VolumeClaimTemplate, &dotnet.VolumeSizeLimit, &dotnet.Resources, large},
		{"go", "go", &golang.Image, &golang.VolumeClaimTemplate, &golang.VolumeSizeLimit, &golang.Resources, small},
		{"apache-httpd", "apacheHttpd", &apache.Image, &apache.VolumeClaimTemplate, &apache.VolumeSizeLimit, &apache.Resources, server},
		{"nginx", "nginx", &nginx.Image, &nginx.VolumeClaimTemplate, &nginx.VolumeSizeLimit, &nginx.Resources, server},
	}
}

func requests(cpu, memory string) corev1.ResourceList {
	return corev1.ResourceList{corev1.ResourceCPU: resource.MustParse(cpu), corev1.ResourceMemory: resource.MustParse(memory)}
}

// Default changes the object. Limits of resources are 500m of CPU and 256Mi, or 128Mi for the
// web servers.
func (d *InstrumentationDefaulter) Default(_ context.Context, i *v1alpha1.Instrumentation) error {
	for _, l := range languages(&i.Spec) {
		image := d.Images[l.name]
		if image != "" && *l.image == "" {
			*l.image = image
			if i.Annotations == nil {
				i.Annotations = map[string]string{}
			}
			i.Annotations[DefaultImageAnnotation(l.name)] = image
		}
		if l.resources.Requests == nil {
			l.resources.Requests = l.request
		}
		if l.resources.Limits == nil {
			l.resources.Limits = requests("500m", "256Mi")
			if l.name == "apache-httpd" || l.name == "nginx" {
				l.resources.Limits = requests("500m", "128Mi")
			}
		}
	}
	setDefault(&i.Spec.ApacheHttpd.Version, "2.4")
	setDefault(&i.Spec.ApacheHttpd.ConfigPath, "/usr/local/apache2/conf")
	setDefault(&i.Spec.Nginx.ConfigFile, "/etc/nginx/nginx.conf")
	return nil
}

// InstrumentationValidator refuses Instrumentations that cannot work.
type InstrumentationValidator struct {
	// UpgradeBlocked maps a language to images that must not be upgraded, and why.
	UpgradeBlocked map[string]map[string]string
}

// ValidateCreate checks a new Instrumentation.
func (v *InstrumentationValidator) ValidateCreate(_ context.Context, i *v1alpha1.Instrumentation) (admission.Warnings, error) {
	f := &findings{}
	checkSampler(f, i.Spec.Sampler)
	checkExporter(f, i.Spec.Exporter)
	for _, l := range languages(&i.Spec) {
		path := "spec." + l.path
		if *l.size != nil {
			if !equality.Semantic.DeepEqual(*l.claim, corev1.PersistentVolumeClaimTemplate{}) {
				f.refuse(fmt.Errorf("%s.volumeClaimTemplate and %s.volumeSizeLimit cannot both be defined", path, path))
			}
			f.warn(fmt.Sprintf("%s.volumeLimitSize is deprecated and will be removed in a future release; v1beta1 names it %s.volume.size", path, path))
		}
		checkPlaceholder(f, path+".image", *l.image)
		if reason, blocked := v.UpgradeBlocked[l.name][*l.image]; blocked {
			f.warn(fmt.Sprintf("%s.image %s cannot be upgraded automatically: %s", path, *l.image, reason))
		}
	}
	for _, env := range i.Spec.Env {
		checkPlaceholder(f, "spec.env, variable "+env.Name, env.Value)
	}
	return f.result()
}

// ValidateUpdate checks a changed Instrumentation, unless it is being deleted.
func (v *InstrumentationValidator) ValidateUpdate(ctx context.Context, _, i *v1alpha1.Instrumentation) (admission.Warnings, error) {
	if i.DeletionTimestamp != nil {
		return nil, nil
	}
	return v.ValidateCreate(ctx, i)
}

// ValidateDelete lets every Instrumentation go.
func (*InstrumentationValidator) ValidateDelete(context.Context, *v1alpha1.Instrumentation) (admission.Warnings, error) {
	return nil, nil
}

func checkSampler(f *findings, s v1alpha1.Sampler) {
	switch s.Type {
	case "":
		f.warn("sampler type not set")
	case v1alpha1.TraceIDRatio, v1alpha1.ParentBasedTraceIDRatio:
		if s.Argument != "" {
			f.refuse(ratioProblem("spec.sampler.argument", s.Argument))
		}
	case v1alpha1.JaegerRemote, v1alpha1.ParentBasedJaegerRemote:
		checkSamplerArgument(f, s, jaegerArguments)
	case v1alpha1.XRaySampler:
		checkSamplerArgument(f, s, xrayArguments)
	case v1alpha1.AlwaysOn, v1alpha1.AlwaysOff, v1alpha1.ParentBasedAlwaysOn, v1alpha1.ParentBasedAlwaysOff:
	default:
		f.refuse(fmt.Errorf("spec.sampler.type is not valid: %s", s.Type))
	}
}

func ratioProblem(path, text string) error {
	switch ratio, err := strconv.ParseFloat(text, 64); {
	case err != nil:
		return fmt.Errorf("%s is not a number: %s", path, text)
	case !(ratio >= 0 && ratio <= 1):
		return fmt.Errorf("%s should be in range [0..1]: %s", path, text)
	}
	return nil
}

// The arguments of the remote samplers: Jaeger's as in the specification of
// OTEL_TRACES_SAMPLER_ARG, X-Ray's as AWS's agents read it.
var (
	jaegerArguments = map[string]func(string) error{
		"endpoint":            notEmpty,
		"pollingIntervalMs":   positive,
		"initialSamplingRate": func(v string) error { return ratioProblem("initialSamplingRate", v) },
	}
	xrayArguments = map[string]func(string) error{"endpoint": notEmpty, "polling_interval": positive}
)

func notEmpty(v string) error {
	if v == "" {
		return errors.New("endpoint cannot be empty")
	}
	return nil
}

func positive(v string) error {
	if n, err := strconv.Atoi(v); err != nil || n <= 0 {
		return fmt.Errorf("%q is no positive whole number", v)
	}
	return nil
}

// checkSamplerArgument checks a list of key=value. An empty argument leaves all to the agent.
func checkSamplerArgument(f *findings, s v1alpha1.Sampler, known map[string]func(string) error) {
	if s.Argument == "" {
		return
	}
	for part := range strings.SplitSeq(s.Argument, ",") {
		key, value, ok := strings.Cut(strings.TrimSpace(part), "=")
		check, isKnown := known[key]
		var err error
		switch {
		case !ok:
			err = fmt.Errorf("invalid argument: %s, the argument should be in the form of key=value", part)
		case !isKnown:
			err = fmt.Errorf("invalid argument: %s is not known", key)
		default:
			if err = check(value); err != nil {
				err = fmt.Errorf("invalid %s: %w", key, err)
			}
		}
		if err != nil {
			f.refuse(fmt.Errorf("spec.sampler.argument is not a valid argument for sampler %s: %w", s.Type, err))
		}
	}
}

// checkExporter warns of TLS that is half configured.
func checkExporter(f *findings, e v1alpha1.Exporter) {
	checkPlaceholder(f, "spec.exporter.endpoint", e.Endpoint)
	secure := strings.HasPrefix(e.Endpoint, "https://")
	if e.TLS == nil {
		if secure {
			f.warn("exporter is using https:// but exporter.tls is unset: the system's authorities are trusted")
		}
		return
	}
	if (e.TLS.Key == "") != (e.TLS.Cert == "") {
		f.warn("both exporter.tls.key_file and exporter.tls.cert_file must be set")
	}
	if !secure {
		f.warn("exporter.tls is configured but exporter.endpoint is not enabling TLS with https://")
	}
}
