package irsa_test

import (
	"strings"
	"testing"

	"github.com/radiograph/radiograph/operator/irsa"
)

func TestMapping(t *testing.T) {
	m, err := irsa.ParseMapping(`{
		"a/b": {"RoleARN": "exact", "Audience": "x", "UseRegionalSTS": true, "TokenExpiration": 900},
		"a/*": {"RoleARN": "namespace"}, "*/b": {"RoleARN": "name"}, "*/*": {"RoleARN": "any"}
	}`)
	if err != nil {
		t.Fatal(err)
	}
	for account, want := range map[string]string{"a/b": "exact", "a/c": "namespace", "c/b": "name", "c/d": "any"} {
		namespace, name, _ := strings.Cut(account, "/")
		if got := m.Of(namespace, name); got.RoleARN != want {
			t.Errorf("%s has %q, want %q", account, got.RoleARN, want)
		}
	}
	if got := m.Of("a", "b"); got.Audience != "x" || got.RegionalSTS == nil || !*got.RegionalSTS || got.TokenExpiration != 900 {
		t.Errorf("%+v", got)
	}
	if m, err := irsa.ParseMapping(" "); m != nil || err != nil || !m.Of("a", "b").None() {
		t.Errorf("empty text: %v, %v", m, err)
	}
}

func TestMalformedMapping(t *testing.T) {
	for _, text := range []string{`[]`, `{"a":{}}`, `{"/b":{}}`, `{"a/b*":{}}`, `{"a/b/c":{}}`, `{"a/b":{"TokenExpiration":-1}}`, `{"a/b":{"RoleARN":1}}`, `{`} {
		if m, err := irsa.ParseMapping(text); err == nil {
			t.Errorf("%s gives %v", text, m)
		}
	}
}

func FuzzParseMapping(f *testing.F) {
	f.Add(`{"a/b":{"RoleARN":"r","TokenExpiration":900}}`)
	f.Add(`{"*/*":{}}`)
	f.Fuzz(func(t *testing.T, text string) {
		m, err := irsa.ParseMapping(text)
		if err != nil && m != nil {
			t.Error("a mapping and an error")
		}
		for key := range m {
			if strings.Count(key, "/") != 1 {
				t.Errorf("key %q", key)
			}
		}
	})
}

func TestSettings(t *testing.T) {
	good := irsa.Settings{Endpoint: "https://radiograph:2080", Services: []string{"sts", "application-signals"}, AccountID: "111122223333", AgentURI: irsa.AgentURIv6}
	if err := good.Validate(); err != nil {
		t.Error(err)
	}
	bad := irsa.Settings{Endpoint: "radiograph:2080", Services: []string{"a b"}, AccountID: "1", AgentURI: "/v1"}
	err := bad.Validate()
	if err == nil || strings.Count(err.Error(), "\n") != 3 {
		t.Errorf("got %v", err)
	}
}
