package load

import (
	"embed"
	"encoding/json"
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"text/template"
)

// The shape of a typical trace.
const (
	SpansPerTrace     = 18
	DocumentsPerTrace = 5
)

//go:embed templates
var templateFiles embed.FS

// slotKind says what is written over a slot of a template.
type slotKind uint8

const (
	slotTrace slotKind = iota // trace id
	slotID                    // id of entity number arg
	slotTime                  // arg µs after the start of the trace, at normal speed
	slotCustomer
	slotItem
	slotOrder
	slotAmount
	slotRegion
	slotRequest // 32 hex digits

	// In protobuf.
	slotTraceBytes
	slotIDBytes
	slotNanos // arg µs after the start of the trace, at normal speed
	slotAmountBytes
)

// widths are the bytes of a slot by kind. They never change, so that a template
// can be filled in place.
var widths = [...]int{
	slotTrace: 35, slotID: 16, slotTime: 17, slotCustomer: 7, slotItem: 7,
	slotOrder: 10, slotAmount: 6, slotRegion: 7, slotRequest: 32,
	slotTraceBytes: 16, slotIDBytes: 8, slotNanos: 8, slotAmountBytes: 8,
}

type slot struct {
	at   int
	kind slotKind
	arg  int
}

// document is a rendered template.
type document struct {
	text  []byte
	slots []slot
}

// rendering is the five documents of a scenario.
type rendering [DocumentsPerTrace]document

// serviceNames are the services in the order in which a trace meets them.
var serviceNames = [DocumentsPerTrace]string{"storefront", "catalog", "orders", "payments", "shipping"}

// plain holds the documents by scenario as they are sent in datagrams, quoted
// the same documents as JSON strings, as they are sent to the API.
var plain, quoted = render()

// render compiles the templates. They are part of the program: a fault in them is a bug.
func render() (plain, quoted []rendering) {
	for _, s := range scenarios {
		var p, q rendering
		for i, name := range serviceNames {
			text := execute(name, s)
			p[i] = compile(text)
			q[i] = compile(quote(text))
		}
		plain, quoted = append(plain, p), append(quoted, q)
	}
	return plain, quoted
}

// execute renders a template with marks where the slots are.
func execute(name string, s scenario) string {
	mark := func(kind slotKind, arg int) string { return fmt.Sprintf("<%d:%d>", kind, arg) }
	simple := func(kind slotKind) func() string { return func() string { return mark(kind, 0) } }
	funcs := template.FuncMap{
		"id":       func(n int) string { return mark(slotID, n) },
		"at":       func(ms float64) string { return mark(slotTime, int(ms*1000)) },
		"trace":    simple(slotTrace),
		"customer": simple(slotCustomer),
		"item":     simple(slotItem),
		"order":    simple(slotOrder),
		"amount":   simple(slotAmount),
		"region":   simple(slotRegion),
		"request":  simple(slotRequest),
		"failure":  func(entity string) string { return s.failure[entity] },
		"status":   s.statusOf,
	}
	b, err := templateFiles.ReadFile("templates/" + name + ".json")
	if err != nil {
		panic(err)
	}
	var out strings.Builder
	if err := template.Must(template.New(name).Funcs(funcs).Parse(string(b))).Execute(&out, nil); err != nil {
		panic(err)
	}
	return strings.ReplaceAll(out.String(), "\n", "")
}

// quote spells text as a JSON string but leaves the marks alone.
func quote(text string) string {
	var out strings.Builder
	enc := json.NewEncoder(&out)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(text); err != nil {
		panic(err)
	}
	return strings.TrimSpace(out.String())
}

var mark = regexp.MustCompile(`<(\d+):(\d+)>`)

// compile replaces the marks of text by slots filled with zeros.
func compile(text string) document {
	var d document
	last := 0
	for _, m := range mark.FindAllStringSubmatchIndex(text, -1) {
		kind, _ := strconv.Atoi(text[m[2]:m[3]])
		arg, _ := strconv.Atoi(text[m[4]:m[5]])
		d.text = append(d.text, text[last:m[0]]...)
		d.slots = append(d.slots, slot{len(d.text), slotKind(kind), arg})
		d.text = append(d.text, strings.Repeat("0", widths[kind])...)
		last = m[1]
	}
	d.text = append(d.text, text[last:]...)
	return d
}
