package shop

import (
	"math"
	"math/rand/v2"
	"time"
)

// delay takes a log-normal time with the given median and 95th percentile in
// milliseconds, at most ten times the latter.
func delay(median, p95 float64) {
	sigma := math.Log(p95/median) / 1.645
	ms := median * math.Exp(sigma*rand.NormFloat64())
	time.Sleep(time.Duration(min(ms, 10*p95) * float64(time.Millisecond)))
}

// chance is true with probability p.
func chance(p float64) bool { return rand.Float64() < p }

// randomID returns so many hex digits.
func randomID(n int) string {
	const digits = "0123456789abcdef"
	b := make([]byte, n)
	for i := range b {
		b[i] = digits[rand.IntN(16)]
	}
	return string(b)
}
