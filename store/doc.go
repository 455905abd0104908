// Package store is the contract of a trace store: what it takes, what it answers,
// and what it promises. The engines are in block (embedded) and clickhouse; the
// conformance suite that all of them pass is in storetest.
//
// One Store belongs to one scope, that is, one account and region.
package store
