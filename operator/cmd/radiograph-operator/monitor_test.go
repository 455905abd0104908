package main

import "testing"

func TestOperatorMonitor(t *testing.T) {
	secure, plain := operatorMonitor("ops", true).Spec.Endpoints[0], operatorMonitor("ops", false).Spec.Endpoints[0]
	if secure.Scheme == nil || *secure.Scheme != "https" || secure.TLSConfig == nil || plain.Scheme != nil || plain.TLSConfig != nil {
		t.Errorf("the endpoints are %+v and %+v", secure, plain)
	}
}
