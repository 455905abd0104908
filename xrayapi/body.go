package xrayapi

import (
	"errors"
	"net/http"

	"github.com/radiograph/radiograph/internal/httpbody"
)

// readBody reads the body of r, of at most limit bytes. It must be released.
func readBody(w http.ResponseWriter, r *http.Request, limit int64) (httpbody.Body, error) {
	b, err := httpbody.Read(w, r, limit)
	switch {
	case err == nil:
		return b, nil
	case errors.Is(err, httpbody.ErrTooLarge):
		return b, &fault{
			status: http.StatusRequestEntityTooLarge, name: "RequestEntityTooLargeException",
			message: "request body is larger than " + formatBytes(limit),
		}
	case errors.Is(err, httpbody.ErrCoding):
		return b, &fault{
			status: http.StatusUnsupportedMediaType, name: "UnsupportedMediaTypeException",
			message: err.Error(), lower: true,
		}
	}
	return b, malformed("%v", err)
}
