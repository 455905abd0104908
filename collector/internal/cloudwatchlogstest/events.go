package cloudwatchlogstest

import (
	"cmp"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Limits of PutLogEvents.
const (
	maxEvents = 10_000
	maxBytes  = 1 << 20
	maxEvent  = 256 << 10
	overhead  = 26
	maxSpan   = 24 * time.Hour
	maxAge    = 14 * 24 * time.Hour
	maxAhead  = 2 * time.Hour
)

// rejected is the part of a batch that was left out.
type rejected struct {
	TooNewStart *int `json:"tooNewLogEventStartIndex,omitempty"` // inclusive
	TooOldEnd   *int `json:"tooOldLogEventEndIndex,omitempty"`   // exclusive
	ExpiredEnd  *int `json:"expiredLogEventEndIndex,omitempty"`  // exclusive
}

func (s *Server) putLogEvents(in *input, now time.Time) (any, error) {
	g, st, err := s.stream(in)
	if err != nil {
		return nil, err
	}
	if err := checkBatch(in.LogEvents); err != nil {
		return nil, err
	}
	first, end, info := accepted(in.LogEvents, g, now)
	if first < end && *in.LogEvents[end-1].Timestamp-*in.LogEvents[first].Timestamp > maxSpan.Milliseconds() {
		return nil, invalid("The batch of log events in a single PutLogEvents request cannot span more than 24 hours.")
	}
	for _, e := range in.LogEvents[first:max(first, end)] {
		st.events = append(st.events, Event{Timestamp: *e.Timestamp, Message: *e.Message, IngestionTime: now.UnixMilli()})
	}
	slices.SortStableFunc(st.events, func(a, b Event) int { return cmp.Compare(a.Timestamp, b.Timestamp) })
	out := map[string]any{"nextSequenceToken": strconv.FormatInt(now.UnixNano(), 10)}
	if info != nil {
		out["rejectedLogEventsInfo"] = info
	}
	return out, nil
}

// checkBatch reports what makes the service refuse all of a batch.
func checkBatch(events []inputEvent) error {
	if len(events) == 0 || len(events) > maxEvents {
		return badMember(strconv.Itoa(len(events))+" events", "logEvents", "have length between 1 and 10000")
	}
	bytes := 0
	for i, e := range events {
		switch {
		case e.Timestamp == nil || *e.Timestamp < 0 || e.Message == nil || *e.Message == "":
			return badMember("null", "logEvents."+strconv.Itoa(i+1)+".member", "not be null")
		case len(*e.Message)+overhead > maxEvent:
			return invalid("Log event too large: %d bytes exceeds limit of %d", len(*e.Message)+overhead, maxEvent)
		case i > 0 && *e.Timestamp < *events[i-1].Timestamp:
			return invalid("Log events in a single PutLogEvents request must be in chronological order.")
		}
		bytes += len(*e.Message) + overhead
	}
	if bytes > maxBytes {
		return invalid("Upload too large: %d bytes exceeds limit of %d", bytes, maxBytes)
	}
	return nil
}

// accepted returns which part of a batch is kept, and what to say of the rest.
func accepted(events []inputEvent, g *group, now time.Time) (first, end int, info *rejected) {
	at := func(t time.Time) int {
		i, _ := slices.BinarySearchFunc(events, t.UnixMilli(), func(e inputEvent, ms int64) int { return cmp.Compare(*e.Timestamp, ms) })
		return i
	}
	var r rejected
	first, end = at(now.Add(-maxAge)), at(now.Add(maxAhead).Add(time.Millisecond))
	if tooOld := first; tooOld > 0 {
		r.TooOldEnd = &tooOld
	}
	if g.retention > 0 {
		if expired := at(now.AddDate(0, 0, -g.retention)); expired > first {
			r.ExpiredEnd = &expired
			first = expired
		}
	}
	if end < len(events) {
		r.TooNewStart = &end
	}
	if r == (rejected{}) {
		return first, end, nil
	}
	return first, end, &r
}

func (s *Server) describeLogGroups(in *input, _ time.Time) (any, error) {
	groups := []map[string]any{}
	for _, name := range slices.Sorted(maps.Keys(s.groups)) {
		if !strings.HasPrefix(name, in.LogGroupNamePrefix) {
			continue
		}
		g := s.groups[name]
		one := map[string]any{"logGroupName": name, "creationTime": g.created, "arn": arnPrefix + name + ":*", "metricFilterCount": 0, "storedBytes": 0}
		if g.retention > 0 {
			one["retentionInDays"] = g.retention
		}
		groups = append(groups, one)
	}
	return map[string]any{"logGroups": groups}, nil
}

func (s *Server) describeLogStreams(in *input, _ time.Time) (any, error) {
	g, err := s.group(in)
	if err != nil {
		return nil, err
	}
	streams := []map[string]any{}
	for _, name := range slices.Sorted(maps.Keys(g.streams)) {
		if !strings.HasPrefix(name, in.LogStreamNamePrefix) {
			continue
		}
		st := g.streams[name]
		one := map[string]any{"logStreamName": name, "creationTime": st.created, "arn": arnPrefix + g.name + ":log-stream:" + name, "storedBytes": 0}
		if n := len(st.events); n > 0 {
			one["firstEventTimestamp"], one["lastEventTimestamp"] = st.events[0].Timestamp, st.events[n-1].Timestamp
		}
		streams = append(streams, one)
	}
	return map[string]any{"logStreams": streams}, nil
}

// getLogEvents answers a page of events. A token is the position of the next event
// from the head of the stream; as with the service, the end is reached when the
// token that was sent comes back.
func (s *Server) getLogEvents(in *input, _ time.Time) (any, error) {
	_, st, err := s.stream(in)
	if err != nil {
		return nil, err
	}
	events := slices.DeleteFunc(slices.Clone(st.events), func(e Event) bool {
		return in.StartTime != nil && e.Timestamp < *in.StartTime || in.EndTime != nil && e.Timestamp >= *in.EndTime
	})
	limit := maxEvents
	if in.Limit != nil {
		if *in.Limit < 1 || *in.Limit > maxEvents {
			return nil, badMember(strconv.Itoa(*in.Limit), "limit", "be between 1 and 10000")
		}
		limit = *in.Limit
	}
	from, to := max(len(events)-limit, 0), len(events)
	if in.StartFromHead {
		from, to = 0, min(limit, len(events))
	}
	if in.NextToken != "" {
		direction, at, _ := strings.Cut(in.NextToken, "/")
		pos, err := strconv.Atoi(at)
		if err != nil || pos < 0 || pos > len(events) || direction != "f" && direction != "b" {
			return nil, invalid("The specified nextToken is invalid.")
		}
		from, to = pos, min(pos+limit, len(events))
		if direction == "b" {
			from, to = max(pos-limit, 0), pos
		}
	}
	return map[string]any{
		"events":            append([]Event{}, events[from:to]...),
		"nextForwardToken":  "f/" + strconv.Itoa(to),
		"nextBackwardToken": "b/" + strconv.Itoa(from),
	}, nil
}
