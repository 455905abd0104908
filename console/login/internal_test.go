package login

import (
	"net/url"
	"strings"
	"testing"
	"time"
)

// FuzzReturnTo wants every address to stay on the host, as browsers read addresses.
func FuzzReturnTo(f *testing.F) {
	for _, s := range []string{"/map?t=1h#x", "//evil.example", `/\evil.example`, "/\t/evil.example", "https://evil.example", "javascript:alert(1)", "/%5cevil", "/..//evil.example", "/a:b@c", ""} {
		f.Add(s)
	}
	base, err := url.Parse("https://traces.example/p/")
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, address string) {
		got := returnTo(address, "/p/")
		// WHATWG's URL standard: backslashes are slashes; tabs and line breaks are dropped.
		read := strings.NewReplacer(`\`, "/", "\t", "", "\n", "", "\r", "").Replace(got)
		u, err := base.Parse(read)
		if err != nil || u.Scheme != "https" || u.Host != base.Host || strings.HasPrefix(read, "//") || strings.ContainsAny(got, "\r\n") {
			t.Errorf("%q leads to %q (%v)", address, got, u)
		}
	})
}

// FuzzClaim wants claims of any shape to give texts or nothing.
func FuzzClaim(f *testing.F) {
	f.Add("a.b", "x")
	f.Add(".", "")
	f.Add("a", "x")
	f.Fuzz(func(t *testing.T, path, value string) {
		claims := map[string]any{"a": map[string]any{"b": []any{value, 1, nil}, "": value}, "": map[string]any{}, "c": value}
		values, ok := claim(claims, path)
		if !ok && values != nil {
			t.Errorf("%q: %q without being there", path, values)
		}
	})
}

func TestNamesAreCut(t *testing.T) {
	if got := clean(strings.Repeat("é", 200)); len(got) > maxName+2 || !strings.HasPrefix(got, "éé") {
		t.Errorf("%d bytes", len(got))
	}
	if got := clean("a\u2028b/c\x00d"); got != "abcd" {
		t.Errorf("got %q", got)
	}
}

func TestSpentForgetsWhatIsOld(t *testing.T) {
	now := time.Unix(0, 0)
	s := newSpent(func() time.Time { return now })
	for i := range 10 * spentAtLeast {
		id := string(rune('a'+i%26)) + time.Duration(i).String()
		if !s.add(id, now.Add(time.Minute)) || s.add(id, now) || !s.has(id) {
			t.Fatalf("%s is not remembered", id)
		}
		now = now.Add(time.Second)
	}
	if n := len(s.until); n > 2*spentAtLeast {
		t.Errorf("%d are kept", n)
	}
}
