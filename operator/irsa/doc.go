// Package irsa is the pod identity webhook: it gives the pods of a service account what an AWS
// SDK needs to find the account's role.
//
// Start with [Mutate], which is all of the change and has no I/O, then [Handler], which finds
// out what a service account may have: a pod identity association, else the annotation
// eks.amazonaws.com/role-arn, else an entry of the [Mapping]. An association goes before the
// others, because EKS has it so.
//
// Nothing here knows whether the role exists or trusts the account: that is for STS to say. A
// pod is never refused. It is created as it is when something goes wrong, and starts without
// an identity.
package irsa
