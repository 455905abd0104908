package tracetest

import (
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"

	"github.com/radiograph/radiograph/segment"
	"github.com/radiograph/radiograph/trace"
	"github.com/radiograph/radiograph/traceid"
)

// TraceID is the trace of the documents that [Documents] reads.
var TraceID = traceid.ID{0x5f, 0x00, 0x00, 0x01, 15: 1}

// Documents reads the documents of one call, received at that many seconds after
// the epoch. Words of a line are
//
//	id= parent= origin= user= arn= instance= az= account= status= url= method=
//	remote aws sql op= table= queue= fault error throttle traced sub
//	a.KEY=VALUE (annotation), x=ID:TYPE:MESSAGE (exception), ref=ID (its owner is
//	elsewhere), link=ENTITY (of the same trace)
func Documents(text string, received float64) ([]trace.Document, error) {
	var docs []trace.Document
	var open []*segment.Segment // from the document down to the last line
	for line := range strings.Lines(text) {
		words := strings.Fields(line)
		if len(words) == 0 {
			continue
		}
		level := (len(line) - len(strings.TrimLeft(line, " "))) / 2
		if level > len(open) {
			return nil, fmt.Errorf("line %q is indented too far", line)
		}
		s, err := entity(words)
		if err != nil {
			return nil, fmt.Errorf("line %q: %w", line, err)
		}
		if level == 0 {
			docs = append(docs, trace.Document{Segment: s, Received: Nanoseconds(received), Index: uint32(len(docs))})
		} else {
			parent := open[level-1]
			s.Kind, s.ParentID = segment.KindSubsegment, parent.ID
			parent.Subsegments = append(parent.Subsegments, s)
		}
		open = append(open[:level], s)
	}
	return docs, nil
}

// Nanoseconds converts from seconds.
func Nanoseconds(seconds float64) int64 { return int64(math.Round(seconds * 1e9)) }

func entity(words []string) (*segment.Segment, error) {
	s := &segment.Segment{TraceID: TraceID, Name: words[0]}
	for _, w := range words[1:] {
		key, value, _ := strings.Cut(w, "=")
		if err := set(s, key, value); err != nil {
			return nil, fmt.Errorf("word %q: %w", w, err)
		}
	}
	return s, nil
}

// set understands one word.
func set(s *segment.Segment, key, value string) (err error) {
	switch key {
	case "id":
		s.ID, err = ID(value)
	case "parent":
		s.ParentID, err = ID(value)
	case "sub":
		s.Kind = segment.KindSubsegment
	case "origin":
		s.Origin = value
	case "user":
		s.User = value
	case "arn":
		s.ResourceARN = value
	case "fault":
		s.Fault = segment.True
	case "error":
		s.Error = segment.True
	case "throttle":
		s.Throttle = segment.True
	case "traced":
		s.Traced = true
	case "x":
		setException(s, value)
	case "ref":
		s.Cause = &segment.Cause{Reference: value}
	case "link":
		var id traceid.EntityID
		id, err = ID(value)
		s.Links = append(s.Links, segment.Link{TraceID: TraceID, ID: id})
	default:
		return setMore(s, key, value)
	}
	return err
}

// setMore understands the words about calls, requests, annotations and times.
func setMore(s *segment.Segment, key, value string) (err error) {
	name, annotation := strings.CutPrefix(key, "a.")
	switch {
	case key == segment.NamespaceRemote || key == segment.NamespaceAWS:
		s.Namespace = key
	case key == "sql":
		s.SQL = &segment.SQL{}
	case key == "status":
		s.HTTP = httpOf(s)
		s.HTTP.Status, err = strconv.Atoi(value)
	case key == "url":
		s.HTTP = httpOf(s)
		s.HTTP.URL = value
	case key == "method":
		s.HTTP = httpOf(s)
		s.HTTP.Method = value
	case annotation:
		s.Annotations = append(s.Annotations, segment.Annotation{Key: name, Value: valueOf(value)})
	default:
		if set, known := awsWords[key]; known {
			if s.AWS == nil {
				s.AWS = &segment.AWS{}
			}
			set(s.AWS, value)
			return nil
		}
		return setTimes(s, key)
	}
	return err
}

var awsWords = map[string]func(a *segment.AWS, value string){
	"op":       func(a *segment.AWS, v string) { a.Operation = v },
	"table":    func(a *segment.AWS, v string) { a.TableName = v },
	"queue":    func(a *segment.AWS, v string) { a.QueueURL = v },
	"account":  func(a *segment.AWS, v string) { a.AccountID = v },
	"instance": func(a *segment.AWS, v string) { a.InstanceID = v },
	"az":       func(a *segment.AWS, v string) { a.AvailabilityZone = v },
}

func httpOf(s *segment.Segment) *segment.HTTP {
	if s.HTTP == nil {
		return &segment.HTTP{}
	}
	return s.HTTP
}

func setException(s *segment.Segment, value string) {
	parts := append(strings.SplitN(value, ":", 3), "", "")
	if s.Cause == nil {
		s.Cause = &segment.Cause{}
	}
	s.Cause.Exceptions = append(s.Cause.Exceptions, segment.Exception{ID: parts[0], Type: parts[1], Message: parts[2]})
}

func setTimes(s *segment.Segment, word string) error {
	start, end, ok := strings.Cut(word, "-")
	if !ok {
		return errors.New("unknown word")
	}
	seconds, err := strconv.ParseFloat(start, 64)
	if err != nil {
		return fmt.Errorf("start: %w", err)
	}
	s.StartTime = Nanoseconds(seconds)
	if end == "" {
		s.InProgress = true
		return nil
	}
	if seconds, err = strconv.ParseFloat(end, 64); err != nil {
		return fmt.Errorf("end: %w", err)
	}
	s.EndTime = Nanoseconds(seconds)
	return nil
}

// ID reads an entity id, zeros in front left out.
func ID(hex string) (traceid.EntityID, error) {
	return traceid.ParseEntity(strings.Repeat("0", max(0, 16-len(hex))) + hex)
}

func valueOf(s string) segment.Value {
	if n, err := strconv.ParseFloat(s, 64); err == nil {
		return segment.Value{Kind: segment.NumberValue, Number: n}
	}
	if b, err := strconv.ParseBool(s); err == nil {
		return segment.Value{Kind: segment.BooleanValue, Bool: b}
	}
	return segment.Value{String: s}
}
