package relay

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"net"
	"strings"
	"testing"
	"testing/iotest"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/radiograph/radiograph/datagram"
)

// collectStream runs a stream over in and returns its documents.
func collectStream(in io.Reader, limit int) (docs []string, err error) {
	q := datagram.NewQueue(8 << 20)
	s := stream{
		in:      bufio.NewReaderSize(in, streamBuffer),
		writer:  datagram.Writer{Queue: q},
		limit:   limit,
		setWait: func(time.Time) error { return nil },
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		for c := range q.Ready() {
			for _, d := range c.Docs {
				docs = append(docs, string(d))
			}
			q.Release(c)
		}
	}()
	err = s.run(func() {})
	s.end()
	q.Close()
	<-done
	if held, queued := q.Held(), q.Queued(); held != 0 || queued != 0 {
		panic("relay: reservations leak")
	}
	return docs, err
}

func TestStreamSplitsAnywhere(t *testing.T) {
	want := []string{
		`{}`,
		`{"a":"}{\\\"","b":[{},[]]}`,
		"{\n\t\"c\" : 1\n}",
		`{"d":"` + strings.Repeat("x", 3*streamBuffer) + `"}`,
	}
	text := "{\"format\":\"json\",\"version\":1}\n" + want[0] + want[1] + "\n\r\n " + want[2] + "\n" + want[3] + "\n"
	for name, in := range map[string]io.Reader{
		"at once":       strings.NewReader(text),
		"byte by byte":  iotest.OneByteReader(strings.NewReader(text)),
		"half by half":  iotest.HalfReader(strings.NewReader(text)),
		"data with EOF": iotest.DataErrReader(strings.NewReader(text)),
	} {
		got, err := collectStream(in, 1<<20)
		if !errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
			t.Errorf("%s: ended with %v", name, err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s: documents (-want +got):\n%s", name, diff)
		}
	}
}

func TestSlowStreamsEnd(t *testing.T) {
	for _, tc := range []struct {
		name, sent string
		after      time.Duration
	}{
		{"no header", "{", firstByteTimeout},
		{"idle", "{\"format\":\"json\",\"version\":1}\n{}\n", streamIdle},
		{"in a document", "{\"format\":\"json\",\"version\":1}\n{", documentTimeout},
	} {
		t.Run(tc.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				r := &Relay{opts: Options{}.withDefaults(), queue: datagram.NewQueue(1 << 20)}
				r.conns.init(1)
				server, client := net.Pipe()
				begin := time.Now()
				go r.serveStream(server)
				if _, err := io.WriteString(client, tc.sent); err != nil {
					t.Fatal(err)
				}
				if _, err := client.Read(make([]byte, 1)); !errors.Is(err, io.EOF) {
					t.Errorf("got %v, want the end of the connection", err)
				}
				if took := time.Since(begin); took != tc.after {
					t.Errorf("ended after %v, want %v", took, tc.after)
				}
			})
		})
	}
}

func TestStopEndsIdleStreams(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := &Relay{opts: Options{}.withDefaults(), queue: datagram.NewQueue(1 << 20)}
		r.conns.init(1)
		server, client := net.Pipe()
		r.conns.track(server)
		go r.serveStream(server)
		if _, err := io.WriteString(client, "{\"format\":\"json\",\"version\":1}\n"); err != nil {
			t.Fatal(err)
		}
		synctest.Wait()
		begin := time.Now()
		r.conns.stop(begin.Add(streamGrace))
		if _, err := client.Read(make([]byte, 1)); !errors.Is(err, io.EOF) {
			t.Errorf("got %v, want the end of the connection", err)
		}
		if took := time.Since(begin); took != streamGrace {
			t.Errorf("ended after %v, want %v", took, streamGrace)
		}
	})
}

// FuzzStream checks that documents do not depend on how the stream was cut into
// pieces, that nothing is invented, and that all memory is given back.
func FuzzStream(f *testing.F) {
	const head = "{\"format\":\"json\",\"version\":1}\n"
	for _, seed := range []string{
		"",
		head,
		head + "{}",
		head + "{\"a\":\"\\\"}\"}\n{\"b\":[1,{}]}{}\n",
		head + "[]",
		head + "{]{}",
		head + "{\"a\":\"" + strings.Repeat("é", 300) + "\"}",
		"{\"format\":\"json\",\"version\":2}\n{}",
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		whole, err := collectStream(bytes.NewReader(b), 500)
		pieces, errPieces := collectStream(iotest.OneByteReader(bytes.NewReader(b)), 500)
		if diff := cmp.Diff(whole, pieces); diff != "" {
			t.Errorf("documents depend on the pieces (-whole +pieces):\n%s", diff)
		}
		if err == nil || errPieces == nil || err.Error() != errPieces.Error() {
			t.Errorf("ended with %v, in pieces with %v", err, errPieces)
		}
		rest := b
		for _, d := range whole {
			at := bytes.Index(rest, []byte(d))
			if at < 0 || len(d) > 500 || d[0] != '{' {
				t.Fatalf("document %q is not in %q", d, rest)
			}
			rest = rest[at+len(d):]
		}
	})
}
