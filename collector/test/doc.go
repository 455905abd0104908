// Package test runs the built collector: its command line, its configurations in
// examples/collector against the real service, a real Prometheus and a CloudWatch
// Logs endpoint, and what happens when it is killed. It is run by make e2e, which
// builds the programs.
package test
