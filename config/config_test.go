package config_test

import (
	"bytes"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/radiograph/radiograph/config"
	"github.com/radiograph/radiograph/problem"
)

var update = flag.Bool("update", false, "write golden files")

// golden compares got with a file, or writes it.
func golden(t *testing.T, path, got string) {
	t.Helper()
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o600); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("%s is not up to date (run the test with -update):\n%s", path, diff)
	}
}

func TestDefaultIsValid(t *testing.T) {
	c := config.Default()
	if err := c.Validate(); err != nil {
		t.Error(err)
	}
}

func TestLaterSourceWins(t *testing.T) {
	yaml := "region: eu-west-1\naccount_id: '111122223333'\nstore:\n  retention: 7d\n  memory: 128MiB\n"
	l, err := config.Load(config.Default(), config.Source{
		File: "radiograph.yaml", YAML: []byte(yaml),
		Env:   []string{"RADIOGRAPH_STORE_RETENTION=3d", "RADIOGRAPH_REGION=eu-west-2", "RADIOGRAPH_PORT=tcp://10.0.0.1:80"},
		Flags: map[string]string{"region": "eu-west-3"},
	})
	if err != nil {
		t.Fatal(err)
	}
	want := config.Default()
	want.Region, want.AccountID, want.Store.Retention, want.Store.Memory = "eu-west-3", "111122223333", 72*time.Hour, 128<<20
	if diff := cmp.Diff(want, l.Config); diff != "" {
		t.Errorf("configuration differs (-want +got):\n%s", diff)
	}
	for path, origin := range map[string]string{
		"region": "--region", "account_id": "radiograph.yaml:2", "store.retention": "RADIOGRAPH_STORE_RETENTION",
		"store.memory": "radiograph.yaml:5", "data": "default",
	} {
		if got := l.Origin(path); got != origin {
			t.Errorf("origin of %s is %q, want %q", path, got, origin)
		}
	}
}

func TestFaultsNameTheirPlace(t *testing.T) {
	for _, tc := range []struct {
		name, yaml string
		env        []string
		flags      map[string]string
		want       []string
	}{
		{name: "misspelt key", yaml: "store:\n  retenton: 7d\n", want: []string{"c.yaml:2: unknown key store.retenton; did you mean store.retention?"}},
		{name: "key in the wrong section", yaml: "retention: 7d\n", want: []string{"c.yaml:1: unknown key retention; did you mean store.retention?"}},
		{name: "misspelt section", yaml: "strore:\n  sync: never\n", want: []string{"c.yaml:1: unknown key strore; did you mean store?"}},
		{name: "nothing similar", yaml: "zebra: 1\n", want: []string{"c.yaml:1: unknown key zebra"}},
		{name: "twice", yaml: "region: a\nregion: b\n", want: []string{"region"}},
		{name: "several at once", yaml: "region: Mars!\nstore:\n  sync: maybe\n  settle: soon\n", want: []string{
			`c.yaml:3: store.sync: "maybe" is not one of always, interval, never`,
			`c.yaml:4: store.settle: "soon" is not a duration such as 10s, 1h30m or 30d`,
			`c.yaml:1: region: "Mars!" is not a region`,
		}},
		{name: "number for account", yaml: "account_id: 12\n", want: []string{`c.yaml:1: account_id: "12" is not an account number`}},
		{name: "list for value", yaml: "region: [a, b]\n", want: []string{"c.yaml:1: region must hold one value"}},
		{name: "list in a list", yaml: "otlp: {indexed_attributes: [a, [b]]}\n", want: []string{"c.yaml:1: otlp.indexed_attributes must hold a list of values"}},
		{name: "attribute without a name", flags: map[string]string{"otlp-indexed-attributes": "a,,b"}, want: []string{"--otlp-indexed-attributes: otlp.indexed_attributes: an attribute has no name"}},
		{name: "value for section", yaml: "store: fast\n", want: []string{"c.yaml:1: store must hold keys"}},
		{name: "list for file", yaml: "- a\n", want: []string{"c.yaml:1: the file must hold keys"}},
		{name: "no YAML", yaml: "a: b: c\n", want: []string{"c.yaml: "}},
		{name: "environment", env: []string{"RADIOGRAPH_STORE_MEMORY=much"}, want: []string{`RADIOGRAPH_STORE_MEMORY: store.memory: "much" is not a size`}},
		{name: "flag", flags: map[string]string{"http": "nowhere"}, want: []string{`--http: http.listen: "nowhere" is not an address`}},
		{name: "everybody may connect", flags: map[string]string{"http": "0.0.0.0:2080", "daemon-udp": ":2000", "otlp-grpc": ":4317", "otlp-http": "[::]:4318"}, want: []string{
			"--http: http.listen: 0.0.0.0:2080 can be reached from other machines",
			"--daemon-udp: daemon.udp: :2000 can be reached from other machines",
			"--otlp-grpc: otlp.grpc: :4317 can be reached from other machines",
			"--otlp-http: otlp.http: [::]:4318 can be reached from other machines",
		}},
		{name: "signatures do not guard the daemon", flags: map[string]string{"auth": "sigv4", "http": "0.0.0.0:2080", "daemon-udp": ":2000", "otlp-grpc": ":4317", "otlp-http": "[::]:4318"}, want: []string{
			"--daemon-udp: daemon.udp: :2000 can be reached from other machines",
		}},
		{name: "unknown mode", flags: map[string]string{"auth": "basic"}, want: []string{`--auth: auth.mode: "basic" is not one of off, sigv4`}},
		{name: "too long a skew", yaml: "auth: {mode: sigv4, clock_skew: 1h}\n", want: []string{"c.yaml:1: auth.clock_skew: must be at most 15m"}},
		{name: "no URL", flags: map[string]string{"insights-webhook": "example.com/hook"}, want: []string{`--insights-webhook: insights.webhook: "example.com/hook" is not a URL`}},
		{name: "no host name", flags: map[string]string{"auth-accepted-hosts": "https://x.test/"}, want: []string{`--auth-accepted-hosts: auth.accepted_hosts: "https://x.test/" is not a host name`}},
		{name: "a name may lead anywhere", flags: map[string]string{"http": "example.test:80"}, want: []string{"can be reached"}},
		{name: "certificate without its key", flags: map[string]string{"tls-cert-file": "a"}, want: []string{"tls.key_file: must name the key"}},
		{name: "nobody verifies clients", yaml: "tls: {cert_file: a, key_file: b, client_ca_file: c}\n", want: []string{"tls.client_auth: must be request or require"}},
		{name: "clients without authorities", yaml: "tls: {cert_file: a, key_file: b, client_auth: require}\n", want: []string{"tls.client_ca_file: must name the authorities"}},
		{name: "a listener that is none", yaml: "tls: {listeners: [daemon.tcp]}\n", want: []string{`c.yaml:1: tls.listeners: "daemon.tcp" is not one of`}},
		{name: "login that nobody needs", yaml: "login: {oidc: {issuer: 'https://l.test', client_id: a, redirect_url: 'https://t.test/console/v1/login/callback', admin_values: [a]}}\n", want: []string{"has no effect while auth.mode is off"}},
		{name: "provider without TLS", yaml: "auth: {mode: sigv4}\nlogin: {oidc: {issuer: 'http://l.test', client_id: a, redirect_url: 'http://t.test/', admin_values: [a]}}\n", want: []string{
			`login.oidc.issuer: "http://l.test" is not a URL`, `login.oidc.redirect_url: "http://t.test/" is not a URL`, "must end in /console/v1/login/callback",
		}},
		{name: "nobody could log in", yaml: "auth: {mode: sigv4}\nlogin: {oidc: {issuer: 'https://l.test', client_id: a, redirect_url: 'https://t.test/console/v1/login/callback', scopes: [email]}}\n", want: []string{"must have openid", "nobody could log in"}},
		{name: "head larger than memory", yaml: "store: {head: 64MiB, memory: 64MiB}\n", want: []string{"c.yaml:1: store.head: must be at least 1MiB and at most half"}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			_, err := config.Load(config.Default(), config.Source{File: "c.yaml", YAML: []byte(tc.yaml), Env: tc.env, Flags: tc.flags})
			if problem.KindOf(err) != problem.Invalid {
				t.Fatalf("got %v, want an invalid configuration", err)
			}
			for _, w := range tc.want {
				if !strings.Contains(err.Error(), w) {
					t.Errorf("got:\n%v\nwant it to say: %s", err, w)
				}
			}
			if got := strings.Count(err.Error(), "\n") + 1; got != len(tc.want) {
				t.Errorf("got %d faults, want %d:\n%v", got, len(tc.want), err)
			}
		})
	}
}

func TestInsecureAllowsEveryAddress(t *testing.T) {
	flags := map[string]string{"http": "0.0.0.0:2080", "daemon-udp": ":2000", "daemon-tcp": "[::]:2000", "otlp-grpc": ":4317", "otlp-http": ":4318", "insecure": "true"}
	if _, err := config.Load(config.Default(), config.Source{Flags: flags}); err != nil {
		t.Error(err)
	}
}

func TestEmptySectionsAndFilesAreFine(t *testing.T) {
	for _, yaml := range []string{"", "# nothing\n", "http:\nstore:\n  # sync: always\n", "---\n"} {
		if _, err := config.Load(config.Default(), config.Source{File: "c.yaml", YAML: []byte(yaml)}); err != nil {
			t.Errorf("%q: %v", yaml, err)
		}
	}
}

func TestEffectiveConfigurationCanBeLoadedAgain(t *testing.T) {
	flags := map[string]string{"region": "eu-west-1", "account-id": "012345678901", "daemon-unix": "/run/radiograph: x.sock", "memory": "100MiB", "otlp-indexed-attributes": "customer.tier, otel.resource.host.name"}
	first, err := config.Load(config.Default(), config.Source{Flags: flags})
	if err != nil {
		t.Fatal(err)
	}
	var text bytes.Buffer
	if err := first.Write(&text); err != nil {
		t.Fatal(err)
	}
	second, err := config.Load(config.Config{}, config.Source{File: "printed", YAML: text.Bytes()})
	if err != nil {
		t.Fatalf("%v\n%s", err, &text)
	}
	if diff := cmp.Diff(first.Config, second.Config); diff != "" {
		t.Errorf("differs after printing and loading:\n%s", diff)
	}
	golden(t, filepath.Join("testdata", "printed.yaml"), text.String())
}

func TestListsAreWrittenInEitherForm(t *testing.T) {
	want := []string{"a", "b.c"}
	for _, yaml := range []string{
		"otlp: {indexed_attributes: [a, b.c]}", "otlp:\n  indexed_attributes:\n    - a\n    - b.c\n", "otlp: {indexed_attributes: 'a, b.c'}",
	} {
		l, err := config.Load(config.Default(), config.Source{File: "c.yaml", YAML: []byte(yaml)})
		if err != nil {
			t.Errorf("%q: %v", yaml, err)
			continue
		}
		if diff := cmp.Diff(want, l.OTLP.IndexedAttributes); diff != "" {
			t.Errorf("%q (-want +got):\n%s", yaml, diff)
		}
	}
	if l, err := config.Load(config.Default(), config.Source{YAML: []byte("otlp: {indexed_attributes: []}")}); err != nil || l.OTLP.IndexedAttributes != nil {
		t.Errorf("an empty list: %v, %v", l, err)
	}
}

func TestDurationsAndSizesSurvivePrinting(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		d := time.Duration(rapid.Int64Range(-1<<40, 1<<62).Draw(t, "duration"))
		if got, err := config.ParseDuration(config.FormatDuration(d)); err != nil || got != d {
			t.Errorf("%v is printed as %q and read as %v (%v)", d, config.FormatDuration(d), got, err)
		}
		n := rapid.Int64Range(0, 1<<62).Draw(t, "size")
		if got, err := config.ParseSize(config.FormatSize(n)); err != nil || got != n {
			t.Errorf("%d is printed as %q and read as %d (%v)", n, config.FormatSize(n), got, err)
		}
	})
}

func TestSizesAndDurations(t *testing.T) {
	for text, want := range map[string]int64{"0": 0, "4096": 4096, "64MiB": 64 << 20, "1.5 GB": 1_500_000_000, "2TiB": 2 << 40, "1kB": 1000, "7B": 7} {
		if got, err := config.ParseSize(text); err != nil || got != want {
			t.Errorf("size %q is %d (%v), want %d", text, got, err, want)
		}
	}
	for _, text := range []string{"", "-1", "MiB", "1e30GB", "NaN", "12 parsecs", "9223372036854775807KiB"} {
		if got, err := config.ParseSize(text); err == nil {
			t.Errorf("size %q is %d, want an error", text, got)
		}
	}
	for text, want := range map[string]time.Duration{"30d": 720 * time.Hour, "1.5d": 36 * time.Hour, "90s": 90 * time.Second, "1h30m": 90 * time.Minute} {
		if got, err := config.ParseDuration(text); err != nil || got != want {
			t.Errorf("duration %q is %v (%v), want %v", text, got, err, want)
		}
	}
	for _, text := range []string{"", "d", "10", "NaNd", "1e30d", "soon"} {
		if got, err := config.ParseDuration(text); err == nil {
			t.Errorf("duration %q is %v, want an error", text, got)
		}
	}
}

func FuzzLoad(f *testing.F) {
	f.Add("region: eu-west-1\nstore: {sync: never}\n")
	f.Add("- [")
	f.Add("a: &a [*a]\n")
	f.Add("? {http: 1}\n: 2\n")
	f.Fuzz(func(t *testing.T, yaml string) {
		l, err := config.Load(config.Default(), config.Source{File: "f", YAML: []byte(yaml)})
		if err != nil {
			if problem.KindOf(err) != problem.Invalid {
				t.Errorf("%v is not a problem of the caller", err)
			}
			return
		}
		if err := l.Validate(); err != nil {
			t.Errorf("loaded, but not valid: %v", err)
		}
	})
}

// TestDocumentation keeps docs/configuration.md equal to the table of keys.
func TestDocumentation(t *testing.T) {
	c := config.Default()
	var b strings.Builder
	b.WriteString(`# Configuration

<!-- Written by the test of package config: go test ./config -update -->

` + "`radiograph server`" + ` takes a YAML file (` + "`--config`" + `), environment variables and flags; the later wins.
` + "`radiograph up`" + ` takes the environment and the flags that its help lists. ` + "`radiograph config`" + ` prints
the result with the origin of each value. A key that does not exist is an error.

Durations are written like ` + "`500ms`, `10s`, `1h30m`, `30d`" + `; sizes like ` + "`64MiB`, `1.5GB`, `4096`" + `.

`)
	for _, k := range c.Keys() {
		if k.Doc == "" || !strings.HasSuffix(k.Doc, ".") {
			t.Errorf("key %s has no documentation, or no sentence", k.Path)
		}
		def := k.Value.String()
		if def == "" {
			def = "empty"
		}
		fmt.Fprintf(&b, "## `%s`\n\n%s\n\n- default: `%s`\n- environment: `%s`\n- flag: `--%s`\n\n", k.Path, k.Doc, def, k.Env(), k.Flag)
	}
	golden(t, filepath.Join("..", "docs", "configuration.md"), strings.TrimSuffix(b.String(), "\n"))
}

func TestKeysAreDistinct(t *testing.T) {
	c := config.Default()
	seen := map[string]string{}
	for _, k := range c.Keys() {
		for _, name := range []string{k.Path, "--" + k.Flag, k.Env()} {
			if other, ok := seen[name]; ok {
				t.Errorf("%s means both %s and %s", name, other, k.Path)
			}
			seen[name] = k.Path
		}
	}
}
