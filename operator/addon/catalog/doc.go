// Package catalog knows the add-ons that can be installed: their names, versions and
// compatibilities, the JSON schema of their configuration values, and the objects that a
// version consists of.
//
// Start with [Load], which returns the packages built into the program and those of the
// user's folders. An [Addon] has [Version]s, newest first; [Version.Validate] says what is
// wrong with configuration values, [Version.Render] makes the objects. The format of a package
// is described in docs/addons-packages.md.
//
// A catalog does not change once it is loaded, and may be used by several goroutines.
package catalog
