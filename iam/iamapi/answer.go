package iamapi

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/radiograph/radiograph/auth"
	"github.com/radiograph/radiograph/iam"
)

// members is a list in an answer. Its element is there even when it is empty.
type members[T any] struct {
	Member []T `xml:"member"`
}

// nothing is the result of operations that have none.
type nothing struct{}

// render makes the answer of an operation: its result inside of what every answer has.
func render(namespace, operation string, result any, requestID string) ([]byte, error) {
	var buf bytes.Buffer
	enc := xml.NewEncoder(&buf)
	root := xml.StartElement{
		Name: xml.Name{Local: operation + "Response"},
		Attr: []xml.Attr{{Name: xml.Name{Local: "xmlns"}, Value: namespace}},
	}
	err := enc.EncodeToken(root)
	if _, none := result.(nothing); !none && err == nil {
		err = enc.EncodeElement(result, xml.StartElement{Name: xml.Name{Local: operation + "Result"}})
	}
	if err == nil {
		err = enc.EncodeElement(struct{ RequestId string }{requestID}, xml.StartElement{Name: xml.Name{Local: "ResponseMetadata"}})
	}
	if err == nil {
		err = enc.EncodeToken(root.End())
	}
	if err = errors.Join(err, enc.Close()); err != nil {
		return nil, fmt.Errorf("encode answer of %s: %w", operation, err)
	}
	return buf.Bytes(), nil
}

// fault is an error as the client gets it.
type fault struct {
	status  int
	code    string
	message string
}

// faultOf translates errors. What has no code of its own is a failure of the service,
// and its details go to the log only.
func faultOf(err error) fault {
	if e, ok := errors.AsType[*iam.Error](err); ok {
		return fault{e.Code.Status(), string(e.Code), e.Message}
	}
	if e, ok := errors.AsType[*auth.Error](err); ok {
		code, status := e.Code(auth.Query)
		return fault{status, code, e.Message}
	}
	return fault{http.StatusInternalServerError, string(iam.ServiceFailure), "The request processing has failed because of an internal failure."}
}

// renderFault makes the answer of a refused request.
func renderFault(namespace string, f fault, requestID string) ([]byte, error) {
	body := struct {
		XMLName   xml.Name `xml:"ErrorResponse"`
		Namespace string   `xml:"xmlns,attr"`
		Error     struct {
			Type    string
			Code    string
			Message string
		}
		RequestId string
	}{Namespace: namespace, RequestId: requestID}
	body.Error.Type, body.Error.Code, body.Error.Message = "Sender", f.code, f.message
	if f.status >= http.StatusInternalServerError {
		body.Error.Type = "Receiver"
	}
	return xml.Marshal(body)
}

func write(w http.ResponseWriter, status int, body []byte) {
	h := w.Header()
	h.Set("Content-Type", "text/xml; charset=utf-8")
	h.Set("Content-Length", strconv.Itoa(len(body)))
	h.Set("X-Content-Type-Options", "nosniff")
	w.WriteHeader(status)
	_, _ = w.Write(body) // the client has gone when this fails
}

// stamp is a time as answers have it.
func stamp(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05Z") }

// escaped is a policy document as answers have it: encoded as RFC 3986 says.
func escaped(document string) string {
	return strings.ReplaceAll(url.QueryEscape(document), "+", "%20")
}
