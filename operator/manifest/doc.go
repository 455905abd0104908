// Package manifest says which objects a collector or target allocator is made of in the
// cluster. It is a function of the resource that the user wrote and of the operator's own
// options; it does no I/O.
//
// Start with [Collector], which returns all child objects of an OpenTelemetryCollector, and
// [TargetAllocator]. [Sidecar] returns what a pod gets that asks for a collector of its own.
// The same input always gives the same objects in the same order, complete with apiVersion
// and kind, so that they can be applied by server-side apply. Owner references are set by the
// caller, who knows which objects are of the cluster and not of the namespace.
//
// Names, labels and ports are those of the OpenTelemetry operator, so that programs which
// know them find what they look for.
package manifest
