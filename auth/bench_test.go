package auth_test

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
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
