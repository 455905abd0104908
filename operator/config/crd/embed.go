// Package crd holds the custom resource definitions of opentelemetry.io and of
// addons.radiograph.dev, as whoever installs the operator applies them: the manifests, the
// operator itself and the add-on. They are generated from the types in api/ by tools/apigen.
//
// The state of the add-on manager is in objects of addons.radiograph.dev. An add-on must not
// bring these definitions: it would take the state with it when it is deleted. The chart radiograph-operator
// has a copy of those of opentelemetry.io.
package crd

//go:generate go -C ../../tools run ./apigen
//go:generate sh -c "cp opentelemetry.io_*.yaml ../../../deploy/helm/radiograph-operator/crds/"
//go:generate go -C ../../../deploy generate .

import (
	"embed"
	"fmt"
	"io/fs"

	apiextensionsv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	"sigs.k8s.io/yaml"
)

//go:embed *.yaml
var files embed.FS

// FS has one file of YAML for each definition.
var FS fs.FS = files

// Definitions returns the definitions, in the order of their names, for an operator in the given
// namespace. Collectors are converted by its webhook, whose certificate is checked against
// caBundle, PEM; when that is empty, whoever issues the certificate must set it.
func Definitions(namespace string, caBundle []byte) ([]*apiextensionsv1.CustomResourceDefinition, error) {
	names, err := fs.Glob(FS, "*.yaml")
	if err != nil {
		return nil, fmt.Errorf("list the definitions: %w", err)
	}
	var definitions []*apiextensionsv1.CustomResourceDefinition
	for _, name := range names {
		text, err := fs.ReadFile(FS, name)
		if err != nil {
			return nil, fmt.Errorf("read definition %s: %w", name, err)
		}
		definition := &apiextensionsv1.CustomResourceDefinition{}
		if err := yaml.UnmarshalStrict(text, definition); err != nil {
			return nil, fmt.Errorf("read definition %s: %w", name, err)
		}
		if conversion := definition.Spec.Conversion; conversion != nil && conversion.Webhook != nil {
			conversion.Webhook.ClientConfig.Service.Namespace = namespace
			conversion.Webhook.ClientConfig.CABundle = caBundle
		}
		definitions = append(definitions, definition)
	}
	return definitions, nil
}
