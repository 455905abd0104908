package consoleapi

import (
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/radiograph/radiograph/filter"
	"github.com/radiograph/radiograph/group"
	"github.com/radiograph/radiograph/internal/decimal"
	"github.com/radiograph/radiograph/problem"
)

// span is a time range, its end excluded.
type span struct{ from, to time.Time }

// seconds returns the length of the range.
func (s span) length() time.Duration { return s.to.Sub(s.from) }

const defaultSpan = time.Hour

// spanOf returns the range of the parameters from and to.
func (a *API) spanOf(q url.Values) (s span, err error) {
	s.to = a.opts.Now()
	if text := q.Get("to"); text != "" {
		if s.to, err = parseMoment("to", text); err != nil {
			return s, err
		}
	}
	s.from = s.to.Add(-defaultSpan)
	if text := q.Get("from"); text != "" {
		if s.from, err = parseMoment("from", text); err != nil {
			return s, err
		}
	}
	return s, s.check()
}

// spanOfNumbers is spanOf for the members of a body.
func (a *API) spanOfNumbers(from, to *json.Number) (span, error) {
	q := url.Values{}
	if from != nil {
		q.Set("from", from.String())
	}
	if to != nil {
		q.Set("to", to.String())
	}
	return a.spanOf(q)
}

func (s span) check() error {
	if !s.from.Before(s.to) {
		return wrong("from", "the time range is empty: from must be before to")
	}
	return nil
}

// number has the seconds that parseMoment takes: all that fit into a duration.
var number = regexp.MustCompile(`^-?[0-9]{1,10}(\.[0-9]{1,30})?$`)

// Moments that can be asked about: the range of times in ns, and some room.
const maxMoment = 9_000_000_000

// parseMoment reads seconds since the epoch or RFC 3339.
func parseMoment(parameter, text string) (time.Time, error) {
	if number.MatchString(text) {
		d := decimal.Parse([]byte(text))
		if s := d.Trunc(); s > -maxMoment && s < maxMoment {
			return time.Unix(0, d.Times(9)), nil
		}
	} else if t, err := time.Parse(time.RFC3339Nano, strings.ReplaceAll(text, " ", "+")); err == nil {
		if s := t.Unix(); s > -maxMoment && s < maxMoment {
			return t, nil
		}
	}
	return time.Time{}, wrong(parameter, "%q is no moment: use seconds since 1970 or a time as in 2026-01-02T15:04:05Z", text)
}

// count returns an integer parameter between 1 and most; otherwise is what it is
// when absent.
func count(q url.Values, parameter string, otherwise, most int) (int, error) {
	text := q.Get(parameter)
	if text == "" {
		return otherwise, nil
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < 1 || n > most {
		return 0, wrong(parameter, "%q must be a whole number from 1 to %d", text, most)
	}
	return n, nil
}

// compile compiles the expression of a parameter; nil for the empty one.
func (a *API) compile(parameter, source string) (*filter.Predicate, error) {
	expr, err := filter.Parse(source)
	if err != nil {
		return nil, &parameterError{parameter: parameter, source: source, err: err}
	}
	if expr.Empty() {
		return nil, nil //nolint:nilnil // a nil Predicate matches everything
	}
	p, err := filter.Compile(expr, filter.Options{Group: a.opts.Groups.FilterOf})
	if err != nil {
		return nil, &parameterError{parameter: parameter, err: err}
	}
	return p, nil
}

// groupOf returns the group of the parameter g; ok is false when that means all
// traces.
func (a *API) groupOf(q url.Values) (g group.Group, ok bool, err error) {
	name := q.Get("g")
	if name == "" || name == group.DefaultName {
		return group.Group{}, false, nil
	}
	g, err = a.opts.Groups.Find(name, "")
	if err != nil {
		return g, false, &parameterError{parameter: "g", err: err}
	}
	return g, true, nil
}

// predicateOf returns what matches the group of the parameter g and the expression of q.
func (a *API) predicateOf(q url.Values) (*filter.Predicate, error) {
	p, err := a.compile("q", q.Get("q"))
	if err != nil {
		return nil, err
	}
	g, ok, err := a.groupOf(q)
	if err != nil || !ok {
		return p, err
	}
	member := "group.name = " + filter.Quote(g.Name)
	if p != nil {
		member += " AND (" + q.Get("q") + ")"
	}
	return a.compile("q", member)
}

// maxBody bounds the body of a request.
const maxBody = 1 << 20

// readBody decodes the body of r into out.
func readBody(r *http.Request, out any) error {
	dec := json.NewDecoder(http.MaxBytesReader(nil, r.Body, maxBody))
	dec.DisallowUnknownFields()
	err := dec.Decode(out)
	if err == nil {
		if _, err = dec.Token(); errors.Is(err, io.EOF) {
			return nil
		}
		err = errors.New("there is more behind the object")
	}
	if _, ok := errors.AsType[*http.MaxBytesError](err); ok {
		return problem.New(problem.Invalid, "the body is larger than %d bytes", maxBody)
	}
	return problem.New(problem.Invalid, "the body is not what is expected: %s", strings.TrimPrefix(err.Error(), "json: "))
}
