package cloudwatchlogs

import (
	"cmp"
	"slices"
	"time"
	"unicode/utf8"
)

// Limits of PutLogEvents.
const (
	MaxBatchEvents = 10_000
	MaxBatchBytes  = 1 << 20   // messages, and EventOverhead for each of them
	MaxEventBytes  = 256 << 10 // message and EventOverhead; newer regions take more
	EventOverhead  = 26
	MaxBatchSpan   = 24 * time.Hour // between the first and the last event of a batch
	MaxAge         = 14 * 24 * time.Hour
	MaxAhead       = 2 * time.Hour
)

// MaxMessageBytes is the length of the longest message.
const MaxMessageBytes = MaxEventBytes - EventOverhead

// truncated ends a message that was cut.
const truncated = "[Truncated...]"

// Event is a line of a log.
type Event struct {
	Time    int64  // milliseconds since 1970
	Message string // valid UTF-8; what exceeds MaxMessageBytes is cut
	Index   int    // the caller's own number of the event
}

// Stream is a log stream with the events that are to be appended to it.
type Stream struct {
	Group, Name string
	Events      []Event
}

// inTime sorts events by time, the order of equals kept, and returns those that the
// service takes at the time now. What is left out is counted in out.
func inTime(events []Event, now time.Time, out *Outcome) []Event {
	byTime := func(a, b Event) int { return cmp.Compare(a.Time, b.Time) }
	if !slices.IsSortedFunc(events, byTime) {
		slices.SortStableFunc(events, byTime)
	}
	at := func(t time.Time) int {
		i, _ := slices.BinarySearchFunc(events, t.UnixMilli(), func(e Event, ms int64) int { return cmp.Compare(e.Time, ms) })
		return i
	}
	first, end := at(now.Add(-MaxAge)), at(now.Add(MaxAhead).Add(time.Millisecond))
	out.drop(TooOld, first)
	out.drop(TooNew, len(events)-end)
	return events[first:end]
}

// batches cuts sorted events where a batch must end.
func batches(events []Event) [][]Event {
	var all [][]Event
	start, bytes := 0, 0
	for i := range events {
		e := &events[i]
		e.Message = shorten(e.Message)
		size := len(e.Message) + EventOverhead
		full := i-start == MaxBatchEvents || bytes+size > MaxBatchBytes
		if i > start && (full || e.Time-events[start].Time > MaxBatchSpan.Milliseconds()) {
			all = append(all, events[start:i])
			start, bytes = i, 0
		}
		bytes += size
	}
	if start < len(events) {
		all = append(all, events[start:])
	}
	return all
}

// shorten cuts a message that is too long, between two characters.
func shorten(message string) string {
	if len(message) <= MaxMessageBytes {
		return message
	}
	end := MaxMessageBytes - len(truncated)
	for end > 0 && !utf8.RuneStart(message[end]) {
		end--
	}
	return message[:end] + truncated
}
