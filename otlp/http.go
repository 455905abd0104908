package otlp

import (
	"net/netip"
	"strconv"
	"strings"

	"go.opentelemetry.io/collector/pdata/pcommon"

	"github.com/radiograph/radiograph/segment"
)

// http sets the object "http" if an attribute speaks of a request.
func (e *Encoder) http() {
	a := &e.attributes
	if !e.isRequest() {
		return
	}
	h := e.https.One()
	if h.Method = a.take(httpRequestMethod, httpMethod); h.Method == "_OTHER" {
		if m := a.take(httpRequestMethodOriginal); m != "" {
			h.Method = m
		}
	}
	h.URL = e.url()
	h.UserAgent = a.take(userAgentOriginal, httpUserAgent)
	e.client(h)
	if status, ok := a.takeInteger(httpResponseStatusCode, httpStatusCode); ok {
		h.Status = int(max(0, min(status, 1<<31-1)))
	}
	if n, ok := a.takeInteger(httpResponseBodySize, httpResponseContentLength); ok {
		h.ContentLength, h.HasContentLength = n, true
	} else {
		h.ContentLength, h.HasContentLength = e.received()
	}
	h.HasRequest = h.Method != "" || h.URL != "" || h.UserAgent != "" || h.ClientIP != ""
	h.HasResponse = h.Status != 0 || h.HasContentLength
	if h.HasRequest || h.HasResponse {
		e.out.HTTP = h
	}
}

// isRequest reports whether the span tells of an HTTP request.
func (e *Encoder) isRequest() bool {
	a := &e.attributes
	for _, k := range [...]key{
		httpRequestMethod, httpMethod, httpResponseStatusCode, httpStatusCode, urlFull, httpURL, userAgentOriginal, httpUserAgent,
		httpClientIP, urlScheme, httpScheme, httpHost, httpTarget, httpServerName, urlPath, urlQuery, httpResponseContentLength,
	} {
		if a.has(k) {
			return true
		}
	}
	return false
}

// client sets the address of the client. When it differs from the peer's, a proxy
// has passed it on.
func (e *Encoder) client(h *segment.HTTP) {
	a := &e.attributes
	peer, peerKey := a.either(networkPeerAddress, netPeerIP)
	if !isIP(peer) {
		peer = ""
	}
	client, clientKey := a.either(clientAddress, httpClientIP)
	if clientKey == clientAddress && !isIP(client) {
		client, clientKey = a.either(httpClientIP)
	}
	switch {
	case client != "":
		a.use(clientKey)
		h.ClientIP = client
		if peer != client {
			h.XForwardedFor = segment.True
		}
	case peer != "" && !e.called():
		a.use(peerKey)
		h.ClientIP = peer
	}
	if forwarded, ok := a.flag(xrayXForwardedFor); ok {
		a.use(xrayXForwardedFor)
		h.XForwardedFor = segment.Unset
		if forwarded {
			h.XForwardedFor = segment.True
		}
	}
}

func isIP(s string) bool {
	if s == "" {
		return false
	}
	_, err := netip.ParseAddr(s)
	return err == nil
}

// url returns the URL of the request: as it is given, or put together if a host is
// known.
func (e *Encoder) url() string {
	a := &e.attributes
	if u := a.take(urlFull, httpURL); u != "" {
		return u
	}
	host, hostKey, port, portKey := e.authority()
	if host == "" {
		return ""
	}
	a.use(hostKey)
	scheme := a.take(urlScheme, httpScheme)
	if scheme == "" {
		scheme = "http"
	}
	b := e.texts.Open(64)
	b = append(append(b, scheme...), "://"...)
	bare := strings.IndexByte(host, ':') >= 0 && isIP(host)
	if bare {
		b = append(b, '[')
	}
	b = append(b, host...)
	if bare {
		b = append(b, ']')
	}
	if port != 0 && (bare || strings.IndexByte(host, ':') < 0) {
		a.use(portKey)
		if !isDefaultPort(scheme, port) {
			b = strconv.AppendInt(append(b, ':'), port, 10)
		}
	}
	if target := a.take(httpTarget); target != "" {
		if target[0] != '/' {
			b = append(b, '/')
		}
		return e.texts.CloseString(append(b, target...))
	}
	path := a.take(urlPath)
	if path == "" || path[0] != '/' {
		b = append(b, '/')
	}
	b = append(b, path...)
	if q := a.take(urlQuery); q != "" {
		b = append(append(b, '?'), strings.TrimPrefix(q, "?")...)
	}
	return e.texts.CloseString(b)
}

// authority returns the host that the request is for and its port, 0 if unknown,
// with their keys.
func (e *Encoder) authority() (host string, hostKey key, port int64, portKey key) {
	a := &e.attributes
	hosts, ports := [...]key{httpHost, serverAddress, netPeerName, netPeerIP, networkPeerAddress}, [...]key{serverPort, netPeerPort}
	if !e.called() {
		hosts, ports = [...]key{httpHost, serverAddress, httpServerName, netHostName, unknown}, [...]key{serverPort, netHostPort}
	}
	host, hostKey = a.either(hosts[:]...)
	for _, k := range ports {
		if n, ok := a.integer(k); ok && n > 0 && n < 1<<16 {
			return host, hostKey, n, k
		}
	}
	return host, hostKey, 0, unknown
}

func isDefaultPort(scheme string, port int64) bool {
	return scheme == "http" && port == 80 || scheme == "https" && port == 443
}

// hostOf returns the host of a URL without its port, "" if there is none.
func hostOf(url string) string {
	_, rest, ok := strings.Cut(url, "://")
	if !ok {
		return ""
	}
	return hostPort(rest)
}

// hostPort returns the host at the front of s, which goes on with a port or a path.
func hostPort(s string) string {
	if i := strings.IndexAny(s, "/?#;"); i >= 0 {
		s = s[:i]
	}
	if i := strings.LastIndexByte(s, '@'); i >= 0 {
		s = s[i+1:]
	}
	if strings.HasPrefix(s, "[") {
		host, _, _ := strings.Cut(s[1:], "]")
		return host
	}
	if i := strings.LastIndexByte(s, ':'); i >= 0 && strings.IndexByte(s, ':') == i {
		return s[:i]
	}
	return s
}

// received returns the size of the message that the span received, which is an
// attribute or in an event.
func (e *Encoder) received() (int64, bool) {
	a := &e.attributes
	if a.str(messageType) == "RECEIVED" {
		if n, ok := a.takeInteger(messagingPayloadSize); ok {
			a.use(messageType)
			return n, true
		}
	}
	for _, ev := range e.span.Events().All() {
		if n, ok := payload(ev.Attributes()); ok {
			return n, true
		}
	}
	return 0, false
}

// payload is received for one event.
func payload(attrs pcommon.Map) (int64, bool) {
	if v, ok := attrs.Get(names[messageType]); !ok || v.Str() != "RECEIVED" {
		return 0, false
	}
	v, ok := attrs.Get(names[messagingPayloadSize])
	if !ok {
		return 0, false
	}
	return integerOf(v)
}
