// Package iamapi is the IAM and STS query APIs of one account, as their AWS clients
// speak them: form-encoded requests to /, XML answers.
//
// Start with [New]. One handler serves both services, and the two operations of
// CloudFormation that eksctl cannot do without; the version of the API in the request
// says which. Every call is verified by its signature, except
// AssumeRoleWithWebIdentity, whose token is the proof, and authorised as the action
// iam:<operation>.
//
// Names, shapes and errors are those of the IAM API Reference (2010-05-08), the STS API
// Reference (2011-06-15) and the CloudFormation API Reference (2010-05-15). docs/iam.md
// lists the operations.
package iamapi
