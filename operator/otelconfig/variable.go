package otelconfig

import "strings"

// replaceBare calls f with the name of every bare variable of s, $NAME, and returns s with
// what f returns in its place. "$$" is an escaped dollar, "${" begins another spelling, and
// "$1" is no variable.
func replaceBare(s string, f func(name string) string) string {
	var out strings.Builder
	for {
		i := strings.IndexByte(s, '$')
		if i < 0 {
			break
		}
		out.WriteString(s[:i])
		s = s[i:]
		if strings.HasPrefix(s, "$$") {
			out.WriteString("$$")
			s = s[2:]
			continue
		}
		n := nameLength(s[1:])
		if n == 0 {
			out.WriteByte('$')
			s = s[1:]
			continue
		}
		out.WriteString(f(s[1 : 1+n]))
		s = s[1+n:]
	}
	out.WriteString(s)
	return out.String()
}

// nameLength is the length of the variable's name that s begins with.
func nameLength(s string) int {
	for i, c := range []byte(s) {
		letter := c == '_' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z'
		if !letter && (i == 0 || c < '0' || c > '9') {
			return i
		}
	}
	return len(s)
}
