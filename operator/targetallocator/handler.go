package targetallocator

import (
	"encoding/json"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"
)

// handler answers collectors, probes and people. The paths and shapes are those that the
// receiver prometheus reads (receiver/prometheusreceiver of opentelemetry-collector-contrib).
type handler struct {
	// view returns the newest view, nil before there is one.
	view func() *view
	// secure reports whether credentials may be in the answers.
	secure  bool
	metrics *metrics
	gather  prometheus.Gatherer
}

func (h *handler) routes() http.Handler {
	mux := http.NewServeMux()
	handle := func(path, label string, f func(http.ResponseWriter, *http.Request, *view)) {
		mux.HandleFunc("GET "+path, func(w http.ResponseWriter, r *http.Request) {
			counted := &status{ResponseWriter: w, code: http.StatusOK}
			if v := h.view(); v != nil {
				f(counted, r, v)
			} else {
				http.Error(counted, "targets are not known yet", http.StatusServiceUnavailable)
			}
			h.metrics.requests.WithLabelValues(label, strconv.Itoa(counted.code)).Inc()
		})
	}
	handle("/scrape_configs", "/scrape_configs", h.scrapeConfigs)
	handle("/jobs", "/jobs", h.jobs)
	handle("/jobs/", "/jobs/targets", h.targets)
	handle("/readyz", "/readyz", func(w http.ResponseWriter, _ *http.Request, _ *view) { _, _ = w.Write([]byte("ok\n")) })
	mux.HandleFunc("GET /livez", func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte("ok\n")) })
	mux.Handle("GET /metrics", promhttp.HandlerFor(h.gather, promhttp.HandlerOpts{}))
	return mux
}

// status remembers how a request was answered.
type status struct {
	http.ResponseWriter

	code int
}

func (s *status) WriteHeader(code int) {
	s.code = code
	s.ResponseWriter.WriteHeader(code)
}

func answer(w http.ResponseWriter, v any) {
	text, err := json.Marshal(v)
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	write(w, text)
}

func write(w http.ResponseWriter, text []byte) {
	w.Header().Set("Content-Type", "application/json")
	_, _ = w.Write(text)
}

func (h *handler) scrapeConfigs(w http.ResponseWriter, _ *http.Request, v *view) {
	if h.secure {
		write(w, v.all)
		return
	}
	write(w, v.open)
}

// link is where the targets of a job or a collector are.
type link struct {
	Link string `json:"_link"`
}

func targetsPath(job string) string { return "/jobs/" + url.QueryEscape(job) + "/targets" }

func (h *handler) jobs(w http.ResponseWriter, _ *http.Request, v *view) {
	out := make(map[string]link, len(v.jobs))
	for name := range v.jobs {
		out[name] = link{targetsPath(name)}
	}
	answer(w, out)
}

// share is what one collector has of a job.
type share struct {
	link

	Targets []json.RawMessage `json:"targets"`
}

func (h *handler) targets(w http.ResponseWriter, r *http.Request, v *view) {
	name, by, ok := jobOf(r.URL.EscapedPath(), v)
	if !ok {
		http.Error(w, "there is no such job", http.StatusNotFound)
		return
	}
	if id := r.URL.Query().Get("collector_id"); id != "" {
		list := by[id]
		if list == nil {
			list = []json.RawMessage{} // null is no answer of HTTP service discovery
		}
		answer(w, list)
		return
	}
	out := make(map[string]share, len(by))
	for collector, list := range by {
		out[collector] = share{link{targetsPath(name) + "?collector_id=" + url.QueryEscape(collector)}, list}
	}
	answer(w, out)
}

// jobOf finds the job that a path names. Collectors escape it as in a query, where a plus is a
// space, and people as in a path.
func jobOf(path string, v *view) (string, map[string][]json.RawMessage, bool) {
	escaped, ok := strings.CutSuffix(strings.TrimPrefix(path, "/jobs/"), "/targets")
	if !ok {
		return "", nil, false
	}
	for _, unescape := range []func(string) (string, error){url.QueryUnescape, url.PathUnescape} {
		if name, err := unescape(escaped); err == nil {
			if by, ok := v.jobs[name]; ok {
				return name, by, true
			}
		}
	}
	return "", nil, false
}
