package podwebhook

import (
	"context"
	"errors"
	"fmt"

	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/radiograph/radiograph/operator/api/v1alpha1"
	"github.com/radiograph/radiograph/operator/autoinstrumentation"
	"github.com/radiograph/radiograph/operator/injection"
)

// instrument adds the languages that the pod asks for.
func (h *Handler) instrument(ctx context.Context, s *subject) error {
	if autoinstrumentation.Injected(s.pod) {
		return nil
	}
	wanted := map[autoinstrumentation.Language]*v1alpha1.Instrumentation{}
	var problems []error
	for _, language := range autoinstrumentation.Languages() {
		choice, err := injection.Choose(language.Key(), s.namespace.Name, s.pod.Annotations, s.namespace.Annotations)
		if err == nil && choice.Wanted {
			wanted[language], err = h.instrumentation(ctx, language, choice)
		}
		if err != nil {
			delete(wanted, language)
			problems = append(problems, fmt.Errorf("%s: %w", language, err))
		}
	}
	if len(wanted) > 1 && !h.Options.MultiInstrumentation {
		return errors.Join(append(problems, errors.New("the pod asks for several languages, and the operator was told to inject one only"))...)
	}
	request := autoinstrumentation.Request{Pod: s.pod, Namespace: s.namespace, Owners: s.owners, Wanted: wanted}
	return errors.Join(append(problems, autoinstrumentation.Inject(request)...)...)
}

// instrumentation finds the Instrumentation for a language, with the operator's images where it
// names none.
func (h *Handler) instrumentation(ctx context.Context, language autoinstrumentation.Language, choice injection.Choice) (*v1alpha1.Instrumentation, error) {
	if language != autoinstrumentation.SDK && !h.Options.Enabled[language] {
		return nil, errors.New("the operator was told not to instrument it")
	}
	picked, err := read(h, func(reader client.Reader) (*v1alpha1.Instrumentation, error) {
		var all v1alpha1.InstrumentationList
		if err := reader.List(ctx, &all, client.InNamespace(choice.Name.Namespace)); err != nil {
			return nil, fmt.Errorf("list the instrumentations of namespace %s: %w", choice.Name.Namespace, err)
		}
		picked, err := injection.Pick(choice, "Instrumentation", all.Items, func(i v1alpha1.Instrumentation) string { return i.Name })
		return &picked, err
	})
	if err != nil {
		return nil, err
	}
	return h.withImages(picked.DeepCopy()), nil
}

// withImages fills in the images that an Instrumentation does not name.
func (h *Handler) withImages(i *v1alpha1.Instrumentation) *v1alpha1.Instrumentation {
	for language, image := range map[autoinstrumentation.Language]*string{
		autoinstrumentation.Java:   &i.Spec.Java.Image,
		autoinstrumentation.NodeJS: &i.Spec.NodeJS.Image,
		autoinstrumentation.Python: &i.Spec.Python.Image,
		autoinstrumentation.DotNet: &i.Spec.DotNet.Image,
		autoinstrumentation.Go:     &i.Spec.Go.Image,
	} {
		if *image == "" {
			*image = h.Options.Images[language]
		}
	}
	return i
}
