// Package login lets people into the console: with a provider of OpenID Connect, or
// with an access key. What they then have is a session, a cookie that only this
// service can read or make, instead of a signature on each request.
//
// Start with [API]. It answers below [Path] and its [API.Admit] stands before what
// sessions may use: it puts the identity of the session into the request's context,
// where auth.Gate finds it as it finds that of a signature. What the identity may do
// is decided by policies in either case.
//
// Browsers send cookies with requests that other sites make. [API.Admit] therefore
// takes a session only from pages of the service itself.
package login
