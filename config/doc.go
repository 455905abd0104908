// Package config is the one validated configuration of the service. [Load] merges
// defaults, a YAML file, RADIOGRAPH_… environment variables and flags, of which
// the later wins, and keeps where each value came from.
//
// Start with [Config], what users write, and [Config.Keys], the table of every
// key with its documentation. The same table drives the file, the environment,
// the flags and docs/configuration.md, so none of them can forget a key.
//
// The package only reads: it opens no sockets and creates no directories.
package config
