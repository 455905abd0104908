package filter

import (
	"encoding/json"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

type tokenKind uint8

const (
	tokenEnd        tokenKind = iota
	tokenBad                  // what the language does not have; the value says why
	tokenWord                 // the value is in lower case
	tokenAnnotation           // the field says which; the value is the key
	tokenString
	tokenNumber
	tokenJSON // #[…]; the value is compact
	tokenSign // brackets, operators, comma, colon
)

type token struct {
	kind   tokenKind
	field  field
	open   bool // a literal that the end of the expression cut off; kind is tokenBad
	offset int
	text   string // as written
	value  string
	number float64
}

// is reports whether t is a sign or a word (in lower case).
func (t *token) is(s string) bool {
	return t.kind == tokenSign && t.text == s || t.kind == tokenWord && t.value == s
}

// end returns the offset behind t.
func (t *token) end() int { return t.offset + len(t.text) }

// lex splits src into tokens. The last one is a tokenEnd, or the first tokenBad.
func lex(src string) []token {
	var tokens []token
	for i := 0; ; {
		for i < len(src) && isSpace(src[i]) {
			i++
		}
		t := lexToken(src[i:])
		t.offset = i
		tokens = append(tokens, t)
		if t.kind == tokenEnd || t.kind == tokenBad {
			return tokens
		}
		i = t.end()
	}
}

func isSpace(c byte) bool { return c == ' ' || c == '\t' || c == '\n' || c == '\r' }

func bad(text, why string) token { return token{kind: tokenBad, text: text, value: why} }

// lexToken reads the token at the start of s.
func lexToken(s string) token {
	if s == "" {
		return token{kind: tokenEnd}
	}
	switch c := s[0]; {
	case c == '"':
		return lexString(s)
	case c == '#':
		return lexJSON(s)
	case isNumber(s):
		return lexNumber(s)
	case c == '\'':
		return bad("'", "strings are written in double quotes")
	case strings.HasPrefix(s, "&&"):
		return bad("&", "write AND")
	case strings.HasPrefix(s, "||"):
		return bad("|", "write OR")
	case len(s) > 1 && s[1] == '=' && strings.IndexByte("!<>", c) >= 0:
		return token{kind: tokenSign, text: s[:2]}
	case strings.IndexByte("(){}!=<>,:", c) >= 0:
		return token{kind: tokenSign, text: s[:1]}
	}
	if n := wordLength(s, false); n > 0 {
		return lexWord(s, n)
	}
	_, n := utf8.DecodeRuneInString(s)
	return bad(s[:n], "")
}

// wordLength is the length of the word at the start of s. Keys of annotations may
// have hyphens.
func wordLength(s string, key bool) int {
	for i, r := range s {
		letter := r == '_' || unicode.IsLetter(r)
		inner := r == '.' || unicode.IsDigit(r) || key && r == '-'
		if !letter && (!inner || i == 0 && !key) {
			return i
		}
	}
	return len(s)
}

func lexWord(s string, n int) token {
	word := strings.ToLower(s[:n])
	for _, f := range []field{fieldAnnotation, fieldSourceAnnotation, fieldDestinationAnnotation} {
		name := keywords[f].name
		if word == name && strings.HasPrefix(s[n:], "[") {
			return lexBracketKey(s, n, f)
		}
		if strings.HasPrefix(word, name+".") {
			return lexDottedKey(s, len(name)+1, f)
		}
	}
	return token{kind: tokenWord, text: s[:n], value: word}
}

// lexDottedKey reads annotation.key; the key begins at from.
func lexDottedKey(s string, from int, f field) token {
	key := s[from : from+wordLength(s[from:], true)]
	switch dot := strings.IndexByte(key, '.'); {
	case dot >= 0:
		text := s[:from+dot+1]
		return bad(text, "write "+keywords[f].name+"["+key+"] for a key with dots")
	case key == "":
		return token{kind: tokenBad, text: s[:from], value: "the key of the annotation is missing", open: from == len(s), field: f}
	}
	return token{kind: tokenAnnotation, field: f, text: s[:from+len(key)], value: key}
}

// lexBracketKey reads annotation[key] or annotation["key"]; the bracket is at from.
func lexBracketKey(s string, from int, f field) token {
	i := from + 1
	for i < len(s) && isSpace(s[i]) {
		i++
	}
	var key string
	if i < len(s) && s[i] == '"' {
		value, n, closed := unquote(s[i:])
		i += n
		if !closed {
			return token{kind: tokenBad, field: f, open: i == len(s), text: s[:i], value: "the key of the annotation has no closing quote"}
		}
		key = value
		for i < len(s) && isSpace(s[i]) {
			i++
		}
	} else {
		n := strings.IndexAny(s[i:], "[]\"\n")
		if n < 0 {
			n = len(s) - i
		}
		key = strings.TrimRight(s[i:i+n], " \t\r")
		i += n
	}
	switch {
	case i == len(s):
		return token{kind: tokenBad, field: f, open: true, text: s, value: "the key of the annotation has no closing bracket"}
	case s[i] != ']':
		return bad(s[:i+1], "the key of the annotation has no closing bracket")
	case key == "":
		return bad(s[:i+1], "the key of the annotation is missing")
	}
	return token{kind: tokenAnnotation, field: f, text: s[:i+1], value: key}
}

func lexString(s string) token {
	value, n, closed := unquote(s)
	switch {
	case closed:
		return token{kind: tokenString, text: s[:n], value: value}
	case n < len(s):
		_, size := utf8.DecodeRuneInString(s[n+1:])
		return bad(s[:n+1+size], "a backslash begins one of the escapes of JSON; write \\\\ for a backslash")
	}
	return token{kind: tokenBad, open: true, text: s, value: "the string has no closing quote"}
}

func isNumber(s string) bool {
	if s[0] == '-' || s[0] == '+' {
		s = s[1:]
	}
	if s != "" && s[0] == '.' {
		s = s[1:]
	}
	return s != "" && isDigit(s[0])
}

func isDigit(c byte) bool { return '0' <= c && c <= '9' }

func lexNumber(s string) token {
	digits := func(i int) int {
		for i < len(s) && isDigit(s[i]) {
			i++
		}
		return i
	}
	i := 0
	if s[0] == '-' || s[0] == '+' {
		i = 1
	}
	i = digits(i)
	if i < len(s) && s[i] == '.' {
		i = digits(i + 1)
	}
	if i < len(s) && (s[i] == 'e' || s[i] == 'E') {
		from := i + 1
		if from < len(s) && (s[from] == '-' || s[from] == '+') {
			from++
		}
		if end := digits(from); end > from {
			i = end
		}
	}
	number, err := strconv.ParseFloat(s[:i], 64)
	if err != nil {
		return bad(s[:i], "the number is out of range")
	}
	return token{kind: tokenNumber, text: s[:i], number: number}
}

func lexJSON(s string) token {
	if !strings.HasPrefix(s, "#[") {
		return bad("#", "a JSON array follows # immediately")
	}
	dec := json.NewDecoder(strings.NewReader(s[1:]))
	var raw json.RawMessage
	if err := dec.Decode(&raw); err != nil {
		return token{kind: tokenBad, text: s, value: "not a JSON array: " + err.Error()}
	}
	value, err := compactJSON(raw)
	if err != nil {
		return bad(s, "not a JSON array: "+err.Error())
	}
	return token{kind: tokenJSON, text: s[:1+int(dec.InputOffset())], value: value}
}
