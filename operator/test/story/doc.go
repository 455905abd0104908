// Package story has the tests that run radiograph's story in a real Kubernetes: the operator is
// installed, a collector is applied, applications send segments to it, and the service map
// appears. They need what make e2e builds, and the build tag e2e.
package story
