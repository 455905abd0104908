// Package podidentity is the EKS Auth API: it gives pods credentials of the role that
// an association names for their service account.
//
// Start with [New]. The agent on each node sends the pod's token, which must be for
// the audience pods.eks.amazonaws.com and of the cluster's issuer. Who keeps the
// associations implements [Associations].
//
// Shapes and errors are those of the EKS Auth API Reference (2023-11-26).
package podidentity
