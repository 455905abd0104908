// Package eksapi is the part of the EKS API that manages add-ons, as its AWS clients speak it:
// REST paths, JSON bodies, the API's version 2017-11-01. Clusters, updates, pod identity
// associations and tags belong to it as far as add-ons need them.
//
// Start with [New]. The state is in objects of the kinds Addon and PodIdentityAssociation, whose
// specs this package writes and whose statuses it reads; the reconciler does the rest. There is
// no state here, so any number of replicas may serve the same cluster.
//
// The API is for radiograph's service, which verifies the signatures of callers, decides what
// they may do, and says with a shared token that it has. See [Options.Token].
//
// Names, shapes and errors are those of the Amazon EKS API Reference. docs/addons.md lists the
// operations and how this API differs.
package eksapi
