// Package untar unpacks tar archives of regular files that come from somewhere
// else: nothing is written outside of the directory, and no more bytes than the
// archive has. Start with [Unpack].
package untar
