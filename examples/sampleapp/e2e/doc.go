// Package e2e holds the test that runs the whole application with real neighbours: a
// PostgreSQL, an S3-compatible server, radiograph, and newman as the traffic.
//
// It is built with the tag e2e and needs the PostgreSQL server's programs (found by
// pg_config, or below /usr/lib/postgresql), Node.js with npm, and the variable
// RADIOGRAPH_BIN, which names the radiograph binary.
package e2e
