// Package iam is identity: the users, roles, policies and OpenID Connect providers
// of one account, the access keys and sessions that act for them, and who may take
// on which role.
//
// Start with [Open], which returns the [Directory]. It implements auth.Keys, so that
// signatures can be verified against it. [Directory.Assume] is the core of STS. The
// sub-packages speak to the outside: iamapi (the IAM and STS query APIs), webidentity
// (tokens of Kubernetes service accounts), podidentity (EKS Pod Identity).
//
// Everything is kept in one bbolt file of the account, beside the scopes of its
// regions, because identity has no region. A change is on disk before the call
// returns. A copy of everything is in memory, so that reads never wait for the disk.
//
// Rows that the directory returns are shared and never change: read only.
//
// Lock order: Directory.change before Directory.mu. Only change is held during I/O.
package iam
