package insight

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/radiograph/radiograph/trace"
)

// summarize says what is or was wrong, what was expected instead, and who suffered.
func (i *Insight) summarize() string {
	s := i.service(i.RootCause)
	if s == nil {
		return ""
	}
	expected := s.Model.Expect(s.Counts.Total)
	verb := "answers"
	if i.Closed {
		verb = "answered"
	}
	var b strings.Builder
	fmt.Fprintf(&b, "%s %s %s of its requests with faults, where %s to %s were expected: %d of %d since %s.",
		nameOf(i.RootCause), verb, percent(s.Counts.Rate()),
		percent(share(expected.Low, s.Counts.Total)), percent(share(expected.High, s.Counts.Total)),
		s.Counts.Fault, s.Counts.Total, i.Start.Format("2006-01-02 15:04 MST"))
	if c := i.Impact.Clients; c.Total > 0 {
		fmt.Fprintf(&b, " %d of %d requests from clients failed.", c.Fault, c.Total)
	}
	if i.Closed {
		fmt.Fprintf(&b, " It ended after %s.", minutes(i.End.Sub(i.Start)))
	}
	return b.String()
}

// note adds an event if something has changed. before is the root cause until now.
func (i *Insight) note(before trace.Node) {
	what := i.news(before)
	if what == "" || len(i.Events) >= MaxEvents-1 && !i.Closed {
		return
	}
	i.record(what)
}

func (i *Insight) record(what string) {
	i.Events = append(i.Events, Event{Time: i.Updated, Summary: what + " " + i.Summary, Impact: i.Impact, Top: i.Top()})
}

func (i *Insight) news(before trace.Node) string {
	if len(i.Events) == 0 {
		return "The insight was opened."
	}
	last := &i.Events[len(i.Events)-1]
	switch {
	case i.Closed:
		return fmt.Sprintf("The insight was closed: fault rates have been as expected for %d minutes.", quietMinutes)
	case before != i.RootCause:
		return fmt.Sprintf("The root cause is %s now, not %s.", nameOf(i.RootCause), nameOf(before))
	}
	if joined := i.joinedSince(last.Time); len(joined) > 0 {
		return "Anomalous, too: " + strings.Join(joined, ", ") + "."
	}
	if f := i.Impact.Clients.Fault; f >= 10 && f >= 2*last.Impact.Clients.Fault && i.Updated.Sub(last.Time) >= eventMinutes*time.Minute {
		return "The impact on clients has at least doubled."
	}
	return ""
}

// joinedSince names the services that joined with a later minute than t.
func (i *Insight) joinedSince(t time.Time) []string {
	var names []string
	for _, s := range i.Services {
		if s.Joined.After(t) {
			names = append(names, nameOf(s.Node))
		}
	}
	return names
}

// nameOf is how people call a node.
func nameOf(n trace.Node) string {
	if n.Type == "" {
		return n.Name
	}
	return n.Name + " (" + n.Type + ")"
}

func share(faults float64, total int64) float64 {
	if total == 0 {
		return 0
	}
	return faults / float64(total)
}

// percent has one decimal below ten per cent.
func percent(rate float64) string {
	decimals := 0
	if rate < 0.0995 {
		decimals = 1
	}
	return strconv.FormatFloat(100*rate, 'f', decimals, 64) + " %"
}

func minutes(d time.Duration) string {
	if d == time.Minute {
		return "1 minute"
	}
	return strconv.FormatInt(int64(d/time.Minute), 10) + " minutes"
}
