package eksapi

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"unicode/utf8"

	kjson "sigs.k8s.io/json"
)

// maxBody is the size of the largest body: configuration values are most of it.
const maxBody = 1 << 20

// request is a request whose operation is known.
type request struct {
	operation *operation
	labels    map[label]string
	query     url.Values
	body      []byte
	// caller is the ARN that the service has verified, or empty.
	caller string
	id     string
	// addon is the add-on that it is about, for errors and the log.
	addon string
}

// read takes from an HTTP request what the operation needs.
func (r *request) read(w http.ResponseWriter, from *http.Request) error {
	query, err := url.ParseQuery(from.URL.RawQuery)
	if err != nil {
		return fail(invalidParameter, "The query is not properly encoded.")
	}
	r.query = query
	for name, values := range query {
		for _, value := range values {
			if !utf8.ValidString(name) || !utf8.ValidString(value) {
				return fail(invalidParameter, "The query is not UTF-8.")
			}
		}
	}
	for _, value := range r.labels {
		if !utf8.ValidString(value) {
			return fail(invalidParameter, "The path is not UTF-8.")
		}
	}
	if from.Method != http.MethodPost {
		return nil
	}
	r.body, err = io.ReadAll(http.MaxBytesReader(w, from.Body, maxBody))
	if tooBig, ok := errors.AsType[*http.MaxBytesError](err); ok {
		return fail(requestEntityTooBig, "The body has more than %d bytes.", tooBig.Limit)
	}
	if err != nil {
		return &failure{code: invalidRequest, message: "The body cannot be read.", cause: err}
	}
	return nil
}

// decode reads the body as one JSON object. Names of members are compared exactly, unknown ones
// are ignored, and one that occurs twice is refused, since readers would differ about it.
func (r *request) decode(into any) error {
	body := bytes.TrimSpace(r.body)
	if len(body) == 0 {
		body = []byte("{}")
	}
	if body[0] != '{' || !utf8.Valid(body) {
		return fail(invalidParameter, "The body is not a JSON object.")
	}
	strict, err := kjson.UnmarshalStrict(body, into, kjson.DisallowDuplicateFields)
	if err == nil && len(strict) > 0 {
		err = strict[0]
	}
	if err == nil {
		return nil
	}
	if wrong, ok := errors.AsType[*json.UnmarshalTypeError](err); ok && wrong.Field != "" {
		return fail(invalidParameter, "The member %s of the body cannot be a %s.", wrong.Field, wrong.Value)
	}
	return fail(invalidParameter, "The body cannot be read as JSON: %s.", err)
}

// one returns a parameter of the query that may be there once.
func (r *request) one(name string) (string, error) {
	values := r.query[name]
	if len(values) > 1 {
		return "", fail(invalidParameter, "The parameter %s is given %d times.", name, len(values))
	}
	if len(values) == 0 {
		return "", nil
	}
	return values[0], nil
}

// boolean returns a parameter that is true or false, and false if it is not there.
func (r *request) boolean(name string) (bool, error) {
	text, err := r.one(name)
	if err != nil || text == "" {
		return false, err
	}
	value, err := strconv.ParseBool(text)
	if err != nil {
		return false, fail(invalidParameter, "The parameter %s must be true or false.", name)
	}
	return value, nil
}
