package filter_test

import (
	"testing"

	"github.com/radiograph/radiograph/filter"
)

func TestString(t *testing.T) {
	for _, tc := range []struct{ name, in, want string }{
		{"empty", " \n", ``},
		{"juxtaposition is and", `ok !partial`, `ok AND !partial`},
		{"needless parentheses", `((ok) AND (partial)) AND fault`, `ok AND partial AND fault`},
		{"needed parentheses", `(ok OR partial) AND !(fault OR error)`, `(ok OR partial) AND !(fault OR error)`},
		{"negations", `NOT !(ok)`, `!!ok`},
		{"words in any case", `FAULT = TRUE Or User beginswith "X"`, `fault = true OR user BEGINSWITH "X"`},
		{"quoted boolean", `fault = "true"`, `fault = true`},
		{"annotation key with dots", `annotation[a.b] = 1`, `annotation[a.b] = 1`},
		{"annotation key with needless bracket", `annotation[ab]`, `annotation.ab`},
		{"annotation key with quotes", `annotation["a b\"]"] = 1`, `annotation["a b\"]"] = 1`},
		{"annotation key with needless quotes", `annotation[ "aws:x" ]`, `annotation[aws:x]`},
		{"annotation key with a hyphen", `annotation.a-b`, `annotation[a-b]`},
		{"numbers", `duration > +1.50 duration > .5 duration > 1e3 duration < -0`, `duration > 1.5 AND duration > 0.5 AND duration > 1000 AND duration < -0`},
		{"escapes", `user = "\u00fc\ud83d\ude00\/\"\\\n\u0001\ud800"`, `user = "ü😀/\"\\\n\u0001�"`},
		{"node by name", `service(id(name:"a")){fault}`, `service("a") { fault }`},
		{"node by all", `service(id(account.id:"1",type:"T",name:"a"))`, `service(id(name: "a", type: "T", account.id: "1"))`},
		{"edges", `edge()edge("a",id(type:"T")){ok}`, `edge() AND edge("a", id(type: "T")) { ok }`},
		{"causes", `RootCause.Fault.Service{last}`, `rootcause.fault.service { last }`},
		{"json", `rootcause.json=#[ {"Services": [ ]} ]`, `rootcause.json = #[{"Services":[]}]`},
		{"groups", `group.name="a" group.arn!="b"`, `group.name = "a" AND group.arn != "b"`},
	} {
		t.Run(tc.name, func(t *testing.T) {
			e, err := filter.Parse(tc.in)
			if err != nil {
				t.Fatal(err)
			}
			if got := e.String(); got != tc.want {
				t.Errorf("Parse(%s).String():\n got %s\nwant %s", tc.in, got, tc.want)
			}
		})
	}
}
