// Package version says which version of radiograph this binary is: stamped by the
// linker, else taken from the module or the commit it was built from.
//
// Start with [String].
package version
