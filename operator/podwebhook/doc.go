// Package podwebhook is the admission webhook for pods. It adds a collector of their own to
// pods that ask for one with sidecar.opentelemetry.io/inject, and instrumentation to those that
// ask for it with instrumentation.opentelemetry.io/inject-LANGUAGE.
//
// A pod that cannot get what it asks for is created as it is, with an event that says why on
// what runs it. A namespace with the annotation radiograph.dev/injection-failure-policy: Fail
// wants it refused instead.
package podwebhook
