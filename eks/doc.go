// Package eks is radiograph's front of the Amazon EKS API. The add-on manager in the cluster
// serves that API and keeps everything; it does not know who has which access key. So clients
// talk to radiograph, which verifies their signatures and policies, and hands requests on.
//
// Start with [New] for the front and [Associations] for what the EKS Auth API asks the manager.
// Both talk to it through an [Upstream].
package eks
