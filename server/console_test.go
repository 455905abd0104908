package server_test

import (
	"bufio"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/radiograph/radiograph/console/consoleapi"
)

// TestConsoleKnowsWhoSends sends by both intakes.
func TestConsoleKnowsWhoSends(t *testing.T) {
	s, _ := start(t, local(t), io.Discard)
	request(t, http.MethodPost, s.Endpoint()+"/TraceSegments", `{"TraceSegmentDocuments":["`+strings.ReplaceAll(probe, `"`, `\"`)+`","{}"]}`)
	address := s.DaemonAddress()
	address = address[strings.LastIndex(address, "udp:")+len("udp:"):]
	conn, err := new(net.Dialer).DialContext(t.Context(), "udp", address)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if _, err := conn.Write([]byte("{\"format\":\"json\",\"version\":1}\n" + probe)); err != nil {
		t.Fatal(err)
	}
	type intake struct {
		Protocol         string
		Documents, Bytes int
		Rejected         []struct {
			Code  string
			Count int
		}
	}
	var got struct{ Intakes []intake }
	for { // until it has arrived; go test has a bound
		_, text := request(t, http.MethodGet, s.Endpoint()+consoleapi.Path+"sources", "")
		if err := json.Unmarshal([]byte(text), &got); err != nil {
			t.Fatal(err)
		}
		if len(got.Intakes) > 1 && got.Intakes[1].Documents == 1 {
			break
		}
	}
	if in := got.Intakes[0]; in.Protocol != "PutTraceSegments" || in.Documents != 1 || in.Bytes != len(probe)+2 || len(in.Rejected) != 1 || in.Rejected[0].Code != "MissingId" {
		t.Errorf("by the API: %+v", in)
	}
	if in := got.Intakes[1]; in.Protocol != "daemon" || len(in.Rejected) != 0 {
		t.Errorf("by the daemon: %+v", in)
	}
	_, text := request(t, http.MethodGet, s.Endpoint()+consoleapi.Path+"me", "")
	if !strings.Contains(text, address) || !strings.Contains(text, `"hasTraces":true`) {
		t.Errorf("me: %s", text)
	}
}

// TestStreamsOutliveTheReadTimeout also checks that they do not keep the server from
// stopping.
func TestStreamsOutliveTheReadTimeout(t *testing.T) {
	c := local(t)
	c.HTTP.ReadTimeout = 200 * time.Millisecond
	c.Shutdown = time.Minute
	s, stop := start(t, c, io.Discard)
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, s.Endpoint()+consoleapi.Path+"tail", nil)
	if err != nil {
		t.Fatal(err)
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	lines := bufio.NewScanner(resp.Body)
	find := func(want string) {
		t.Helper()
		for lines.Scan() {
			if strings.Contains(lines.Text(), want) {
				return
			}
		}
		t.Fatalf("the stream ended before %s: %v", want, lines.Err())
	}
	find("heartbeat") // after more than the timeout
	stop()
	find("shutdown")
}
