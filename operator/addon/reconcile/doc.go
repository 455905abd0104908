// Package reconcile installs add-ons: it makes the cluster hold what the Addon resources
// describe, keeps it so, and says in their status how far it is.
//
// Start with [Setup]. The order in which the objects of an add-on are applied is in plan.go,
// what becomes of fields that others have set in conflict.go, what is asked of the cluster
// beforehand in prerequisites.go.
//
// Objects are applied server-side by the field manager [Manager]. What it has applied it finds
// again by the label of the catalog and by its entry in managedFields
// (https://kubernetes.io/docs/reference/using-api/server-side-apply/), so nothing about them is
// kept elsewhere. At rest nothing is written.
package reconcile
