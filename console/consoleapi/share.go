package consoleapi

import "math"

// doubt is the share of intervals that may miss.
const doubt = 0.01

// zOf returns the normal quantile of two-sided intervals of which n hold together
// (Bonferroni). Of many values the one that differs most does so by chance, too.
func zOf(n int) float64 { return math.Sqrt2 * math.Erfinv(1-doubt/float64(max(n, 1))) }

// share is a share with its Wilson interval.
type share struct {
	Count int64   `json:"count"`
	N     int64   `json:"n"`
	Share float64 `json:"share"`
	Low   float64 `json:"low"`
	High  float64 `json:"high"`
}

// shareOf returns count of n; n must not be 0. Source: Wilson, Probable inference,
// the law of succession, and statistical inference (1927).
func shareOf(count, n int64, z float64) share {
	p, m := float64(count)/float64(n), float64(n)
	centre := (p + z*z/(2*m)) / (1 + z*z/m)
	half := z / (1 + z*z/m) * math.Sqrt(p*(1-p)/m+z*z/(4*m*m))
	return share{Count: count, N: n, Share: p, Low: max(0, centre-half), High: min(1, centre+half)}
}

// difference is the difference of two shares with its interval, which is made of
// theirs. Source: Newcombe, Interval estimation for the difference between
// independent proportions (1998), method 10.
type difference struct {
	A           share   `json:"a"`
	B           share   `json:"b"`
	Delta       float64 `json:"delta"`
	Low         float64 `json:"low"`
	High        float64 `json:"high"`
	Significant bool    `json:"significant"`
}

func differ(a, b share) difference {
	d := difference{A: a, B: b, Delta: a.Share - b.Share}
	d.Low = d.Delta - math.Hypot(a.Share-a.Low, b.High-b.Share)
	d.High = d.Delta + math.Hypot(a.High-a.Share, b.Share-b.Low)
	d.Significant = d.Low > 0 || d.High < 0
	return d
}

// distance is how far the interval is from 0.
func (d *difference) distance() float64 { return max(0, d.Low, -d.High) }
