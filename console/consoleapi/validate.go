package consoleapi

import (
	"errors"
	"net/http"

	"github.com/radiograph/radiograph/filter"
	"github.com/radiograph/radiograph/problem"
)

type validateAnswer struct {
	OK        bool       `json:"ok"`
	Canonical *string    `json:"canonical"`
	Error     *exprFault `json:"error"`
}

type exprFault struct {
	Message string `json:"message"`
	place
}

// validate says whether an expression is one, and where it is not.
func (a *API) validate(r *http.Request) (any, error) {
	source := r.URL.Query().Get("q")
	expr, err := filter.Parse(source)
	if syntax, ok := errors.AsType[*filter.SyntaxError](err); ok {
		return validateAnswer{Error: &exprFault{syntax.Error(), placeOf(source, syntax)}}, nil
	}
	if err == nil {
		_, err = filter.Compile(expr, filter.Options{Group: a.opts.Groups.FilterOf})
	}
	if err != nil {
		message := messageOf(err, problem.KindOf(err))
		return validateAnswer{Error: &exprFault{message, place{Line: 1, Column: 1}}}, nil
	}
	return validateAnswer{OK: true, Canonical: new(expr.String())}, nil
}
