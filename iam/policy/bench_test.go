package policy_test

import (
	"testing"

	"github.com/radiograph/radiograph/iam/policy"
)

// BenchmarkEvaluate is what every request pays.
func BenchmarkEvaluate(b *testing.B) {
	docs := []*policy.Document{
		&policy.ManagedPolicy("arn:aws:iam::aws:policy/CloudWatchAgentServerPolicy").Document,
		&policy.ManagedPolicy("arn:aws:iam::aws:policy/AWSXRayDaemonWriteAccess").Document,
	}
	r := policy.Request{Action: "xray:PutTraceSegments", Resource: "*", Context: policy.Context{"aws:username": {"x"}}}
	b.ReportAllocs()
	for b.Loop() {
		if !policy.Evaluate(r, docs, nil, nil).Allowed {
			b.Fatal("not allowed")
		}
	}
}
