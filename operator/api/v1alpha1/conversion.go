package v1alpha1

import (
	"fmt"
	"maps"

	"sigs.k8s.io/controller-runtime/pkg/conversion"

	"github.com/radiograph/radiograph/operator/api/v1beta1"
	"github.com/radiograph/radiograph/operator/otelconfig"
)

// The annotations that carry through a conversion what the other version cannot express. They
// belong to the conversion: what a user writes into them is not kept.
const (
	// UnparsedConfigAnnotation is on a v1beta1 object whose configuration is empty because the
	// v1alpha1 text, which the annotation holds, could not be parsed.
	UnparsedConfigAnnotation = "radiograph.dev/unparsed-v1alpha1-config"
	// ConfigTextAnnotation is on a v1beta1 object and holds the v1alpha1 text its configuration
	// was read from, with the comments and the order it had. It counts as long as it means the
	// same as the configuration.
	ConfigTextAnnotation = "radiograph.dev/v1alpha1-config"
	// AlphaFieldsAnnotation is on a v1beta1 object and holds, as a JSON merge patch, how its
	// v1alpha1 form differs from what the conversion makes of it.
	AlphaFieldsAnnotation = "radiograph.dev/v1alpha1-fields"
	// BetaFieldsAnnotation is on a v1alpha1 object and holds, as a JSON merge patch, the fields
	// that only v1beta1 has.
	BetaFieldsAnnotation = "radiograph.dev/v1beta1-fields"
)

// maxAnnotations is how large the annotations of an object may grow by a text that is kept for
// its comments. The API server's limit for all of them is 256 KiB.
const maxAnnotations = 192 << 10

var _ conversion.Convertible = (*OpenTelemetryCollector)(nil)

// ConvertTo makes the v1beta1 form of this object. It fails for no object: one that could not be
// converted would make every list of collectors fail. A configuration that cannot be parsed
// becomes the empty one, and its text stays in UnparsedConfigAnnotation.
func (c *OpenTelemetryCollector) ConvertTo(hub conversion.Hub) error {
	dst, ok := hub.(*v1beta1.OpenTelemetryCollector)
	if !ok {
		return fmt.Errorf("convert to %T: not a v1beta1 OpenTelemetryCollector", hub)
	}
	src := c.DeepCopy()
	betaFields := takeAnnotations(src, BetaFieldsAnnotation, AlphaFieldsAnnotation, ConfigTextAnnotation, UnparsedConfigAnnotation)[BetaFieldsAnnotation]

	dst.ObjectMeta = src.ObjectMeta
	dst.Spec, dst.Status = betaSpec(&src.Spec), betaStatus(&src.Status)

	keepAlphaFields(dst, src)
	if patched, err := patch(betaRest{Spec: dst.Spec, Status: dst.Status}, betaFields); err == nil {
		dst.Spec, dst.Status = patched.Spec, patched.Status
	}
	setConfig(dst, src.Spec.Config)
	return nil
}

// ConvertFrom makes this object the v1alpha1 form of another. What v1alpha1 has no field for is
// kept in BetaFieldsAnnotation.
func (c *OpenTelemetryCollector) ConvertFrom(hub conversion.Hub) error {
	from, ok := hub.(*v1beta1.OpenTelemetryCollector)
	if !ok {
		return fmt.Errorf("convert from %T: not a v1beta1 OpenTelemetryCollector", hub)
	}
	src := from.DeepCopy()
	kept := takeAnnotations(src, BetaFieldsAnnotation, AlphaFieldsAnnotation, ConfigTextAnnotation, UnparsedConfigAnnotation)

	c.ObjectMeta = src.ObjectMeta
	c.Spec, c.Status = alphaSpec(&src.Spec), alphaStatus(&src.Status)

	if err := keepBetaFields(c, src); err != nil {
		return err
	}
	restoreAlphaFields(c, kept[AlphaFieldsAnnotation])
	text, err := configText(&src.Spec.Config, kept)
	c.Spec.Config = text
	return err
}

// setConfig parses the text into the object and keeps what parsing loses.
func setConfig(dst *v1beta1.OpenTelemetryCollector, text string) {
	cfg, err := v1beta1.ParseConfig([]byte(text))
	if err != nil {
		dst.Spec.Config = v1beta1.Config{}
		dst.Spec.Config.FillRequired()
		annotate(&dst.Annotations, UnparsedConfigAnnotation, text)
		return
	}
	dst.Spec.Config = *cfg
	rendered, err := otelconfig.Render(cfg)
	if err == nil && string(rendered) == text {
		return
	}
	if annotationsSize(dst.Annotations)+len(text) <= maxAnnotations {
		annotate(&dst.Annotations, ConfigTextAnnotation, text)
	}
}

// configText returns the text of a configuration: the one it was read from if that still means
// the same, and a new one otherwise.
func configText(cfg *v1beta1.Config, kept map[string]string) (string, error) {
	if text, ok := kept[UnparsedConfigAnnotation]; ok && cfg.IsEmpty() {
		return text, nil
	}
	if text, ok := kept[ConfigTextAnnotation]; ok {
		if read, err := v1beta1.ParseConfig([]byte(text)); err == nil && read.Equal(cfg) {
			return text, nil
		}
	}
	filled := cfg.DeepCopy()
	filled.FillRequired()
	text, err := otelconfig.Render(filled)
	return string(text), err
}

// keepAlphaFields notes in dst how src differs from what dst would be converted back to.
func keepAlphaFields(dst *v1beta1.OpenTelemetryCollector, src *OpenTelemetryCollector) {
	spec := src.Spec
	spec.Config = ""
	difference, err := diff(
		alphaRest{Spec: alphaSpec(&dst.Spec), Status: alphaStatus(&dst.Status)},
		alphaRest{Spec: spec, Status: src.Status},
	)
	if err == nil && difference != "" {
		annotate(&dst.Annotations, AlphaFieldsAnnotation, difference)
	}
}

// restoreAlphaFields applies what keepAlphaFields noted, unless the object has been changed so
// that the note contradicts it.
func restoreAlphaFields(c *OpenTelemetryCollector, note string) {
	if note == "" {
		return
	}
	patched, err := patch(alphaRest{Spec: c.Spec, Status: c.Status}, note)
	if err != nil {
		return
	}
	changed, err := diff(
		betaRest{Spec: betaSpec(&c.Spec), Status: betaStatus(&c.Status)},
		betaRest{Spec: betaSpec(&patched.Spec), Status: betaStatus(&patched.Status)},
	)
	if err == nil && changed == "" {
		c.Spec, c.Status = patched.Spec, patched.Status
	}
}

// keepBetaFields notes in the object what of src it has no fields for.
func keepBetaFields(c *OpenTelemetryCollector, src *v1beta1.OpenTelemetryCollector) error {
	spec := src.Spec
	spec.Config = v1beta1.Config{}
	difference, err := diff(
		betaRest{Spec: betaSpec(&c.Spec), Status: betaStatus(&c.Status)},
		betaRest{Spec: spec, Status: src.Status},
	)
	if err != nil {
		return fmt.Errorf("keep the fields of %s/%s that v1alpha1 does not have: %w", src.Namespace, src.Name, err)
	}
	if difference != "" {
		annotate(&c.Annotations, BetaFieldsAnnotation, difference)
	}
	return nil
}

// takeAnnotations removes the named annotations and returns those that were there.
func takeAnnotations(object interface {
	GetAnnotations() map[string]string
	SetAnnotations(map[string]string)
}, names ...string,
) map[string]string {
	annotations, taken := object.GetAnnotations(), map[string]string{}
	for _, name := range names {
		if value, ok := annotations[name]; ok {
			taken[name] = value
			delete(annotations, name)
		}
	}
	if len(taken) > 0 && len(annotations) == 0 {
		object.SetAnnotations(nil)
	}
	return taken
}

func annotate(annotations *map[string]string, name, value string) {
	if *annotations == nil {
		*annotations = map[string]string{}
	}
	(*annotations)[name] = value
}

func annotationsSize(annotations map[string]string) int {
	size := 0
	for name, value := range maps.All(annotations) {
		size += len(name) + len(value)
	}
	return size
}
