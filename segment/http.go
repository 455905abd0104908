package segment

import "strconv"

// HTTP is the request as the entity saw it. Absent strings are empty.
type HTTP struct {
	Method, URL, UserAgent, ClientIP string
	XForwardedFor                    Tri   // segments: ClientIP came from the header
	HasRequest, HasResponse          bool  // the objects "request" and "response" were there
	Status                           int   // 0 when absent
	ContentLength                    int64 // -1 is legal; see HasContentLength
	HasContentLength                 bool
}

// http reads the value of "http". Its flag traced is not kept in HTTP.
func (d *Decoder) http() (h *HTTP, traced bool) {
	if d.peek() != '{' {
		d.skip()
		return nil, false
	}
	h = d.https.One()
	for ok := d.object(); ok; ok = d.member() {
		switch d.key {
		case "request":
			h.HasRequest = d.peek() == '{'
			traced = d.httpRequest(h)
		case "response":
			h.HasResponse = d.peek() == '{'
			d.httpResponse(h)
		default:
			d.skip()
		}
	}
	return h, traced
}

func (d *Decoder) httpRequest(h *HTTP) (traced bool) {
	h.Method, h.URL, h.UserAgent, h.ClientIP, h.XForwardedFor = "", "", "", "", Unset
	for ok := d.object(); ok; ok = d.member() {
		switch d.key {
		case "method":
			h.Method = d.str()
		case "url":
			h.URL = d.str()
		case "user_agent":
			h.UserAgent = d.str()
		case "client_ip":
			h.ClientIP = d.str()
		case "x_forwarded_for":
			h.XForwardedFor = d.flag()
		case "traced":
			traced = d.flag() == True
		default:
			d.skip()
		}
	}
	return traced
}

func (d *Decoder) httpResponse(h *HTTP) {
	h.Status, h.ContentLength, h.HasContentLength = 0, 0, false
	for ok := d.object(); ok; ok = d.member() {
		switch d.key {
		case "status":
			h.Status = d.count()
		case "content_length":
			h.ContentLength, h.HasContentLength = d.integer()
		default:
			d.skip()
		}
	}
}

// append appends h as a member.
func (h *HTTP) append(dst []byte) []byte {
	dst = append(appendKey(dst, "http"), '{')
	if h.HasRequest || h.Method != "" || h.URL != "" || h.UserAgent != "" || h.ClientIP != "" || h.XForwardedFor != Unset {
		dst = append(appendKey(dst, "request"), '{')
		dst = appendText(dst, "method", h.Method)
		dst = appendText(dst, "url", h.URL)
		dst = appendText(dst, "user_agent", h.UserAgent)
		dst = appendText(dst, "client_ip", h.ClientIP)
		dst = appendFlag(dst, "x_forwarded_for", h.XForwardedFor)
		dst = append(dst, '}')
	}
	if h.HasResponse || h.Status != 0 || h.HasContentLength {
		dst = append(appendKey(dst, "response"), '{')
		dst = appendInt(dst, "status", h.Status)
		if h.HasContentLength {
			dst = strconv.AppendInt(appendKey(dst, "content_length"), h.ContentLength, 10)
		}
		dst = append(dst, '}')
	}
	return append(dst, '}')
}
