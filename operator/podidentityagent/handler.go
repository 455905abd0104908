package podidentityagent

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"time"

	"golang.org/x/time/rate"
)

// Path is where SDKs ask.
const Path = "/v1/credentials"

// requestRate is how many requests a second a node may make.
const requestRate = 1000

// Handler answers SDKs. It is safe for concurrent use.
type Handler struct {
	credentials *Credentials
	hosts       map[string]bool
	limit       *rate.Limiter
	metrics     *Metrics
	log         *slog.Logger
}

// New returns a handler that answers requests to the hosts alone, which are addresses without
// ports. A page in a browser, or a server that can be made to fetch an address, reaches the
// agent by another name. metrics and log may be nil.
func New(credentials *Credentials, hosts []string, metrics *Metrics, log *slog.Logger) *Handler {
	if log == nil {
		log = slog.New(slog.DiscardHandler)
	}
	h := &Handler{credentials: credentials, hosts: map[string]bool{}, limit: rate.NewLimiter(requestRate, requestRate), metrics: metrics, log: log}
	for _, host := range hosts {
		h.hosts[canonical(host)] = true
	}
	return h
}

// canonical is an address as it is compared: without brackets, and IPv6 in its shortest form.
func canonical(host string) string {
	if n := len(host); n > 1 && host[0] == '[' && host[n-1] == ']' {
		host = host[1 : n-1]
	}
	if ip := net.ParseIP(host); ip != nil {
		return ip.String()
	}
	return host
}

// hostOf is the Host header without the port.
func hostOf(r *http.Request) string {
	if host, _, err := net.SplitHostPort(r.Host); err == nil {
		return canonical(host)
	}
	return canonical(r.Host)
}

// ServeHTTP answers with credentials.
func (h *Handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	start := time.Now()
	status, body := h.serve(r)
	h.metrics.answered(status, time.Since(start))
	head := w.Header()
	head.Set("Content-Type", "application/json")
	head.Set("Cache-Control", "no-store")
	head.Set("X-Content-Type-Options", "nosniff")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(body) // the client has gone when this fails
}

// problem is how SDKs read a refusal.
type problem struct {
	Code    string `json:"code"`
	Message string `json:"message"`
}

func (h *Handler) serve(r *http.Request) (int, any) {
	switch {
	case !h.limit.Allow():
		return http.StatusTooManyRequests, problem{"ThrottlingException", "too many requests on this node"}
	case !h.hosts[hostOf(r)]:
		return http.StatusForbidden, problem{"AccessDeniedException", "the agent is not asked by this name"}
	case r.URL.Path != Path:
		return http.StatusNotFound, problem{"ResourceNotFoundException", "credentials are at " + Path}
	case r.Method != http.MethodGet:
		return http.StatusMethodNotAllowed, problem{"InvalidRequestException", "credentials are read by GET"}
	}
	text := r.Header.Get("Authorization")
	if text == "" {
		return http.StatusBadRequest, problem{"InvalidRequestException", "the authorization header with the pod's token is missing"}
	}
	t, err := parseToken(text)
	if err != nil {
		return http.StatusBadRequest, problem{"InvalidTokenException", err.Error()}
	}
	session, err := h.credentials.get(r.Context(), t)
	if err != nil {
		return h.refusal(r.Context(), r.RemoteAddr, err)
	}
	return http.StatusOK, session
}

// refusal hands on what radiograph says, and logs it.
func (h *Handler) refusal(ctx context.Context, client string, err error) (int, any) {
	if refusal, ok := errors.AsType[*Refusal](err); ok && refusal.Status >= 400 {
		h.log.InfoContext(ctx, "credentials refused", "client", client, "code", refusal.Code, "err", err)
		return refusal.Status, problem{refusal.Code, refusal.Message}
	}
	h.log.WarnContext(ctx, "no credentials", "client", client, "err", err)
	return http.StatusServiceUnavailable, problem{"ServiceUnavailableException", "radiograph could not be asked for credentials"}
}
