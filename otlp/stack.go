package otlp

import (
	"iter"
	"strconv"
	"strings"

	"github.com/radiograph/radiograph/segment"
)

// maxFrames bounds the frames of an exception; Truncated counts the others.
const maxFrames = 100

// maxChain bounds the exceptions that one stack trace tells of.
const maxChain = 20

// stackParser reads the text of a stack trace into the exception at index at of
// the open list that begins at begin, and adds those that it was caused by.
type stackParser struct {
	e     *Encoder
	begin int
	at    int
}

// x returns the exception whose frames are read.
func (p *stackParser) x() *segment.Exception { return &p.e.exceptions.Open(p.begin)[p.at] }

// parse reads text as the given language writes it; of an unknown language it
// guesses.
func (p *stackParser) parse(text, language string) {
	switch language {
	case "java", "php", "kotlin", "scala":
		p.java(text)
	case "python":
		p.python(text)
	case "nodejs", "webjs", "javascript", "js":
		p.javascript(text)
	case "dotnet":
		p.dotnet(text)
	case "go":
		p.golang(text)
	case "ruby":
		p.ruby(text)
	default:
		p.guess(text)
	}
}

// guess finds out who wrote text.
func (p *stackParser) guess(text string) {
	switch {
	case strings.Contains(text, "Traceback (most recent call last)"):
		p.python(text)
	case strings.HasPrefix(text, "goroutine "):
		p.golang(text)
	case strings.Contains(text, ":in `") || strings.Contains(text, ":in '"):
		p.ruby(text)
	case strings.Contains(text, "\n   at "):
		if strings.Contains(text, "\n    at ") {
			p.javascript(text)
		} else {
			p.dotnet(text)
		}
	case strings.Contains(text, "\tat "):
		p.java(text)
	case strings.Contains(text, "at "):
		p.javascript(text)
	}
}

// frames collects the frames of one exception.
type frames struct {
	e       *Encoder
	begin   int
	n, more int
}

func (p *stackParser) frames() frames { return frames{e: p.e, begin: p.e.frames.Begin()} }

func (f *frames) add(path string, line int, label string) {
	if path == "" && label == "" {
		return
	}
	if f.n == maxFrames {
		f.more++
		return
	}
	f.n++
	f.e.frames.Add(segment.Frame{Path: path, Line: line, Label: label})
}

// flush gives the frames to the exception and begins with none.
func (p *stackParser) flush(f *frames) {
	if f.n > 0 || f.more > 0 {
		x := p.x()
		x.Stack = p.e.frames.End(f.begin)
		x.Truncated += f.more
	}
	*f = p.frames()
}

// causedBy adds the exception that the one at hand was caused by, and goes on with
// it. It reports whether there is room for it.
func (p *stackParser) causedBy(header string) bool {
	if len(p.e.exceptions.Open(p.begin)) >= maxChain {
		return false
	}
	x := p.e.newException(p.begin)
	x.Remote = false
	x.Type, x.Message = typeAndMessage(header)
	p.x().Cause = x.ID
	p.e.exceptions.Add(x)
	p.at = len(p.e.exceptions.Open(p.begin)) - 1
	return true
}

// typeAndMessage splits "type: message".
func typeAndMessage(header string) (typ, message string) {
	typ, message, ok := strings.Cut(strings.TrimSpace(header), ": ")
	if !ok {
		typ = strings.TrimSuffix(typ, ":")
	}
	if strings.ContainsAny(typ, " \t") && !ok {
		return "", typ
	}
	return typ, strings.TrimSpace(message)
}

// lines yields the lines of text.
func lines(text string) iter.Seq[string] {
	return func(yield func(string) bool) {
		for text != "" {
			line := text
			if i := strings.IndexByte(text, '\n'); i >= 0 {
				line, text = text[:i], text[i+1:]
			} else {
				text = ""
			}
			if !yield(strings.TrimSuffix(line, "\r")) {
				return
			}
		}
	}
}

// cutLine splits "path:line" and, of what JavaScript writes, "path:line:column".
func cutLine(s string) (path string, line int) {
	i := strings.LastIndexByte(s, ':')
	if i < 0 || !isNumber(s[i+1:]) {
		return s, 0
	}
	path, last := s[:i], s[i+1:]
	if j := strings.LastIndexByte(path, ':'); j >= 0 && isNumber(path[j+1:]) {
		path, last = path[:j], path[j+1:]
	}
	return path, lineNumber(last)
}

func isNumber(s string) bool { return s != "" && isDigits(s) }

func lineNumber(s string) int {
	n, err := strconv.ParseInt(s, 10, 32)
	if err != nil {
		return 0
	}
	return int(n)
}

// java reads
//
//	java.lang.IllegalStateException: message
//		at package.Class.method(File.java:63)
//		... 27 more
//	Caused by: java.lang.IllegalArgumentException: message
//
// which PHP writes too.
func (p *stackParser) java(text string) {
	f := p.frames()
	suppressed := false
	for line := range lines(text) {
		trimmed := strings.TrimLeft(line, " \t")
		switch {
		case strings.HasPrefix(trimmed, "at "):
			if !suppressed {
				path, n, label := javaFrame(trimmed[len("at "):])
				f.add(path, n, label)
			}
		case strings.HasPrefix(trimmed, "... "):
			if n, rest, ok := strings.Cut(trimmed[len("... "):], " "); ok && rest == "more" && isNumber(n) && !suppressed {
				f.more += lineNumber(n)
			}
		case strings.HasPrefix(trimmed, "Suppressed: "):
			suppressed = true
		case strings.HasPrefix(line, "Caused by: "):
			suppressed = false
			p.flush(&f)
			if !p.causedBy(line[len("Caused by: "):]) {
				return
			}
		}
	}
	p.flush(&f)
}

// javaFrame reads label(path:line).
func javaFrame(s string) (path string, line int, label string) {
	i := strings.LastIndexByte(s, '(')
	if i < 0 || !strings.HasSuffix(s, ")") {
		return "", 0, s
	}
	path, line = cutLine(s[i+1 : len(s)-1])
	return path, line, s[:i]
}

// xrayStack reads what stackText writes.
func (e *Encoder) xrayStack(typ, message, text string) []segment.Frame {
	rest, ok := strings.CutPrefix(text, typ+": "+message+"\n")
	if !ok {
		rest = text
	}
	begin := e.frames.Begin()
	for line := range lines(rest) {
		line, ok := strings.CutPrefix(line, "\tat ")
		if !ok || !strings.HasSuffix(line, ")") {
			continue
		}
		i := strings.LastIndexByte(line, '(')
		if i < 0 {
			continue
		}
		inside := line[i+1 : len(line)-1]
		f := segment.Frame{Label: line[:i], Path: inside}
		if j := strings.LastIndex(inside, ": "); j >= 0 {
			if n, err := strconv.ParseInt(inside[j+2:], 10, 32); err == nil {
				f.Path, f.Line = inside[:j], int(n)
			}
		}
		e.frames.Add(f)
	}
	return e.frames.End(begin)
}
