// Package apply makes the cluster hold a set of objects: by server-side apply as one field
// manager, with no request at all when the cluster already holds them.
//
// Start with [Applier.Apply]. What it takes is the whole set of objects that one owner wants;
// what the owner no longer wants is deleted. Fields that are not in the set belong to others
// and stay as they are; a field of the set that another has changed is taken back.
//
// How it knows that nothing is to be done: the API server keeps, in an object's
// managedFields, which fields are ours. A field that another changes, or removes, is ours no
// longer (https://kubernetes.io/docs/reference/using-api/server-side-apply/). So an object is
// as it was applied as long as our entry there is the one that the last apply left. The
// Applier remembers a digest of that entry, and of what it sent; it never needs the objects
// themselves, only their metadata. A new process remembers nothing and applies everything
// once, which the API server answers without writing to its store.
package apply
