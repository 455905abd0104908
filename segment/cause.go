package segment

// Cause says why an entity failed: either exceptions of its own, or the id of an
// exception recorded on another entity of the trace.
type Cause struct {
	WorkingDirectory string
	Paths            []string
	Exceptions       []Exception
	Reference        string // 16 hex id of an exception elsewhere; then nothing else is set
	ReferenceObject  bool   // Reference was written as {"id": …} (Node SDK) rather than as a string
}

// Exception is one recorded exception.
type Exception struct {
	ID        string
	Message   string
	Type      string
	Remote    bool // caused by an error of a downstream service
	Truncated int  // frames left out
	Skipped   int  // exceptions left out between this one and its cause
	Cause     string
	Stack     []Frame
}

// Frame is one frame of a stack.
type Frame struct {
	Path  string
	Line  int
	Label string
}

// cause reads the value of "cause" in each of its three encodings: an object with
// exceptions, the id of an exception elsewhere, or an object with that id.
func (d *Decoder) cause() *Cause {
	switch d.peek() {
	case '"':
		if id := d.string(); isEntityID(id) {
			c := d.causes.One()
			c.Reference = id
			return c
		}
		return nil
	case '{':
		return d.causeObject()
	}
	d.skip()
	return nil
}

func (d *Decoder) causeObject() *Cause {
	c := d.causes.One()
	var id string
	for ok := d.object(); ok; ok = d.member() {
		switch d.key {
		case "working_directory":
			c.WorkingDirectory = d.str()
		case "paths":
			c.Paths = d.pathList()
		case "exceptions":
			c.Exceptions = d.exceptionList()
		case "id":
			id = d.str()
		default:
			d.skip()
		}
	}
	if len(c.Exceptions) == 0 && isEntityID(id) {
		*c = Cause{Reference: id, ReferenceObject: true}
	}
	return c
}

func (d *Decoder) pathList() []string {
	begin := d.paths.Begin()
	for ok := d.array(); ok; ok = d.element() {
		if p := d.text(); p.present && d.allow() {
			d.paths.Add(p.value)
		}
	}
	return d.paths.End(begin)
}

func (d *Decoder) exceptionList() []Exception {
	begin := d.exceptions.Begin()
	for ok := d.array(); ok; ok = d.element() {
		if d.peek() != '{' {
			d.skip()
		} else if x := d.exception(); d.allow() {
			d.exceptions.Add(x)
		}
	}
	return d.exceptions.End(begin)
}

func (d *Decoder) exception() (x Exception) {
	for ok := d.object(); ok; ok = d.member() {
		switch d.key {
		case "id":
			x.ID = d.str()
		case "message":
			x.Message = d.str()
		case "type":
			x.Type = d.str()
		case "remote":
			x.Remote = d.flag() == True
		case "truncated":
			x.Truncated = d.count()
		case "skipped":
			x.Skipped = d.count()
		case "cause":
			x.Cause = d.str()
		case "stack":
			x.Stack = d.stack()
		default:
			d.skip()
		}
	}
	return x
}

func (d *Decoder) stack() []Frame {
	begin := d.frames.Begin()
	for ok := d.array(); ok; ok = d.element() {
		if d.peek() != '{' {
			d.skip()
		} else if f := d.frame(); d.allow() {
			d.frames.Add(f)
		}
	}
	return d.frames.End(begin)
}

func (d *Decoder) frame() (f Frame) {
	for ok := d.object(); ok; ok = d.member() {
		switch d.key {
		case "path":
			f.Path = d.str()
		case "line":
			f.Line = d.count()
		case "label":
			f.Label = d.str()
		default:
			d.skip()
		}
	}
	return f
}

// append appends c as a member.
func (c *Cause) append(dst []byte) []byte {
	if c.Reference != "" && !c.ReferenceObject {
		return appendText(dst, "cause", c.Reference)
	}
	dst = append(appendKey(dst, "cause"), '{')
	if c.Reference != "" {
		return append(appendText(dst, "id", c.Reference), '}')
	}
	dst = appendText(dst, "working_directory", c.WorkingDirectory)
	if len(c.Paths) > 0 {
		dst = append(appendKey(dst, "paths"), '[')
		for i, p := range c.Paths {
			dst = appendString(separate(dst, i), p)
		}
		dst = append(dst, ']')
	}
	if len(c.Exceptions) > 0 {
		dst = append(appendKey(dst, "exceptions"), '[')
		for i := range c.Exceptions {
			dst = c.Exceptions[i].append(separate(dst, i))
		}
		dst = append(dst, ']')
	}
	return append(dst, '}')
}

func (x *Exception) append(dst []byte) []byte {
	dst = append(dst, '{')
	dst = appendText(dst, "id", x.ID)
	dst = appendText(dst, "message", x.Message)
	dst = appendText(dst, "type", x.Type)
	dst = appendTrue(dst, "remote", x.Remote)
	dst = appendInt(dst, "truncated", x.Truncated)
	dst = appendInt(dst, "skipped", x.Skipped)
	dst = appendText(dst, "cause", x.Cause)
	if len(x.Stack) > 0 {
		dst = append(appendKey(dst, "stack"), '[')
		for i, f := range x.Stack {
			dst = append(separate(dst, i), '{')
			dst = appendText(dst, "path", f.Path)
			dst = appendInt(dst, "line", f.Line)
			dst = appendText(dst, "label", f.Label)
			dst = append(dst, '}')
		}
		dst = append(dst, ']')
	}
	return append(dst, '}')
}
