// Package certs gives the operator's webhooks their serving certificate, and the API server
// the authority to check it by. The certificate always comes from one Secret; who writes that
// Secret is the [Source]: cert-manager, the user, or the operator itself.
//
// Start with [Authority.Advance], which is all of the rotation and has no I/O, then [Keeper],
// which the leader runs, and [Serving], which every replica runs.
//
// An authority that is about to be replaced goes on signing until its successor has been in
// every trust bundle for a day, and stays in the bundles until it expires. So no API server
// ever meets a certificate that it does not trust.
package certs
