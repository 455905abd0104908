// Package podidentityagent is the agent of EKS Pod Identity, one on each node. SDKs in pods with
// an association ask it for credentials, with the token of their pod; it asks the EKS Auth API
// of radiograph, and remembers the answer.
//
// Start with [New] for the handler, [Credentials] for what is remembered and for how long, and
// [Assign] for the link-local addresses that SDKs know.
//
// The agent has no credentials of its own: the token is all the proof there is, and goes
// nowhere but to radiograph, which is why that should be reached by TLS.
package podidentityagent
