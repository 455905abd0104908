package segment

import "github.com/radiograph/radiograph/traceid"

// Link points to an entity of another (or the same) trace, as span links do.
type Link struct {
	TraceID    traceid.ID
	ID         traceid.EntityID
	Attributes Raw // JSON object, nil when absent
}

// linkList reads the value of "links". Links that lead nowhere are dropped.
func (d *Decoder) linkList() []Link {
	begin := d.links.Begin()
	for ok := d.array(); ok; ok = d.element() {
		if l := d.link(); !l.TraceID.IsZero() && !l.ID.IsZero() {
			d.links.Add(l)
		}
	}
	return d.links.End(begin)
}

func (d *Decoder) link() (l Link) {
	for ok := d.object(); ok; ok = d.member() {
		switch d.key {
		case "trace_id":
			l.TraceID, _ = traceid.ParseBytes([]byte(d.str()))
		case "id":
			l.ID = d.entityID()
		case "attributes":
			l.Attributes = d.rawObject()
		default:
			d.skip()
		}
	}
	return l
}

// precursorList reads the value of "precursor_ids"; what is no id is dropped.
func (d *Decoder) precursorList() []traceid.EntityID {
	begin := d.precursors.Begin()
	for ok := d.array(); ok; ok = d.element() {
		if id := d.entityID(); !id.IsZero() {
			d.precursors.Add(id)
		}
	}
	return d.precursors.End(begin)
}

// entityID reads an id; any other value reads as zero.
func (d *Decoder) entityID() traceid.EntityID {
	id, _ := traceid.ParseEntityBytes([]byte(d.str()))
	return id
}

func isEntityID(s string) bool {
	_, ok := traceid.ParseEntityBytes([]byte(s))
	return ok
}

func appendLinks(dst []byte, links []Link) []byte {
	dst = append(appendKey(dst, "links"), '[')
	for i, l := range links {
		dst = append(separate(dst, i), '{')
		dst = append(l.TraceID.AppendText(append(appendKey(dst, "trace_id"), '"')), '"')
		dst = appendID(dst, "id", l.ID)
		if l.Attributes != nil {
			dst = append(appendKey(dst, "attributes"), l.Attributes...)
		}
		dst = append(dst, '}')
	}
	return append(dst, ']')
}

func appendPrecursors(dst []byte, ids []traceid.EntityID) []byte {
	dst = append(appendKey(dst, "precursor_ids"), '[')
	for i, id := range ids {
		dst = append(separate(dst, i), '"')
		dst = append(id.AppendText(dst), '"')
	}
	return append(dst, ']')
}
