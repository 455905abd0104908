package v1beta1_test

import (
	"encoding/json"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/radiograph/radiograph/operator/api/v1beta1"
)

func TestParseConfigKeepsValues(t *testing.T) {
	for _, c := range []struct{ name, yaml, json string }{
		{"integers", "a: 8192\nb: -1\nc: 0x10\nd: 0o17\ne: 1_000\nf: +5\ng: 9223372036854775807", `{"a":8192,"b":-1,"c":16,"d":15,"e":1000,"f":5,"g":9223372036854775807}`},
		{"numbers with a fraction", "a: 1e3\nb: 1.0\nc: .5\nd: 0.10\ne: 1_0.5", `{"a":1e3,"b":1.0,"c":0.5,"d":0.10,"e":10.5}`},
		{"what an API server writes of 1e19", "a: 10000000000000000000", `{"a":10000000000000000000}`},
		{"null in each spelling", "a:\nb: null\nc: ~", `{"a":null,"b":null,"c":null}`},
		{"booleans and what looks like them", "a: true\nb: \"true\"\nc: yes\nd: on", `{"a":true,"b":"true","c":"yes","d":"on"}`},
		{"dates are text", "a: 2001-01-01\nb: 2001-01-01T00:00:00Z", `{"a":"2001-01-01","b":"2001-01-01T00:00:00Z"}`},
		{"dollars and variables", "a: $$1:$$2\nb: ${env:HOST}:4317\nc: __param_$1", `{"a":"$$1:$$2","b":"${env:HOST}:4317","c":"__param_$1"}`},
		{"keys that are no strings", "1: a\ntrue: b\n1.5: c", `{"1":"a","true":"b","1.5":"c"}`},
		{"anchors and aliases", "a: &x {k: 1}\nb: *x", `{"a":{"k":1},"b":{"k":1}}`},
		{"a merge key yields to own keys", "a: &x {k: 1, l: 2}\nb: {<<: *x, k: 3}", `{"a":{"k":1,"l":2},"b":{"k":3,"l":2}}`},
		{"the first of merged mappings wins", "a: &x {k: 1}\nb: &y {k: 2, l: 3}\nc: {<<: [*x, *y]}", `{"a":{"k":1},"b":{"k":2,"l":3},"c":{"k":1,"l":3}}`},
		{"text blocks", "a: |\n  x\n  y\nb: >\n  x\n  y\n", `{"a":"x\ny\n","b":"x y\n"}`},
		{"an explicit string", "a: !!str 5", `{"a":"5"}`},
	} {
		t.Run(c.name, func(t *testing.T) {
			text := "receivers:\n  " + strings.ReplaceAll(c.yaml, "\n", "\n  ")
			cfg, err := v1beta1.ParseConfig([]byte(text))
			if err != nil {
				t.Fatalf("ParseConfig(%s): %v", text, err)
			}
			got, err := json.Marshal(cfg.Receivers)
			if err != nil {
				t.Fatal(err)
			}
			var sorted map[string]json.RawMessage
			if err := json.Unmarshal([]byte(c.json), &sorted); err != nil {
				t.Fatal(err)
			}
			want, err := json.Marshal(sorted)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(string(want), string(got)); diff != "" {
				t.Errorf("ParseConfig(%s) (-want +got):\n%s", text, diff)
			}
		})
	}
}

func TestParseConfigNamesTheLine(t *testing.T) {
	for _, c := range []struct{ name, yaml, want string }{
		{"syntax", "receivers:\n  otlp: [\nexporters: {}\n", "line 2: did not find expected ',' or ']'"},
		{"syntax in the first line", "receivers: ]\n", "line 1: did not find expected node content"},
		{"a mapping in a mapping's line", "receivers:\n  otlp: a: b\n", "line 2: mapping values are not allowed"},
		{"a quote that does not end", "receivers:\n  a: 1\n  otlp: \"x\n", "line 3: found unexpected end of stream"},
		{"a tab", "receivers:\n\totlp: {}\n", "line 2: found character that cannot start any token"},
		{"a key twice", "receivers:\n  otlp: {}\n  otlp: {}\n", `line 3: the key "otlp" is already set in line 2`},
		{"a key twice far inside", "exporters:\n  a:\n    b:\n    - c: 1\n      c: 2\n", `line 5: the key "c" is already set in line 4`},
		{"an unknown section", "receivrs: {}\n", "line 1: receivrs is not known here: there are receivers, processors"},
		{"an unknown key of service", "service:\n  pipeline: {}\n", "line 2: service.pipeline is not known here"},
		{"an unknown key of a pipeline", "service:\n  pipelines:\n    traces: {receivr: [a]}\n", "line 3: service.pipelines.traces.receivr is not known here"},
		{"no mapping", "- a\n", "line 1: the configuration must be a mapping with receivers"},
		{"a section that is text", "receivers: ${file:/x}\n", `line 1: receivers must be a mapping and is the value "${file:/x}"`},
		{"a pipeline's list that is a mapping", "service: {pipelines: {traces: {receivers: {a: b}}}}", "must be a list of component ids and is a mapping"},
		{"an id that is a number", "service:\n  pipelines:\n    traces:\n      receivers:\n      - a\n      - 5\n", `line 6: service.pipelines.traces.receivers must be a list of component ids, but its item 1 is the value "5"`},
		{"a number that is too large", "receivers:\n  a:\n    b: 18446744073709551615\n", "line 3: 18446744073709551615 does not fit 64 bits"},
		{"a number that is far too large", "receivers:\n  a: 100000000000000000001\n", "line 2: 100000000000000000001 does not fit 64 bits with a sign and would be rounded to 100000000000000000000"},
		{"infinity", "receivers:\n  a: .inf\n", "line 2: .inf is no number that an object can hold"},
		{"a tag", "receivers:\n  a: !secret x\n", "line 2: the tag !secret is not known"},
		{"binary", "receivers:\n  a: !!binary aGk=\n", "line 2: the tag !!binary is not known"},
		{"a tag that does not fit", "receivers:\n  a: !!int x\n", `line 2: "x" is no int`},
		{"a key that is a list", "receivers:\n  ? [a]\n  : b\n", "line 2: a key must be a string, and this is a list"},
		{"a null key", "receivers:\n  ~: b\n", "line 2: a key must be a string"},
		{"a merge of text", "receivers:\n  a: {<<: x}\n", `line 2: << must be a mapping or a list of mappings, and is the value "x"`},
		{"an alias within its anchor", "receivers: &a\n  b: *a\n", "nested more than 200 deep"},
		{"an unknown alias", "receivers: *a\n", "unknown anchor 'a' referenced"},
		{"two documents", "receivers: {}\n---\nreceivers: {}\n", "there is a second document"},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := v1beta1.ParseConfig([]byte(c.yaml))
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("ParseConfig(%q) = %v, want an error with %q", c.yaml, err, c.want)
			}
		})
	}
}

func TestParseConfigReportsAllProblems(t *testing.T) {
	_, err := v1beta1.ParseConfig([]byte("receivrs: {}\nexporters: 5\nservice: {x: 1}\n"))
	for _, want := range []string{"line 1: receivrs", "line 2: exporters", "line 3: service.x"} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("ParseConfig = %v, want %q in it", err, want)
		}
	}
}

func TestParseConfigBoundsAliases(t *testing.T) {
	var text strings.Builder
	text.WriteString("receivers:\n  a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n")
	for _, pair := range []string{"01", "12", "23", "34", "45", "56", "67", "78"} {
		a := "*a" + pair[:1]
		text.WriteString("  a" + pair[1:] + ": &a" + pair[1:] + " [" + strings.Repeat(a+", ", 9) + a + "]\n")
	}
	_, err := v1beta1.ParseConfig([]byte(text.String()))
	if err == nil || !strings.Contains(err.Error(), "more than 100000 values") {
		t.Errorf("ParseConfig of a text that grows a billionfold = %v, want a refusal", err)
	}
}

func TestParseConfigEmpty(t *testing.T) {
	for _, text := range []string{"", "\n", "# nothing\n", "~", "{}", "---\n", "receivers:\nservice:\n"} {
		cfg, err := v1beta1.ParseConfig([]byte(text))
		if err != nil || !cfg.IsEmpty() {
			t.Errorf("ParseConfig(%q) = %+v, %v, want the empty configuration", text, cfg, err)
		}
	}
}

func FuzzParseConfig(f *testing.F) {
	for _, name := range []string{"seed-observability.yaml", "seed-otlp.yaml"} {
		manifest, err := os.ReadFile("../v1alpha1/testdata/" + name)
		if err != nil {
			f.Fatal(err)
		}
		_, config, _ := strings.Cut(string(manifest), "config: |\n")
		f.Add([]byte(strings.ReplaceAll(config, "\n    ", "\n")[4:]))
	}
	f.Add([]byte("receivers: &a {b: *a}"))
	f.Add([]byte("receivers: {a: !!float .5, b: 0x_1, <<: [{c: ~}], ? d : 1e400}"))
	f.Add([]byte("service: {extensions: a\\,b, pipelines: {traces: ~}}"))
	f.Fuzz(func(t *testing.T, text []byte) {
		cfg, err := v1beta1.ParseConfig(text)
		if err != nil {
			return
		}
		data, err := json.Marshal(cfg)
		if err != nil {
			t.Fatalf("ParseConfig(%q) cannot be written: %v", text, err)
		}
		read := &v1beta1.Config{}
		if err := json.Unmarshal(data, read); err != nil {
			t.Fatalf("ParseConfig(%q) was written as %s and cannot be read: %v", text, data, err)
		}
		if !cfg.Equal(read) {
			t.Fatalf("ParseConfig(%q) changed when written as %s", text, data)
		}
	})
}
