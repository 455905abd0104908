package login_test

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/radiograph/radiograph/auth"
	"github.com/radiograph/radiograph/console/login"
)

const adminARN = "arn:aws:iam::111122223333:user/admin"

func TestKeysLogIn(t *testing.T) {
	w := start(t)
	for _, tc := range []struct {
		name, id, secret string
		status           int
	}{
		{"right", "AKIAADMIN", keySecret, 200},
		{"wrong secret", "AKIAADMIN", keySecret + "x", 401},
		{"no secret", "AKIAADMIN", "", 401},
		{"unknown key", "AKIANOBODY", keySecret, 401},
		{"no key", "", keySecret, 401},
		{"a session token hidden in the secret", "AKIAADMIN", keySecret + ":token", 401},
		{"an id with a colon", "AKIAADMIN:" + keySecret, "", 401},
		{"may not use the console", "AKIAWRITER", keySecret, 403},
	} {
		b := w.browser()
		if got := b.logIn(tc.id, tc.secret); got != tc.status {
			t.Errorf("%s: %d, want %d", tc.name, got, tc.status)
		}
		if in := b.asks() != ""; in != (tc.status == 200) {
			t.Errorf("%s: logged in: %v", tc.name, in)
		}
	}
	if strings.Contains(w.log.String(), keySecret) {
		t.Error("the secret is in the log")
	}
}

func TestWhoOneIs(t *testing.T) {
	w := start(t)
	for _, tc := range []struct {
		id, role string
		may, not string
	}{
		{"AKIAADMIN", "admin", "xray:PutEncryptionConfig", ""},
		{"AKIAVIEWER", "viewer", "radiograph:ConsoleRead", "xray:CreateGroup"},
		{"AKIABLUE", "viewer", "xray:UpdateGroup", "xray:CreateGroup"}, // for one group: the server decides which
	} {
		b := w.browser()
		b.logIn(tc.id, keySecret)
		_, text := b.do(http.MethodGet, login.SessionPath, "")
		var who struct {
			Authentication string
			Methods        []string
			User           *struct{ Name, Role, Method string }
			Expires        float64
			Allowed        []string
		}
		if err := json.Unmarshal([]byte(text), &who); err != nil {
			t.Fatal(err)
		}
		if who.User == nil || who.User.Role != tc.role || who.User.Method != "key" || who.Expires == 0 {
			t.Errorf("%s: %s", tc.id, text)
		}
		if all := " " + strings.Join(who.Allowed, " ") + " "; !strings.Contains(all, tc.may) || tc.not != "" && strings.Contains(all, tc.not) {
			t.Errorf("%s may: %s", tc.id, all)
		}
	}
	if _, text := w.browser().do(http.MethodGet, login.SessionPath, ""); !strings.Contains(text, `"user":null`) || !strings.Contains(text, `"allowed":[]`) {
		t.Errorf("nobody: %s", text)
	}
}

func TestNobodyLogsInWhereEverybodyMay(t *testing.T) {
	b := start(t, func(o *login.Options) { o.Gate = nil }).browser()
	if _, text := b.do(http.MethodGet, login.SessionPath, ""); !strings.Contains(text, `"authentication":"off"`) {
		t.Error(text)
	}
	if got := b.logIn("AKIAADMIN", keySecret); got != http.StatusConflict {
		t.Errorf("got %d", got)
	}
	if resp, _ := b.do(http.MethodGet, login.LoginPath, ""); resp.StatusCode != http.StatusNotFound {
		t.Errorf("got %s", resp.Status)
	}
}

func TestSessionsSlideAndEnd(t *testing.T) {
	b := start(t).browser()
	b.logIn("AKIAADMIN", keySecret)
	for hours := range 24 { // used every hour: until the end, though idle ends it after 8
		if got := b.asks(); got != adminARN {
			t.Fatalf("after %d hours: %q", hours, got)
		}
		b.clock.forward(time.Hour)
	}
	if got := b.asks(); got != "" {
		t.Error("the session outlives a day")
	}
	b = start(t).browser()
	b.logIn("AKIAADMIN", keySecret)
	b.clock.forward(8*time.Hour - time.Second)
	if b.asks() == "" {
		t.Error("ended before 8 idle hours")
	}
	b.clock.forward(8 * time.Hour)
	if b.asks() != "" {
		t.Error("lasts over 8 idle hours")
	}
}

func TestSessionsEndWithTheirKey(t *testing.T) {
	b := start(t).browser()
	b.logIn("AKIAADMIN", keySecret)
	b.keys.fail(errors.New("disk"))
	if b.asks() != "" {
		t.Error("admitted while keys cannot be looked up")
	}
	b.keys.fail(nil)
	if b.asks() != adminARN {
		t.Error("an outage ended the session")
	}
	b.keys.drop("AKIAADMIN")
	if b.asks() != "" || len(b.cookies()) != 0 {
		t.Error("the session outlives its key")
	}
}

func TestForgedCookies(t *testing.T) {
	w := start(t)
	b := w.browser()
	b.logIn("AKIAADMIN", keySecret)
	own := b.cookies()[0]
	sealed, err := base64.RawURLEncoding.DecodeString(own.Value)
	if err != nil {
		t.Fatal(err)
	}
	encode := base64.RawURLEncoding.EncodeToString
	plain := []byte(`{"id":"x","k":"AKIAADMIN","a":"111122223333","t":"` + time.Now().UTC().Format(time.RFC3339) + `","s":"` + time.Now().UTC().Format(time.RFC3339) + `"}`)
	values := map[string]string{
		"empty": "", "no base64": "%%%", "plain": encode(plain), "cut": own.Value[:len(own.Value)-8], "long": strings.Repeat("A", 5000),
		"another key's":        encode(newRing(t).Seal(plain, "console session")),
		"for another purpose":  encode(w.ring.Seal(plain, "console login")),
		"of another service's": encode(w.ring.Seal([]byte(strings.Replace(string(plain), "111122223333", "999999999999", 1)), "console session")),
		"no object":            encode(w.ring.Seal([]byte(`[]`), "console session")),
		"without an id":        encode(w.ring.Seal([]byte(`{}`), "console session")),
		"of no provider":       encode(w.ring.Seal([]byte(strings.Replace(string(plain), `"k":"AKIAADMIN"`, `"iss":"https://evil.example","r":"admin"`, 1)), "console session")),
	}
	for i := range sealed {
		if i%7 == 0 {
			changed := []byte(string(sealed))
			changed[i] ^= 1
			values["changed at "+string(rune('0'+i%10))+encode(changed)[:4]+time.Duration(i).String()] = encode(changed)
		}
	}
	for name, value := range values {
		b := w.browser()
		b.setCookie(own.Name, value)
		if got := b.asks(); got != "" {
			t.Errorf("%s: passes for %s", name, got)
		}
	}
	b = w.browser()
	b.setCookie(own.Name, encode(w.ring.Seal(plain, "console session")))
	if b.asks() != adminARN {
		t.Error("what the service itself would make does not pass: the test tests nothing")
	}
	// Two cookies of one name: a neighbour may have set the other.
	if _, text := w.browser().do(http.MethodPost, "/Groups", "{}", "Cookie", own.Name+"="+own.Value+"; "+own.Name+"="+own.Value); text != "" {
		t.Errorf("two cookies pass for %s", text)
	}
}

func TestCookiesAreForTheBrowserAlone(t *testing.T) {
	b := start(t).browser()
	body := `{"accessKeyId":"AKIAADMIN","secretAccessKey":"` + keySecret + `"}`
	resp, _ := b.do(http.MethodPost, login.SessionPath, body, "Content-Type", "application/json")
	if c := resp.Cookies()[0]; !c.HttpOnly || c.Secure || c.SameSite != http.SameSiteLaxMode || c.Path != "/" || c.Domain != "" || c.Name != "radiograph-session" {
		t.Errorf("got %v", c)
	}
	resp, _ = b.do(http.MethodPost, login.SessionPath, body, "Content-Type", "application/json", "X-Forwarded-Proto", "https")
	if c := resp.Cookies()[0]; !c.HttpOnly || !c.Secure || c.Name != "__Host-radiograph-session" {
		t.Errorf("behind a proxy with TLS: got %v", c)
	}
	if got := resp.Header.Get("Cache-Control"); got != "no-store" {
		t.Errorf("may be kept: %q", got)
	}
}

func TestMalformedLogins(t *testing.T) {
	w := start(t)
	good := `{"accessKeyId":"AKIAADMIN","secretAccessKey":"` + keySecret + `"}`
	for name, tc := range map[string]struct {
		body   string
		header []string
		status int
	}{
		"another site":      {good, []string{"Content-Type", "application/json", "Origin", "https://evil.example"}, 403},
		"a form":            {good, []string{"Content-Type", "text/plain"}, 415},
		"not JSON":          {"{", []string{"Content-Type", "application/json"}, 400},
		"two objects":       {good + good, []string{"Content-Type", "application/json"}, 400},
		"an unknown member": {`{"accessKeyId":"a","sessionToken":"b"}`, []string{"Content-Type", "application/json"}, 400},
		"too long":          {`{"accessKeyId":"` + strings.Repeat("a", 1<<20) + `"}`, []string{"Content-Type", "application/json"}, 400},
		"with a parameter":  {good, []string{"Content-Type", "application/json; charset=utf-8"}, 200},
	} {
		resp, text := w.browser().do(http.MethodPost, login.SessionPath, tc.body, tc.header...)
		if resp.StatusCode != tc.status {
			t.Errorf("%s: %s %s", name, resp.Status, text)
		}
		w.clock.forward(time.Minute)
	}
	if resp, _ := w.browser().do(http.MethodPut, login.SessionPath, "{}"); resp.StatusCode != http.StatusMethodNotAllowed {
		t.Errorf("PUT: %s", resp.Status)
	}
}

func TestAttemptsAreBounded(t *testing.T) {
	w := start(t)
	throttled := 0
	for range 30 {
		if w.browser().logIn("AKIAADMIN", "guess") == http.StatusTooManyRequests {
			throttled++
		}
	}
	if throttled != 20 {
		t.Errorf("%d of 30 attempts were refused, want 20", throttled)
	}
	b := w.browser()
	if got := b.logIn("AKIAADMIN", keySecret); got != http.StatusTooManyRequests {
		t.Errorf("the right secret: %d", got)
	}
	w.clock.forward(6 * time.Second)
	if got := b.logIn("AKIAADMIN", keySecret); got != http.StatusOK {
		t.Errorf("later: %d", got)
	}
}

func TestRefusalsAreLoggedOnceWithTheirID(t *testing.T) {
	w := start(t)
	resp, text := w.browser().do(http.MethodPost, login.SessionPath, `{"accessKeyId":"AKIAADMIN","secretAccessKey":"x"}`, "Content-Type", "application/json")
	id := resp.Header.Get("X-Amzn-Requestid")
	if id == "" || !strings.Contains(text, id) || strings.Count(w.log.String(), id) != 1 || !strings.Contains(w.log.String(), "AKIAADMIN") {
		t.Errorf("answer %s\nlog %s", text, w.log)
	}
}

func TestASignatureIsNotOverruled(t *testing.T) {
	b := start(t).browser()
	b.logIn("AKIAADMIN", keySecret)
	for _, headers := range [][]string{{"Authorization", "AWS4-HMAC-SHA256 Credential=AKIAVIEWER/x"}} {
		if _, text := b.do(http.MethodPost, "/Groups", "{}", headers...); text != "" {
			t.Errorf("a request with %s is made as %s", headers[0], text)
		}
	}
	if _, text := b.do(http.MethodPost, "/Groups?X-Amz-Signature=0", "{}"); text != "" {
		t.Errorf("a presigned request is made as %s", text)
	}
}

var _ auth.Keys = (*keys)(nil)
