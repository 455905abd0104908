// Package atomicfile replaces files so that after a crash either the old or the
// new content is there, whole.
package atomicfile
