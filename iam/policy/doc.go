// Package policy reads and evaluates IAM policy documents: what a principal may do
// (identity policies, permissions boundaries, session policies), and who may assume
// a role (trust policies).
//
// Start with [Parse] and [ParseTrust], which are strict and return an [Error] with
// the text of IAM's MalformedPolicyDocument; then [Evaluate] and [EvaluateTrust],
// which return a [Decision] that names the statement that decided. [Managed] are the
// AWS managed policies that radiograph knows.
//
// A [Document] is immutable and safe for concurrent use. An explicit deny wins over
// every allow, and the order of statements and documents decides nothing but which
// of several reasons is named. The package does no I/O and knows no clock: the
// caller puts what conditions ask for into a [Context].
//
// The language is that of the IAM User Guide, "IAM JSON policy elements reference".
package policy
