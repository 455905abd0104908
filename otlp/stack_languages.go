package otlp

import (
	"slices"
	"strings"
)

// pythonChains are what Python prints between an exception and the one that it
// led to.
var pythonChains = [...]string{
	"During handling of the above exception, another exception occurred:",
	"The above exception was the direct cause of the following exception:",
}

// python reads
//
//	Traceback (most recent call last):
//	  File "main.py", line 14, in <module>
//	    greet()
//	TypeError: message
//
// The outermost call comes first, and of several exceptions the first cause.
func (p *stackParser) python(text string) {
	blocks := []string{text}
	for len(blocks) < maxChain {
		last := blocks[len(blocks)-1]
		at, length := -1, 0
		for _, chain := range pythonChains {
			if i := strings.Index(last, chain); i >= 0 && (at < 0 || i < at) {
				at, length = i, len(chain)
			}
		}
		if at < 0 {
			break
		}
		blocks[len(blocks)-1] = last[:at]
		blocks = append(blocks, last[at+length:])
	}
	for i, block := range slices.Backward(blocks) {
		if i < len(blocks)-1 && !p.causedBy(pythonHeader(block)) {
			return
		}
		p.pythonBlock(block)
	}
}

// pythonHeader returns the line that names the exception: the last one at the
// margin, with what follows it.
func pythonHeader(block string) string {
	header := ""
	for line := range lines(block) {
		line = strings.TrimPrefix(line, "  | ")
		if line != "" && line[0] != ' ' && !strings.HasPrefix(line, "Traceback ") && !strings.HasPrefix(line, "  +") {
			if header == "" {
				header = line
			}
		}
	}
	return header
}

func (p *stackParser) pythonBlock(block string) {
	f := p.frames()
	for line := range lines(block) {
		s := strings.TrimLeft(line, " |+-")
		rest, ok := strings.CutPrefix(s, `File "`)
		if !ok {
			continue
		}
		path, rest, ok := strings.Cut(rest, `"`)
		if !ok {
			continue
		}
		number, label, _ := strings.Cut(strings.TrimPrefix(rest, ", line "), ", in ")
		f.add(path, lineNumber(strings.TrimSpace(number)), strings.TrimSpace(label))
	}
	slices.Reverse(f.e.frames.Open(f.begin))
	p.flush(&f)
}

// javascript reads what V8 writes
//
//	TypeError: message
//	    at Class.method (file.js:6:11)
//	    at file.js:20:1
//	  [cause]: Error: message
//
// and what other engines write: method@file.js:6:11.
func (p *stackParser) javascript(text string) {
	f := p.frames()
	for line := range lines(text) {
		s := strings.TrimSpace(line)
		if cause, ok := cutAny(s, "[cause]: ", "Caused by: ", "caused by: "); ok {
			p.flush(&f)
			if !p.causedBy(strings.TrimSuffix(strings.TrimSuffix(cause, " {"), ",")) {
				return
			}
			continue
		}
		if rest, ok := strings.CutPrefix(s, "at "); ok {
			path, n, label := v8Frame(strings.TrimSuffix(rest, " {"))
			f.add(path, n, label)
			continue
		}
		if label, place, ok := strings.Cut(s, "@"); ok && !strings.ContainsAny(label, " ") {
			if path, n := cutLine(place); n > 0 {
				f.add(path, n, label)
			}
		}
	}
	p.flush(&f)
}

// v8Frame reads "label (place)", "place", and what has no place at all.
func v8Frame(s string) (path string, line int, label string) {
	s = strings.TrimPrefix(s, "async ")
	if strings.HasSuffix(s, ")") {
		if i := strings.Index(s, " ("); i >= 0 {
			path, line = cutLine(s[i+2 : len(s)-1])
			return path, line, s[:i]
		}
	}
	if path, line = cutLine(s); line > 0 {
		return path, line, ""
	}
	return "", 0, s
}

func cutAny(s string, prefixes ...string) (string, bool) {
	for _, prefix := range prefixes {
		if rest, ok := strings.CutPrefix(s, prefix); ok {
			return rest, true
		}
	}
	return "", false
}

// dotnetEnd is what .NET prints behind the frames of an inner exception.
const dotnetEnd = "--- End of inner exception stack trace ---"

// dotnet reads
//
//	System.Exception: message
//	 ---> System.ArgumentException: message
//	   at Namespace.Class.Method(String s) in /path/File.cs:line 42
//	   --- End of inner exception stack trace ---
//	   at Namespace.Class.Other()
//
// The inner exception, the cause, comes first.
func (p *stackParser) dotnet(text string) {
	var outer []int // the exceptions whose frames are still to come
	f := p.frames()
	for line := range lines(text) {
		s := strings.TrimSpace(line)
		if _, inner, ok := strings.Cut(line, "---> "); ok {
			p.flush(&f)
			outer = append(outer, p.at)
			if !p.causedBy(inner) {
				return
			}
			continue
		}
		if s == dotnetEnd {
			p.flush(&f)
			if n := len(outer); n > 0 {
				p.at, outer = outer[n-1], outer[:n-1]
			}
			continue
		}
		rest, ok := strings.CutPrefix(s, "at ")
		if !ok {
			continue
		}
		label, place, found := cutLast(rest, " in ")
		if !found {
			f.add("", 0, rest)
			continue
		}
		if path, number, ok := cutLast(place, ":line "); ok {
			f.add(path, lineNumber(number), label)
		} else {
			f.add(place, 0, label)
		}
	}
	p.flush(&f)
}

func cutLast(s, sep string) (before, after string, found bool) {
	if i := strings.LastIndex(s, sep); i >= 0 {
		return s[:i], s[i+len(sep):], true
	}
	return s, "", false
}

// golang reads
//
//	goroutine 1 [running]:
//	main.f(0x1, 0x2)
//		/src/main.go:12 +0x20
//	created by main.g in goroutine 1
func (p *stackParser) golang(text string) {
	f := p.frames()
	label := ""
	for line := range lines(text) {
		switch {
		case strings.HasPrefix(line, "goroutine "):
			label = ""
		case strings.HasPrefix(line, "\t") || strings.HasPrefix(line, "    "):
			if label == "" {
				continue
			}
			place, _, _ := strings.Cut(strings.TrimSpace(line), " ")
			path, n := cutLine(place)
			f.add(path, n, label)
			label = ""
		default:
			label, _, _ = strings.Cut(strings.TrimPrefix(line, "created by "), " in goroutine ")
			if i := strings.LastIndexByte(label, '('); i > 0 && strings.HasSuffix(label, ")") && !strings.HasPrefix(line, "created by ") {
				label = label[:i]
			}
		}
	}
	p.flush(&f)
}

// ruby reads
//
//	app.rb:10:in 'Object#run': message (RuntimeError)
//		from app.rb:20:in '<main>'
func (p *stackParser) ruby(text string) {
	f := p.frames()
	for line := range lines(text) {
		s := strings.TrimPrefix(strings.TrimSpace(line), "from ")
		place, label, ok := strings.Cut(s, ":in ")
		if !ok {
			if path, n := cutLine(s); n > 0 && !strings.Contains(path, " ") {
				f.add(path, n, "")
			}
			continue
		}
		path, n := cutLine(place)
		if n == 0 {
			continue
		}
		label = strings.TrimLeft(label, "`'")
		label, _, _ = strings.Cut(label, "'")
		f.add(path, n, label)
	}
	p.flush(&f)
}
