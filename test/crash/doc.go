// Package crash kills the real server at random points under load and checks that
// everything it has acknowledged is there after the restart. The tests carry the
// build tag e2e; make e2e runs them.
package crash
