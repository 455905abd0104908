package auth_test

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/radiograph/radiograph/iam/policy"
)

// BenchmarkVerify is what every PutTraceSegments pays.
func BenchmarkVerify(b *testing.B) {
	v := newVerifier()
	for _, size := range []int{0, 1 << 10, 64 << 10, 1 << 20} {
		b.Run(fmt.Sprintf("body=%d", size), func(b *testing.B) {
			text := strings.Repeat("x", size)
			r := received(b, signed(b, newRequest(b, http.MethodPost, "http://xray.test/TraceSegments", text), text, signing{}), nil)
			raw := []byte(text)
			b.ReportAllocs()
			b.SetBytes(int64(size))
			for b.Loop() {
				r.Body = io.NopCloser(bytes.NewReader(raw))
				if _, err := v.Verify(r); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// BenchmarkGate is a signed PutTraceSegments of one kilobyte by a role with the
// daemon's policy: the signature and the policy together.
func BenchmarkGate(b *testing.B) {
	p := alice()
	p.Policies.Identity = []*policy.Document{&policy.ManagedPolicy("arn:aws:iam::aws:policy/AWSXRayDaemonWriteAccess").Document}
	g := newGate(p)
	text := strings.Repeat("x", 1<<10)
	r := received(b, signed(b, newRequest(b, http.MethodPost, "http://xray.test/TraceSegments", text), text, signing{}), nil)
	b.ReportAllocs()
	for b.Loop() {
		r.Body = io.NopCloser(strings.NewReader(text))
		in, err := g.Identify(r)
		if err != nil {
			b.Fatal(err)
		}
		if err := g.Allow(in.Context(), "xray:PutTraceSegments", "*", nil); err != nil {
			b.Fatal(err)
		}
	}
}
