// Package storetest holds what every trace store is measured against: [Memory], a
// naive store that keeps everything in maps and is obviously right, and [Run], the
// conformance suite that every engine, Memory included, passes.
package storetest
