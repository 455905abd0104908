package block

import (
	"context"
	"iter"

	"github.com/radiograph/radiograph/segment"
	"github.com/radiograph/radiograph/trace"
	"github.com/radiograph/radiograph/traceid"
)

// Traces implements [store.Store].
func (s *Store) Traces(ctx context.Context, ids []traceid.ID) iter.Seq2[*trace.Trace, error] {
	return func(yield func(*trace.Trace, error) bool) {
		for _, id := range ids {
			t, err := s.traceByID(ctx, id)
			if err != nil {
				yield(nil, err)
				return
			}
			if t != nil && !yield(t, nil) {
				return
			}
		}
	}
}

// traceByID assembles a trace from all documents, settled or not.
func (s *Store) traceByID(ctx context.Context, id traceid.ID) (*trace.Trace, error) {
	if err := s.enter(ctx); err != nil {
		return nil, err
	}
	defer s.leave()
	return s.load(id)
}

// documentsOf returns the documents of a trace in the parts of a view.
func documentsOf(v *view, id traceid.ID) ([]doc, error) {
	var docs []doc
	for _, p := range v.parts {
		rows, err := p.find(id)
		if err != nil {
			return nil, err
		}
		for _, row := range rows {
			d, err := p.documents(row)
			if err != nil {
				return nil, err
			}
			docs = append(docs, d...)
		}
	}
	return docs, nil
}

// load assembles a trace from the head and the parts; nil when there is none.
func (s *Store) load(id traceid.ID) (*trace.Trace, error) {
	var docs []doc
	v := s.viewParts(func() {
		if t := s.head.traces[id]; t != nil {
			docs = append(docs, t.docs...)
		}
	})
	defer v.release()
	older, err := documentsOf(v, id)
	if err != nil {
		return nil, err
	}
	return s.assembleCopies(id, append(older, docs...))
}

// assembleCopies decodes copies of the documents: the trace may be kept.
func (s *Store) assembleCopies(id traceid.ID, docs []doc) (*trace.Trace, error) {
	size := 0
	for _, d := range docs {
		size += len(d.raw)
	}
	text := make([]byte, 0, size)
	decoded := make([]trace.Document, 0, len(docs))
	for _, d := range distinct(docs) {
		start := len(text)
		text = append(text, d.raw...)
		seg, err := segment.Decode(text[start:len(text):len(text)])
		if err != nil {
			continue // the settler has reported it
		}
		decoded = append(decoded, trace.Document{Segment: seg, Received: d.received, Index: d.index})
	}
	if len(decoded) == 0 {
		return nil, nil
	}
	tr := trace.Assemble(id, decoded)
	tr.Account = s.opts.Account
	return tr, nil
}
