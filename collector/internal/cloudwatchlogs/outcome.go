package cloudwatchlogs

import "errors"

// Reason is why an event was given up.
type Reason string

// Reasons.
const (
	TooOld  Reason = "too_old" // more than MaxAge
	TooNew  Reason = "too_new" // more than MaxAhead
	Expired Reason = "expired" // older than the group's retention
	Refused Reason = "refused" // the service said no to the whole batch
)

// Outcome says what became of the events of a [Pusher.Push]: each was sent, was
// given up, or may be sent again.
type Outcome struct {
	Sent    int
	Dropped map[Reason]int
	Unsent  []Event // may be sent again, in no order

	// UnsentErr is why there are unsent events. RefusedErr is why batches were given
	// up; it is not set for events that are too old or too new.
	UnsentErr, RefusedErr error
}

func (o *Outcome) drop(why Reason, n int) {
	if n <= 0 {
		return
	}
	if o.Dropped == nil {
		o.Dropped = make(map[Reason]int)
	}
	o.Dropped[why] += n
}

// add puts the outcome of a part into o.
func (o *Outcome) add(part *Outcome) {
	o.Sent += part.Sent
	for why, n := range part.Dropped {
		o.drop(why, n)
	}
	o.Unsent = append(o.Unsent, part.Unsent...)
	o.UnsentErr = errors.Join(o.UnsentErr, part.UnsentErr)
	o.RefusedErr = errors.Join(o.RefusedErr, part.RefusedErr)
}
