// Package tlsfile serves TLS with certificates that are files and may be replaced
// while the service runs.
//
// Start with [Open]. [Files.Server] is the configuration for listeners;
// [Files.Watch] looks for changes. Connections that exist are never touched: a new
// certificate is for new ones. Files that cannot be used, such as a certificate whose
// key has not been written yet, change nothing: what was there before stays.
package tlsfile
