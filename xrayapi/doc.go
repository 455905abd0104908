// Package xrayapi serves the AWS X-Ray API, version 2016-04-12: 38 operations,
// each a POST of JSON to a fixed path.
//
// Start with [New] and [Options]; an [API] is an http.Handler that can be mounted
// on its own or, by [Paths], next to others. The list of operations is in
// operation.go; each family of operations has a file with its request and
// response shapes beside its handlers.
//
// The shapes are exact: every modelled member is written, values that are missing
// are null, collections that are missing are empty. Errors carry the names, the
// statuses and the member spelling of X-Ray. Where radiograph takes more than AWS
// does, Options.Strict brings AWS's refusal back; docs/api.md lists the
// differences.
//
// The package translates between the wire and the packages that do the work. Who
// may do what is for Options.Gate to say: each operation is an action of its name,
// on a group or a sampling rule where it is about one.
package xrayapi
