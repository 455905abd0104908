package cloudwatchlogstest

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"
)

// Event is an event that a stream keeps.
type Event struct {
	Timestamp     int64  `json:"timestamp"` // milliseconds since 1970
	Message       string `json:"message"`
	IngestionTime int64  `json:"ingestionTime"`
}

// Group is a log group as it is.
type Group struct {
	Name          string
	RetentionDays int // 0: forever
	Tags          map[string]string
	Streams       []string // sorted
}

// Request is a request that arrived.
type Request struct {
	Operation string
	Header    http.Header
	Body      []byte
	Error     string // the code of the error that was answered, or ""
}

// Server is the handler. It may be used by several goroutines.
type Server struct {
	mu       sync.Mutex // guards the fields below
	groups   map[string]*group
	requests []Request
	failures map[string][]*Error
}

type group struct {
	name      string
	created   int64
	retention int
	tags      map[string]string
	streams   map[string]*stream
}

type stream struct {
	name    string
	created int64
	events  []Event
}

// New returns a Server without groups.
func New() *Server {
	return &Server{groups: make(map[string]*group), failures: make(map[string][]*Error)}
}

// Fail lets the next times requests of an operation fail with err.
func (s *Server) Fail(operation string, times int, err *Error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.failures[operation] = append(s.failures[operation], slices.Repeat([]*Error{err}, times)...)
}

// Events returns the events of a stream in order of time, or nil.
func (s *Server) Events(groupName, streamName string) []Event {
	s.mu.Lock()
	defer s.mu.Unlock()
	if g := s.groups[groupName]; g != nil && g.streams[streamName] != nil {
		return slices.Clone(g.streams[streamName].events)
	}
	return nil
}

// Group returns a group, and whether there is one of that name.
func (s *Server) Group(name string) (Group, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	g := s.groups[name]
	if g == nil {
		return Group{}, false
	}
	return Group{
		Name: g.name, RetentionDays: g.retention, Tags: maps.Clone(g.tags),
		Streams: slices.Sorted(maps.Keys(g.streams)),
	}, true
}

// Groups returns the names of all groups, sorted.
func (s *Server) Groups() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Sorted(maps.Keys(s.groups))
}

// Requests returns the requests so far, of one operation or of all for "".
func (s *Server) Requests(operation string) []Request {
	s.mu.Lock()
	defer s.mu.Unlock()
	var found []Request
	for _, r := range s.requests {
		if operation == "" || r.Operation == operation {
			found = append(found, r)
		}
	}
	return found
}

// maxBody is more than the largest batch needs when every byte is escaped.
const maxBody = 8 << 20

// ServeHTTP answers one request.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
	if err != nil {
		answer(w, nil, &Error{Status: http.StatusRequestEntityTooLarge, Code: "RequestEntityTooLargeException", Message: "Request size exceeded " + fmt.Sprint(maxBody) + " bytes"})
		return
	}
	_, operation, _ := strings.Cut(r.Header.Get("X-Amz-Target"), "Logs_20140328.")
	s.mu.Lock()
	defer s.mu.Unlock()
	out, err := s.do(operation, r, body)
	request := Request{Operation: operation, Header: r.Header.Clone(), Body: body}
	if e, ok := errors.AsType[*Error](err); ok {
		request.Error = e.Code
	}
	s.requests = append(s.requests, request)
	answer(w, out, err)
}

func (s *Server) do(operation string, r *http.Request, body []byte) (any, error) {
	handle := operations[operation]
	switch {
	case r.Method != http.MethodPost || handle == nil:
		return nil, &Error{Code: "UnknownOperationException"}
	case !strings.HasPrefix(r.Header.Get("Authorization"), "AWS4-HMAC-SHA256 ") || !strings.Contains(r.Header.Get("Authorization"), "/logs/aws4_request"):
		return nil, &Error{Code: "MissingAuthenticationTokenException", Message: "Missing Authentication Token"}
	}
	if waiting := s.failures[operation]; len(waiting) > 0 {
		s.failures[operation] = waiting[1:]
		return nil, waiting[0]
	}
	var in input
	if err := json.Unmarshal(body, &in); err != nil {
		return nil, &Error{Code: "SerializationException", Message: "Start of structure or map found where not expected"}
	}
	return handle(s, &in, time.Now())
}

var operations = map[string]func(*Server, *input, time.Time) (any, error){
	"CreateLogGroup":      (*Server).createLogGroup,
	"DeleteLogGroup":      (*Server).deleteLogGroup,
	"CreateLogStream":     (*Server).createLogStream,
	"PutRetentionPolicy":  (*Server).putRetentionPolicy,
	"TagResource":         (*Server).tagResource,
	"TagLogGroup":         (*Server).tagLogGroup,
	"ListTagsForResource": (*Server).listTags,
	"PutLogEvents":        (*Server).putLogEvents,
	"DescribeLogGroups":   (*Server).describeLogGroups,
	"DescribeLogStreams":  (*Server).describeLogStreams,
	"GetLogEvents":        (*Server).getLogEvents,
}

// input has the members of all requests.
type input struct {
	LogGroupName        *string           `json:"logGroupName"`
	LogGroupNamePrefix  string            `json:"logGroupNamePrefix"`
	LogStreamName       *string           `json:"logStreamName"`
	LogStreamNamePrefix string            `json:"logStreamNamePrefix"`
	Tags                map[string]string `json:"tags"`
	ResourceARN         string            `json:"resourceArn"`
	RetentionInDays     *int              `json:"retentionInDays"`
	LogEvents           []inputEvent      `json:"logEvents"`
	StartTime           *int64            `json:"startTime"`
	EndTime             *int64            `json:"endTime"`
	Limit               *int              `json:"limit"`
	NextToken           string            `json:"nextToken"`
	StartFromHead       bool              `json:"startFromHead"`
}

type inputEvent struct {
	Timestamp *int64  `json:"timestamp"`
	Message   *string `json:"message"`
}
