package block

import "math"

// level is the length of a cell, a run of receipt time whose observations are added
// up in one rollup. Cells begin at whole multiples of their length.
type level uint8

// The levels, as numbered by the format. Every part has the minutes, and the seconds
// as far as rollups.fine says; blocks have the others where they save work.
const (
	perSecond level = iota
	perTenSeconds
	perMinute
	perTenMinutes
	perHour
	levelCount
)

// seconds is the length of the level's cells.
func (l level) seconds() int64 { return [levelCount]int64{1, 10, 60, 600, 3600}[l] }

// second is the length of the shortest cells in ns, minute that of a series'.
const (
	second = int64(1e9)
	minute = 60 * second
)

// has reports whether there is a cell n: its ends are times.
func (l level) has(n int64) bool {
	last := math.MaxInt64/(l.seconds()*second) - 1
	return -last <= n && n <= last
}

// cellSpan is the receipt times [from, to) (seconds since the epoch) of a group.
type cellSpan struct {
	from, to int64
	group    string
}

// minuteSpan is the minute m, for all traces.
func minuteSpan(m int64) cellSpan {
	return cellSpan{m * perMinute.seconds(), (m + 1) * perMinute.seconds(), ""}
}

// cellSource has the rollups of one part.
type cellSource interface {
	// rollup returns a rollup, nil when there is none. It must not be changed.
	rollup(k rollupKey) (*rollup, error)
	// bounds are the seconds [from, to) that the part's cells are in.
	bounds() (from, to int64)
	// minute says what the part holds of a minute.
	minute(m int64) minuteState
}

// minuteState says what the seconds of a minute hold.
type minuteState uint8

const (
	minuteEmpty minuteState = iota // the part has nothing of the minute
	minuteLoose                    // only what the part takes back; the rest is to be read from rows
	minuteFine                     // everything
)

// eachCell calls visit with the fewest rollups that make up a span.
func eachCell(c cellSource, s cellSpan, visit func(*rollup)) error {
	from, to := c.bounds()
	s.from, s.to = max(s.from, from), min(s.to, to)
	return eachCellOf(c, s, levelCount-1, visit)
}

func eachCellOf(c cellSource, s cellSpan, l level, visit func(*rollup)) error {
	length := l.seconds()
	for n := floorDivide(s.from, length); n*length < s.to; n++ {
		cell := cellSpan{max(s.from, n*length), min(s.to, (n+1)*length), s.group}
		whole := cell.to-cell.from == length
		if whole {
			r, err := c.rollup(rollupKey{l, n, s.group})
			if err != nil {
				return err
			}
			if r != nil {
				visit(r)
				continue
			}
		}
		if l == perSecond || l == perMinute && whole { // without a minute there are no seconds
			continue
		}
		if err := eachCellOf(c, cell, l-1, visit); err != nil {
			return err
		}
	}
	return nil
}

// floorDivide and ceilDivide round down and up, below zero too.
func floorDivide(a, b int64) int64 {
	q := a / b
	if a%b < 0 {
		q--
	}
	return q
}

func ceilDivide(a, b int64) int64 {
	q := floorDivide(a, b)
	if q*b < a {
		q++
	}
	return q
}

// cellSums adds cells up to longer ones while a block is written.
type cellSums struct {
	w    *blockWriter
	open [levelCount]map[string]*cellSum // by group: the cells that are not complete yet
	at   [levelCount]int64               // their numbers
}

// cellSum is the sum of some cells.
type cellSum struct {
	rollup
	cells int
}

// add adds a cell to the longer one that it is in. Cells of one level come in order.
func (c *cellSums) add(k rollupKey, r *rollup) error {
	if k.level == perTenSeconds || k.level == perHour {
		return nil
	}
	up := k.level + 1
	n := floorDivide(k.n*k.level.seconds(), up.seconds())
	if c.at[up] != n {
		if err := c.flush(up); err != nil {
			return err
		}
	}
	c.at[up] = n
	if c.open[up] == nil {
		c.open[up] = map[string]*cellSum{}
	}
	sum := c.open[up][k.group]
	if sum == nil {
		sum = &cellSum{}
		c.open[up][k.group] = sum
	}
	sum.merge(r)
	sum.cells++
	return nil
}

// flush writes the open cells of a level, except for sums of a single cell.
func (c *cellSums) flush(l level) error {
	for group, sum := range c.open[l] {
		k := rollupKey{l, c.at[l], group}
		if sum.cells > 1 && !sum.empty() {
			if err := c.w.rollup(k, &sum.rollup); err != nil {
				return err
			}
		}
		if err := c.add(k, &sum.rollup); err != nil {
			return err
		}
	}
	c.open[l] = nil
	return nil
}

// rollups writes the seconds and minutes that keys, sorted, names, and adds the
// longer cells.
func (w *blockWriter) rollups(keys rollupTable, get func(k rollupKey) (*rollup, error)) error {
	sums := cellSums{w: w}
	for _, k := range keys {
		r, err := get(k)
		if err != nil {
			return err
		}
		// That something was received in a minute is worth knowing even when all of it
		// is taken back.
		if r.empty() && (k.level != perMinute || k.group != "") {
			continue
		}
		if err := w.rollup(k, r); err != nil {
			return err
		}
		if err := sums.add(k, r); err != nil {
			return err
		}
	}
	for _, l := range []level{perTenSeconds, perTenMinutes, perHour} {
		if err := sums.flush(l); err != nil {
			return err
		}
	}
	return nil
}
