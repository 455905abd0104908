package server_test

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/radiograph/radiograph/config"
	"github.com/radiograph/radiograph/group"
	"github.com/radiograph/radiograph/insight/insighttest"
	"github.com/radiograph/radiograph/server"
	"github.com/radiograph/radiograph/store/block"
)

// fillWithOutage stores two hours in which a service failed, for the groups of a
// server whose Default group has insights enabled.
func fillWithOutage(t *testing.T, c config.Config) {
	t.Helper()
	dir := server.Scope(c.Data, c.AccountID, c.Region)
	if err := os.MkdirAll(dir, 0o750); err != nil {
		t.Fatal(err)
	}
	st, err := block.Open(dir, server.StoreOptions(c.Store))
	if err != nil {
		t.Fatal(err)
	}
	groups, err := group.New(t.Context(), st, "")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := groups.Update(t.Context(), group.DefaultName, "", nil, &group.Insights{Enabled: true, Notifications: true}); err != nil {
		t.Fatal(err)
	}
	for _, b := range (insighttest.Outage{End: time.Now().Truncate(time.Minute), Began: 60, Ended: 45}).Batches() {
		if err := st.Append(t.Context(), b); err != nil {
			t.Fatal(err)
		}
	}
	if err := st.Close(); err != nil {
		t.Fatal(err)
	}
}

// TestInsights checks that a server finds the insight of what it has stored, and
// still knows it after a restart.
func TestInsights(t *testing.T) {
	c := local(t)
	fillWithOutage(t, c)
	for range 2 {
		log := &buffer{}
		s, stop := start(t, c, log)
		found := ""
		for found == "" || strings.Contains(found, `"InsightSummaries":[]`) {
			found = post(t, s.Endpoint()+"/InsightSummaries", `{"GroupName":"Default","StartTime":1,"EndTime":99999999999}`)
		}
		if strings.Count(found, `"InsightId"`) != 1 || !strings.Contains(found, `"State":"CLOSED"`) || !strings.Contains(found, `"RootCauseServiceId":{"Name":"pay"`) {
			t.Errorf("insights: %s", found)
		}
		stop()
		if strings.Contains(log.String(), "level=WARN") {
			t.Errorf("log:\n%s", log.String())
		}
	}
}

// TestWebhook checks that what happens to an insight is told, again if it has to be,
// and once.
func TestWebhook(t *testing.T) {
	type event struct {
		ID         string `json:"id"`
		DetailType string `json:"detail-type"`
		Source     string `json:"source"`
		Detail     struct {
			State, GroupName string
			Event            struct{ Summary string }
		} `json:"detail"`
	}
	told, refused := make(chan event, 100), false
	hook := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var e event
		if err := json.NewDecoder(r.Body).Decode(&e); err != nil || r.Header.Get("Content-Type") != "application/json" {
			t.Errorf("the hook got %v, %v", r.Header, err)
		}
		if !refused {
			refused = true
			w.WriteHeader(http.StatusServiceUnavailable)
			return
		}
		told <- e
	}))
	defer hook.Close()
	c := local(t)
	c.Insights.Webhook = hook.URL
	fillWithOutage(t, c)
	_, stop := start(t, c, io.Discard)
	defer stop()
	ids := map[string]bool{}
	for first := true; ; first = false {
		e := <-told
		if e.DetailType != "AWS X-Ray Insight Update" || e.Source != "aws.xray" || e.Detail.GroupName != "Default" || ids[e.ID] {
			t.Errorf("event %+v", e)
		}
		ids[e.ID] = true
		if first && !strings.HasPrefix(e.Detail.Event.Summary, "The insight was opened") {
			t.Errorf("the first event is %+v", e)
		}
		if e.Detail.State == "CLOSED" {
			return
		}
	}
}

func post(t *testing.T, url, body string) string {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, url, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	answer, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(answer)
}
