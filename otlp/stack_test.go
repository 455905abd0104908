package otlp_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/radiograph/radiograph/otlp"
	"github.com/radiograph/radiograph/segment"
)

// causeOf returns the exceptions of the one document of a span, as lines.
func causeOf(t *testing.T, o one) string {
	t.Helper()
	td := o.traces(t)
	docs := encode(t, otlp.NewEncoder(otlp.Options{}), td)
	sameSpans(t, td, spansOf(docs, t, otlp.CurrentConventions), docs)
	s := decode(t, docs)[0]
	if s.Cause == nil {
		return ""
	}
	return show(s.Cause)
}

func show(c *segment.Cause) string {
	var b strings.Builder
	at := map[string]int{}
	for i, x := range c.Exceptions {
		at[x.ID] = i
	}
	for _, x := range c.Exceptions {
		fmt.Fprintf(&b, "%s: %s", x.Type, x.Message)
		if x.Remote {
			b.WriteString(" remote")
		}
		if x.Truncated != 0 {
			fmt.Fprintf(&b, " truncated=%d", x.Truncated)
		}
		if x.Cause != "" {
			fmt.Fprintf(&b, " cause=%d", at[x.Cause])
		}
		b.WriteString("\n")
		for _, f := range x.Stack {
			fmt.Fprintf(&b, "  %s|%d|%s\n", f.Path, f.Line, f.Label)
		}
	}
	return b.String()
}

func thrown(language, typ, message, stack string) one {
	return one{
		name: "n", kind: internal, failed: true, resource: attrs{"telemetry.sdk.language": language},
		events: []event{{"exception", attrs{"exception.type": typ, "exception.message": message, "exception.stacktrace": stack}}},
	}
}

// TestStacks reads the stack traces of each language.
func TestStacks(t *testing.T) {
	for _, tc := range []struct{ name, language, typ, message, stack, want string }{
		{"java", "java", "java.lang.IllegalStateException", "bad\nstate", "java.lang.IllegalStateException: bad\nstate\n\tat a.B.c(B.java:63)\n\tat java.base/a.D.<init>(Native Method)\n" +
			"\tSuppressed: x.S: hidden\n\t\tat x.S.t(S.java:1)\nCaused by: p.Q: why: not\n\tat p.Q.r(Q.java:7)\n\t... 27 more\n", `java.lang.IllegalStateException: bad
state cause=1
  B.java|63|a.B.c
  Native Method|0|java.base/a.D.<init>
p.Q: why: not truncated=27
  Q.java|7|p.Q.r
`},
		{"php", "php", "Exception", "boom", "Exception: boom\n at Shop.cart(/srv/cart.php:18)\n at {main}(/srv/index.php:3)\nCaused by: PDOException: gone\n at PDO.query(/srv/db.php:2)\n ... 2 more", `Exception: boom cause=1
  /srv/cart.php|18|Shop.cart
  /srv/index.php|3|{main}
PDOException: gone truncated=2
  /srv/db.php|2|PDO.query
`},
		{"python", "python", "TypeError", "y", "Traceback (most recent call last):\n  File \"a.py\", line 1, in f\n    g()\n    ~^^\n  File \"b.py\", line 2, in g\n    raise ValueError('x')\nValueError: x\n\n" +
			"During handling of the above exception, another exception occurred:\n\nTraceback (most recent call last):\n  File \"c.py\", line 3, in <module>\n    f()\nTypeError: y\n", `TypeError: y cause=1
  c.py|3|<module>
ValueError: x
  b.py|2|g
  a.py|1|f
`},
		{"nodejs", "nodejs", "TypeError", "x", "TypeError: x\n    at Object.<anonymous> (/a/b.js:6:11)\n    at new Foo (file:///c.mjs:7:1)\n    at /a/c.js:1:2\n    at async Promise.all (index 0)\n    at process.processTicksAndRejections (node:internal/process/task_queues:95:5) {\n  [cause]: Error: inner\n      at h (e.js:5:6)\n}", `TypeError: x cause=1
  /a/b.js|6|Object.<anonymous>
  file:///c.mjs|7|new Foo
  /a/c.js|1|
  index 0|0|Promise.all
  node:internal/process/task_queues|95|process.processTicksAndRejections
Error: inner
  e.js|5|h
`},
		{"a browser", "webjs", "Error", "x", "f@https://shop.example/app.js:10:5\n@https://shop.example/app.js:20:1\nglobal code", `Error: x
  https://shop.example/app.js|10|f
  https://shop.example/app.js|20|
`},
		{"dotnet", "dotnet", "System.Exception", "x", "System.Exception: x\n ---> System.ArgumentException: y\n   at A.B.C(String s) in /src/B.cs:line 42\n   at A.D()\n   --- End of inner exception stack trace ---\n   at A.E() in C:\\src\\E.cs:line 7", `System.Exception: x cause=1
  C:\src\E.cs|7|A.E()
System.ArgumentException: y
  /src/B.cs|42|A.B.C(String s)
  |0|A.D()
`},
		{"go", "go", "*errors.errorString", "x", "goroutine 1 [running]:\nruntime/debug.Stack()\n\t/go/src/runtime/debug/stack.go:24 +0x65\nmain.(*Server).place(0x1, {0x2, 0x3})\n\t/src/main.go:12 +0x20\ncreated by main.main in goroutine 1\n\t/src/main.go:3 +0x1\n", `*errors.errorString: x
  /go/src/runtime/debug/stack.go|24|runtime/debug.Stack
  /src/main.go|12|main.(*Server).place
  /src/main.go|3|main.main
`},
		{"ruby", "ruby", "RuntimeError", "x", "app.rb:10:in `run': x (RuntimeError)\n\tfrom app.rb:20:in 'Object#start'\n\tfrom app.rb:30:in `<main>'", `RuntimeError: x
  app.rb|10|run
  app.rb|20|Object#start
  app.rb|30|<main>
`},
		{"an unknown language", "", "ValueError", "x", "Traceback (most recent call last):\n  File \"a.py\", line 1, in f\nValueError: x", "ValueError: x\n  a.py|1|f\n"},
		{"no stack at all", "java", "E", "m", "", "E: m\n"},
		{"what is no stack", "java", "E", "m", "at\n...\nCaused by", "E: m\n"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			if diff := cmp.Diff(tc.want, causeOf(t, thrown(tc.language, tc.typ, tc.message, tc.stack))); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

// TestStacksAreBounded checks that what is left out is counted.
func TestStacksAreBounded(t *testing.T) {
	stack := "E: m\n" + strings.Repeat("\tat a.B.c(B.java:1)\n", 300) + strings.Repeat("Caused by: F: n\n\tat a.B.c(B.java:1)\n", 300)
	got := causeOf(t, thrown("java", "E", "m", stack))
	if !strings.HasPrefix(got, "E: m truncated=200 cause=1\n") || strings.Count(got, "F: n") != 19 {
		t.Errorf("%s", got)
	}
}

// TestCauses checks what becomes an exception besides what was thrown.
func TestCauses(t *testing.T) {
	failure := event{"HTTP request failure", attrs{"http.response.status_code": 503, "aws.http.error_message": "slow"}}
	for _, tc := range []struct {
		name string
		span one
		want string
	}{
		{"the message of the status", one{kind: client, failed: true, message: "deadline exceeded"}, ": deadline exceeded remote\n"},
		{"the type of the error", one{kind: internal, failed: true, attrs: attrs{"error.type": "java.net.UnknownHostException"}}, "java.net.UnknownHostException: \n"},
		{"a type that is a status", one{kind: internal, failed: true, attrs: attrs{"error.type": "500"}}, ""},
		{"the text of the status", one{kind: internal, failed: true, attrs: attrs{"http.status_text": "Bad Gateway"}}, ": Bad Gateway\n"},
		{"nothing known", one{kind: internal, failed: true}, ""},
		{"a request of the AWS SDK", one{kind: client, failed: true, message: "m", events: []event{failure}}, "aws.http.error.event: 503@1.500000@slow remote\n"},
		{"an exception although all went well", one{kind: internal, events: []event{{"exception", attrs{"exception.type": "E"}}}}, "E: \n"},
		{"other events", one{kind: internal, events: []event{{"log", attrs{"exception.type": "E"}}}}, ""},
		{"attributes of the wrong type", one{kind: internal, events: []event{{"exception", attrs{"exception.type": 1, "exception.message": []any{}, "exception.stacktrace": true}}}}, ": \n"},
		{"what X-Ray said", one{kind: internal, events: []event{{"exception", attrs{
			"exception.type": "E", "exception.message": "m", "exception.stacktrace": "E: m\n\tat f(a.go: 3)\n",
			"aws.xray.exception.id": "00000000000000e1", "aws.xray.exception.remote": true, "aws.xray.exception.truncated": 2,
		}}}}, "E: m remote truncated=2\n  a.go|3|f\n"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			if diff := cmp.Diff(tc.want, causeOf(t, tc.span)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}
