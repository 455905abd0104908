package main

import (
	"fmt"
	"reflect"
	"strings"
	"text/tabwriter"
	"time"
	"unicode"

	"github.com/spf13/cobra"

	"github.com/radiograph/radiograph/problem"
)

// output is the form that a command prints what it found in. It is a flag's value.
type output string

const (
	asText output = "text" // for people
	asJSON output = "json" // for programs
)

// flag adds --output.
func (o *output) flag(cmd *cobra.Command) {
	*o = asText
	cmd.Flags().VarP(o, "output", "o", "text, or json for scripts")
}

// String implements pflag.Value.
func (o *output) String() string { return string(*o) }

// Type implements pflag.Value.
func (o *output) Type() string { return "text|json" }

// Set implements pflag.Value.
func (o *output) Set(s string) error {
	switch output(s) {
	case asText, asJSON:
		*o = output(s)
		return nil
	}
	return problem.New(problem.Invalid, "choose text or json")
}

// table prints rows below a header in columns, or that there is nothing.
func (p *program) table(nothing string, header []string, rows [][]string) error {
	if len(rows) == 0 {
		p.printf("%s\n", nothing)
		return nil
	}
	w := tabwriter.NewWriter(p.out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, strings.Join(header, "\t"))
	for _, row := range rows {
		cells := make([]string, len(row))
		for i, cell := range row {
			cells[i] = printable(cell)
			if cell == "" {
				cells[i] = "–"
			}
		}
		fmt.Fprintln(w, strings.Join(cells, "\t"))
	}
	return w.Flush()
}

// fields prints names and values below each other. Fields without a value are left out.
func (p *program) fields(list [][2]string) error {
	w := tabwriter.NewWriter(p.out, 0, 0, 2, ' ', 0)
	for _, f := range list {
		if f[1] != "" {
			fmt.Fprintf(w, "%s:\t%s\n", f[0], printable(f[1]))
		}
	}
	return w.Flush()
}

// date is a moment as lists show it.
func date(t *time.Time) string {
	if t == nil || t.IsZero() {
		return ""
	}
	return t.Local().Format(time.DateOnly)
}

// moment is a moment as what is said about one thing shows it.
func moment(t *time.Time) string {
	if t == nil || t.IsZero() {
		return ""
	}
	return t.Local().Format("2006-01-02 15:04:05 MST")
}

// asOnTheWire is the name that a member of the EKS API has, by its name in the SDK.
func asOnTheWire(name string) string {
	r := []rune(name)
	r[0] = unicode.ToLower(r[0])
	return string(r)
}

// asNamed is the name that a member of IAM has: the SDK's.
func asNamed(name string) string { return name }

// wire is a value of the SDK as "aws" prints it: what is not there is left out, and
// name gives the names of members. It takes what answers are made of.
func wire(v any, name func(string) string) any {
	out, _ := wireValue(reflect.ValueOf(v), name)
	return out
}

// wireValue is wire; ok is false for what is not there.
func wireValue(v reflect.Value, name func(string) string) (out any, ok bool) {
	switch v.Kind() {
	case reflect.Pointer, reflect.Interface:
		if v.IsNil() {
			return nil, false
		}
		return wireValue(v.Elem(), name)
	case reflect.Struct:
		if t, is := reflect.TypeAssert[time.Time](v); is {
			return t, true
		}
		return wireStruct(v, name), true
	case reflect.Slice:
		if v.IsNil() {
			return nil, false
		}
		list := make([]any, 0, v.Len())
		for i := range v.Len() {
			item, _ := wireValue(v.Index(i), name)
			list = append(list, item)
		}
		return list, true
	case reflect.Map:
		return v.Interface(), !v.IsNil()
	case reflect.String:
		return v.Interface(), v.Type().PkgPath() == "" || v.Len() > 0 // an enumeration's "" is none
	default:
		return v.Interface(), true
	}
}

func wireStruct(v reflect.Value, name func(string) string) map[string]any {
	out := map[string]any{}
	for i := range v.NumField() {
		field := v.Type().Field(i)
		if !field.IsExported() || field.Name == "ResultMetadata" {
			continue
		}
		if value, ok := wireValue(v.Field(i), name); ok {
			out[name(field.Name)] = value
		}
	}
	return out
}
