package webhook

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"

	"sigs.k8s.io/controller-runtime/pkg/webhook/admission"

	"github.com/radiograph/radiograph/operator/api/v1alpha1"
	"github.com/radiograph/radiograph/operator/api/v1beta1"
	"github.com/radiograph/radiograph/operator/otelconfig"
)

// checkConfig checks the configuration, what it makes of the collector's ports and access, and
// asks the collector itself.
func (v *CollectorValidator) checkConfig(ctx context.Context, f *findings, c, before *v1beta1.OpenTelemetryCollector) {
	if text, ok := c.Annotations[v1alpha1.UnparsedConfigAnnotation]; ok && c.Spec.Config.IsEmpty() {
		checkUnparsed(f, text, before)
		return
	}
	problems := len(f.problems)
	checkKnownKeys(ctx, f)
	checkLint(f, &c.Spec.Config)
	checkTemplates(f, &c.Spec.Config)
	v.checkFIPS(f, &c.Spec.Config)

	effective := otelconfig.Defaults(&c.Spec.Config, otelconfig.Options{IPv6Only: v.IPv6Only})
	checkInferredPorts(f, effective)
	v.checkAccess(ctx, f, c, before, otelconfig.Rules(effective))
	if len(f.problems) == problems {
		v.checkByCollector(ctx, f, c, effective)
	}
}

// checkUnparsed is for a configuration that came as the text of v1alpha1 and could not be read:
// conversion made it empty and kept the text. One that was stored that way may stay.
func checkUnparsed(f *findings, text string, before *v1beta1.OpenTelemetryCollector) {
	_, err := v1beta1.ParseConfig([]byte(text))
	if err == nil {
		return // it can be read now: the next conversion will
	}
	if before != nil && unparsed(before) == text {
		f.warn("spec.config cannot be read, and no collector runs with it: " + err.Error())
		return
	}
	f.refuse(fmt.Errorf("spec.config cannot be read: %w", err))
}

// checkKnownKeys refuses keys beside the sections of a configuration. They are in the request
// only: the object does not have them.
func checkKnownKeys(ctx context.Context, f *findings) {
	req, err := admission.RequestFromContext(ctx)
	if err != nil || req.Kind.Version != v1beta1.GroupVersion.Version {
		return
	}
	var raw struct {
		Spec struct {
			Config map[string]json.RawMessage `json:"config"`
		} `json:"spec"`
	}
	if err := json.Unmarshal(req.Object.Raw, &raw); err != nil {
		return // the object has been decoded before, with an error of its own
	}
	known := []string{"receivers", "processors", "exporters", "connectors", "extensions", "service"}
	for _, key := range slices.Sorted(maps.Keys(raw.Spec.Config)) {
		if !slices.Contains(known, key) {
			f.refuse(fmt.Errorf("spec.config.%s is not known: there are %s", key, strings.Join(known, ", ")))
		}
	}
}

// checkLint passes on what package otelconfig finds.
func checkLint(f *findings, cfg *v1beta1.Config) {
	for _, warning := range otelconfig.Lint(cfg) {
		if warning.Refuse {
			f.refuse(fmt.Errorf("the OpenTelemetry config is incorrect. %s", warning))
		} else {
			f.warn("Collector config spec.config: " + warning.String())
		}
	}
}

var (
	// template matches what a template engine should have replaced.
	template = regexp.MustCompile(`\{\{[^{}]*\}\}`)
	// placeholder matches a value that stands for one its reader has to know.
	placeholder = regexp.MustCompile(`<[A-Z][A-Z0-9_-]*>`)
)

// checkPlaceholder refuses a field that still has a placeholder of a template.
func checkPlaceholder(f *findings, path, value string) {
	found := template.FindString(value)
	if found == "" {
		found = placeholder.FindString(value)
	}
	if found != "" {
		f.refuse(fmt.Errorf("%s: %s is a placeholder that was not replaced: write the value that it stands for", path, found))
	}
}

// checkTemplates refuses {{…}} in the configuration; <REGION> is found by package otelconfig.
func checkTemplates(f *findings, cfg *v1beta1.Config) {
	data, err := json.Marshal(cfg)
	if err != nil {
		f.refuse(fmt.Errorf("read spec.config: %w", err))
		return
	}
	var tree any
	if err := json.Unmarshal(data, &tree); err != nil {
		f.refuse(fmt.Errorf("read spec.config: %w", err))
		return
	}
	walkText("spec.config", tree, func(path, value string) {
		if template.MatchString(value) {
			checkPlaceholder(f, path, value)
		}
	})
}

// walkText calls visit for each string of a tree, in the order of its keys.
func walkText(path string, value any, visit func(path, value string)) {
	switch value := value.(type) {
	case string:
		visit(path, value)
	case []any:
		for i, item := range value {
			walkText(fmt.Sprintf("%s[%d]", path, i), item, visit)
		}
	case map[string]any:
		for _, key := range slices.Sorted(maps.Keys(value)) {
			walkText(path+"."+key, value[key], visit)
		}
	}
}

// checkInferredPorts refuses ports that the configuration opens and a Service cannot have.
func checkInferredPorts(f *findings, effective *v1beta1.Config) {
	ports, warnings := otelconfig.Ports(effective)
	extensions, more := otelconfig.ExtensionPorts(effective)
	for _, warning := range append(warnings, more...) {
		if warning.Refuse {
			f.refuse(fmt.Errorf("the OpenTelemetry config is incorrect. The port numbers are invalid: %s", warning))
		} else {
			f.warn("the OpenTelemetry config port: " + warning.String())
		}
	}
	for _, port := range append(ports, extensions...) {
		if problem := portProblem("OpenTelemetry", port.Name, port.Port); problem != nil {
			f.refuse(fmt.Errorf("the OpenTelemetry config is incorrect. The port name '%s' errors: %w", port.Name, problem))
		}
	}
}

// checkFIPS refuses the components that a FIPS platform does not allow.
func (v *CollectorValidator) checkFIPS(f *findings, cfg *v1beta1.Config) {
	var found []string
	for _, section := range []struct {
		name   string
		object *v1beta1.Object
	}{
		{"receivers", &cfg.Receivers},
		{"exporters", &cfg.Exporters},
		{"processors", cfg.Processors},
		{"connectors", cfg.Connectors},
		{"extensions", cfg.Extensions},
	} {
		if section.object == nil {
			continue
		}
		for _, id := range slices.Sorted(maps.Keys(section.object.Values)) {
			kind, _, _ := strings.Cut(id, "/")
			if slices.Contains(v.FIPSDisabled[section.name], kind) {
				found = append(found, section.name+" "+id)
			}
		}
	}
	if len(found) > 0 {
		f.refuse(fmt.Errorf("the collector configuration contains not FIPS compliant components: %s. Please remove it from the config", strings.Join(found, ", ")))
	}
}

// checkByCollector runs the collector's own validation. The components of an image that is not
// the operator's are not known for certain, so there what it says is a warning.
func (v *CollectorValidator) checkByCollector(ctx context.Context, f *findings, c *v1beta1.OpenTelemetryCollector, effective *v1beta1.Config) {
	if v.Checker == nil {
		return
	}
	text, err := otelconfig.Render(effective)
	if err != nil {
		f.refuse(fmt.Errorf("the OpenTelemetry config is incorrect. %w", err))
		return
	}
	image := c.Spec.Image
	if image == "" {
		image = v.CollectorImage
	}
	warnings, err := v.Checker.Check(ctx, image, text)
	for _, warning := range warnings {
		f.warn(warning)
	}
	switch {
	case err == nil:
	case image == v.CollectorImage && len(c.Spec.Command) == 0:
		f.refuse(fmt.Errorf("the collector refuses the configuration: %w", err))
	default:
		f.warn(fmt.Sprintf("the operator's collector would refuse the configuration, and that of %s may, too: %v", image, err))
	}
}
