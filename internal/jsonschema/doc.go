// Package jsonschema lists what a JSON schema describes, for people to read. It validates
// nothing. Start with [Values].
package jsonschema
