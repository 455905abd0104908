package collectorcheck

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"slices"
	"strings"
	"testing"
	"time"
)

// TestMain is also the collector of these tests: run by a Checker it answers as the
// environment variable that the configuration may set says.
func TestMain(m *testing.M) {
	if len(os.Args) > 1 && (os.Args[1] == "validate" || os.Args[1] == "components") {
		os.Exit(collector(os.Args[1:]))
	}
	os.Exit(m.Run())
}

func collector(args []string) int {
	if args[0] == "components" {
		fmt.Println("receivers:\n  - name: otlp\n  - name: awsxray\nexporters:\n  - name: debug\n    module: x")
		return 0
	}
	config, err := os.ReadFile(strings.TrimPrefix(args[1], "--config="))
	if err != nil {
		fmt.Fprintln(os.Stderr, "Error:", err)
		return 1
	}
	switch text := string(config); {
	case strings.Contains(text, "hang"):
		end := make(chan os.Signal, 1)
		signal.Notify(end, os.Interrupt)
		<-end
	case strings.Contains(text, "panic"):
		panic("out of luck")
	case strings.Contains(text, "flood"):
		fmt.Fprintln(os.Stderr, strings.Repeat("x", 1<<20))
		return 1
	case strings.Contains(text, "environment"):
		fmt.Fprintln(os.Stderr, strings.Join(os.Environ(), " "))
		return 1
	case strings.Contains(text, "sigv4auth"):
		fmt.Fprintln(os.Stderr, "Error: extensions::sigv4auth: could not retrieve credential provider: unable to read file at /token: no such file or directory")
		if strings.Contains(text, "bad") {
			fmt.Fprintln(os.Stderr, "processors::batch: too small")
		}
		return 1
	case strings.Contains(text, "bad"):
		fmt.Fprintln(os.Stderr, "Error: processors::batch: too small")
		return 1
	}
	return 0
}

func newChecker(t *testing.T, o Options) *Checker {
	t.Helper()
	o.Binary = os.Args[0]
	c, err := New(o)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestCheck(t *testing.T) {
	c := newChecker(t, Options{})
	for _, tc := range []struct {
		name, config string
		env          map[string]string
		want         string
		refuse       bool
	}{
		{"good", "receivers: {}", nil, "", false},
		{"bad", "processors:\n  batch: bad", nil, "processors::batch (line 2): too small", true},
		{"bad with a known variable", "processors:\n  batch: bad ${env:A} ${B:-x}", map[string]string{"A": "1", "B": "2"}, "processors::batch (line 2): too small", true},
		{"bad with an unknown variable", "processors:\n  batch: bad ${env:A}", nil, "processors::batch (line 2): too small", false},
		{"a panic is a refusal", "panic", nil, "panic: out of luck", true},
		{"no credentials here", "extensions: {sigv4auth: {}}", nil, "", false},
		{"no credentials here, and bad", "extensions: {sigv4auth: {}}\nprocessors:\n  batch: bad", nil, "processors::batch (line 3): too small", true},
	} {
		t.Run(tc.name, func(t *testing.T) {
			got, err := c.Check(t.Context(), []byte(tc.config), tc.env)
			if err != nil {
				t.Fatal(err)
			}
			if !strings.HasPrefix(got.String(), tc.want) || got.Refuse() != tc.refuse || got.Valid() != (tc.want == "") {
				t.Errorf("Check() = %q (%q), refuse %v; want %q, %v", got, got.Inconclusive, got.Refuse(), tc.want, tc.refuse)
			}
		})
	}
}

func TestCheckLeavesNothingOfTheOperator(t *testing.T) {
	t.Setenv("SECRET_OF_THE_OPERATOR", "hush")
	got, err := newChecker(t, Options{}).Check(t.Context(), []byte("environment: ${GIVEN}"), map[string]string{"GIVEN": "yes", "OTHER": "no"})
	if err != nil {
		t.Fatal(err)
	}
	text := got.String()
	if strings.Contains(text, "hush") || strings.Contains(text, "OTHER") || !strings.Contains(text, "GIVEN=yes") || !strings.Contains(text, "GOMEMLIMIT=") {
		t.Errorf("the environment of a check is %s", text)
	}
}

func TestNeeds(t *testing.T) {
	for _, tc := range []struct {
		config string
		want   []string
	}{
		{"extensions: {health_check: {}}", nil},
		{"extensions: [", nil},
		{"extensions: {sigv4auth: null}", []string{"extensions::sigv4auth ends the collector when it finds no AWS credentials in its pod"}},
		{"extensions: {sigv4auth/b: {assume_role: {arn: a}}, sigv4auth/a: {assume_role: {web_identity_token_file: /token}}}", []string{
			"extensions::sigv4auth/a ends the collector when it finds no file /token in its pod",
			"extensions::sigv4auth/b ends the collector when it finds no AWS credentials in its pod",
		}},
	} {
		if got := needs([]byte(tc.config)); !slices.Equal(got, tc.want) {
			t.Errorf("needs(%s) = %q, want %q", tc.config, got, tc.want)
		}
	}
}

func TestCheckEnds(t *testing.T) {
	c := newChecker(t, Options{Timeout: 200 * time.Millisecond})
	if _, err := c.Check(t.Context(), []byte("hang"), nil); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("a collector that hangs: %v", err)
	}
	got, err := newChecker(t, Options{}).Check(t.Context(), []byte("flood"), nil)
	if err != nil || len(got.String()) > maxOutput {
		t.Errorf("a flood of output: %d bytes, %v", len(got.String()), err)
	}
}

func TestCheckRemembers(t *testing.T) {
	c := newChecker(t, Options{})
	first, err := c.Check(t.Context(), []byte("bad"), nil)
	if err != nil {
		t.Fatal(err)
	}
	c.options.Binary = "/nonexistent"
	if again, err := c.Check(t.Context(), []byte("bad"), nil); err != nil || again.String() != first.String() {
		t.Errorf("asked again: %v, %v", again, err)
	}
	if _, err := c.Check(t.Context(), []byte("bad: 2"), nil); err == nil {
		t.Error("without a collector there is a verdict")
	}
}

func TestNewWithoutCollector(t *testing.T) {
	if _, err := New(Options{Binary: "/nonexistent/collector"}); err == nil {
		t.Error("New() finds a collector that is not there")
	}
}

func TestComponents(t *testing.T) {
	got, err := newChecker(t, Options{}).Components(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(got.Receivers, []string{"awsxray", "otlp"}) || !slices.Equal(got.Exporters, []string{"debug"}) {
		t.Errorf("Components() = %+v", got)
	}
}

func TestReferences(t *testing.T) {
	for _, tc := range []struct {
		config string
		names  []string
		only   bool
	}{
		{"nothing", nil, true},
		{"${A} ${env:B} ${env:A} ${C:-default}:4317", []string{"A", "B", "C"}, true},
		{"$$ $${file:/etc/passwd} $1 $NAME", nil, true},
		{"${file:/etc/passwd}", nil, false},
		{"${https://example.com}", nil, false},
		{"${yaml:a::b}", nil, false},
		{"${env:A:-${file:/etc/passwd}}", nil, false},
		{"${env:A:-$}{file:/etc/passwd}", nil, false},
		{"${${env:A}:/etc/passwd}", nil, false},
		{"$$${file:/etc/passwd}", nil, false},
		{"${", nil, false},
		{"$", nil, true},
	} {
		names, only := references(tc.config)
		if !slices.Equal(names, tc.names) || only != tc.only {
			t.Errorf("references(%q) = %q, %v; want %q, %v", tc.config, names, only, tc.names, tc.only)
		}
	}
	if values, unknown := environment([]string{"A", "B"}, map[string]string{"A": "${file:/x}", "B": "b"}); !slices.Equal(values, []string{"B=b"}) || !slices.Equal(unknown, []string{"A"}) {
		t.Errorf("environment() = %q, %q", values, unknown)
	}
}

func TestRead(t *testing.T) {
	const config = "receivers:\n  awsxray:\n    nosuch: 3\n  fooz: {}\nexporters:\n  debug: {verbosity: loud}\nservice:\n  pipelines:\n    traces:\n      receivers: [nope]\n"
	for _, tc := range []struct {
		name, output string
		want         []string
	}{
		{
			"unknown type",
			"Error: failed to get config: cannot unmarshal the configuration: decoding failed due to the following error(s):\n\n'receivers' unknown type: \"fooz\" for id: \"fooz\" (valid values: [statsd otlp awsxray])\n",
			[]string{`receivers::fooz (line 4): this collector has no receiver of type "fooz"; it has awsxray, otlp, statsd`},
		},
		{
			"two components",
			"Error: failed to get config: cannot unmarshal the configuration: decoding failed due to the following error(s):\n\n'receivers' error reading configuration for \"awsxray\": decoding failed due to the following error(s):\n\n'awsxrayreceiver.Config' has invalid keys: nosuch\n'exporters' error reading configuration for \"debug\": decoding failed due to the following error(s):\n\n'verbosity' unknown metrics level \"loud\"\n",
			[]string{
				"receivers::awsxray (line 2): 'awsxrayreceiver.Config' has invalid keys: nosuch",
				`exporters::debug (line 6): 'verbosity' unknown metrics level "loud"`,
			},
		},
		{
			"a reference",
			"Error: service::pipelines::traces: references receiver \"nope\" which is not configured\n",
			[]string{`service::pipelines::traces (line 9): references receiver "nope" which is not configured`},
		},
		{
			"no YAML",
			"Error: failed to get config: cannot resolve the configuration: retrieved value (type=string) cannot be used as a Conf: assuming string type since contents are not valid YAML: yaml: line 2: did not find expected node content\n",
			[]string{"line 2: did not find expected node content"},
		},
		{"something new", "Error: the moon is full\n", []string{"the moon is full"}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			var got []string
			for _, p := range read(tc.output, []byte(config)) {
				got = append(got, p.String())
			}
			if !slices.Equal(got, tc.want) {
				t.Errorf("read() = %q, want %q", got, tc.want)
			}
		})
	}
}

// FuzzReferences holds that no text that is let through can name anything but variables.
func FuzzReferences(f *testing.F) {
	for _, seed := range []string{"${A}", "$${file:/x}", "${env:A:-$}{file:/x}", "${file:/x}"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, config string) {
		_, only := references(config)
		if !only {
			return
		}
		rest := strings.ReplaceAll(config, "$$", "")
		for _, scheme := range []string{"${file:", "${http:", "${https:", "${yaml:"} {
			if strings.Contains(rest, scheme) {
				t.Errorf("%q is let through", config)
			}
		}
	})
}

// FuzzRead reads any output of a collector.
func FuzzRead(f *testing.F) {
	f.Add("Error: service::pipelines::traces: references", "service: {pipelines: {}}")
	f.Add("'receivers' unknown type: \"a\" for id: \"a\" (valid values: [])", "")
	f.Fuzz(func(t *testing.T, output, config string) {
		for _, p := range read(output, []byte(config)) {
			if p.Message == "" && p.String() == "" {
				t.Errorf("a problem without words of %q", output)
			}
		}
	})
}
