package main

import (
	"path"
	"reflect"
	"runtime/debug"
	"strings"

	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/otelcol"
	"go.opentelemetry.io/collector/service/telemetry/otelconftelemetry"

	"github.com/radiograph/radiograph/internal/version"
)

// factories returns everything that a configuration can name. Components that were
// renamed are there under both names.
func factories() (otelcol.Factories, error) {
	f := otelcol.Factories{Telemetry: otelconftelemetry.NewFactory()}
	var err error
	if f.Receivers, f.ReceiverModules, err = index("receiver", receivers()); err != nil {
		return f, err
	}
	if f.Processors, f.ProcessorModules, err = index("processor", processors()); err != nil {
		return f, err
	}
	if f.Exporters, f.ExporterModules, err = index("exporter", exporters()); err != nil {
		return f, err
	}
	if f.Connectors, f.ConnectorModules, err = index("connector", connectors()); err != nil {
		return f, err
	}
	f.Extensions, f.ExtensionModules, err = index("extension", extensions())
	return f, err
}

// index returns the factories of one kind and their modules by the names of the
// components.
func index[F component.Factory](kind string, all []F) (map[component.Type]F, map[component.Type]string, error) {
	byType, err := otelcol.MakeFactoryMap(all...)
	if err != nil {
		return nil, nil, err
	}
	modules := make(map[component.Type]string, len(byType))
	for name, f := range byType {
		modules[name] = moduleOf(f, kind)
	}
	return byType, modules, nil
}

// alsoKnownAs gives a component a second name: the one that it had before, or that
// later releases have.
func alsoKnownAs[F component.Factory](name string, f F) F {
	if named, ok := any(f).(interface{ SetDeprecatedAlias(component.Type) }); ok {
		named.SetDeprecatedAlias(component.MustNewType(name))
	}
	return f
}

// moduleOf returns the path and version of the module that a component comes from:
// the one that is named for the component, or else the one of the package that its
// configuration is a type of.
func moduleOf(f component.Factory, kind string) string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return ""
	}
	named := strings.ReplaceAll(f.Type().String(), "_", "") + kind
	pkg := reflect.TypeOf(f.CreateDefaultConfig()).Elem().PkgPath()
	found := &debug.Module{Path: info.Main.Path, Version: version.String()}
	for _, m := range info.Deps {
		if path.Base(m.Path) == named {
			return m.Path + " " + m.Version
		}
		if within(pkg, m.Path) && (!within(pkg, found.Path) || len(m.Path) > len(found.Path)) {
			found = m
		}
	}
	return found.Path + " " + found.Version
}

// within says whether a package belongs to the module, or to one of a path below.
func within(pkg, module string) bool {
	return pkg == module || strings.HasPrefix(pkg, module+"/")
}
