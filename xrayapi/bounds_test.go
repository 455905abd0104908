package xrayapi

import (
	"errors"
	"strconv"
	"testing"
	"time"
)

func TestTelemetryRemembersTheLatestClients(t *testing.T) {
	var tm telemetry
	start := time.Unix(1e9, 0)
	for i := range maxClients + 10 {
		tm.add(Client{Hostname: strconv.Itoa(i), Reported: start.Add(time.Duration(i) * time.Second), Telemetry: Telemetry{Sent: 1}})
	}
	if len(tm.clients) != maxClients || tm.total.Sent != maxClients+10 {
		t.Errorf("%d clients, %d sent", len(tm.clients), tm.total.Sent)
	}
	if tm.clients[clientKey{hostname: "9"}] != nil || tm.clients[clientKey{hostname: "10"}] == nil {
		t.Error("not the oldest clients were forgotten")
	}
}

func TestRetrievalsForgetTheOldest(t *testing.T) {
	var rs retrievals
	start := time.Unix(1e9, 0)
	for i := range maxRetrievals + 1 {
		rs.add(&retrieval{token: strconv.Itoa(i), created: start})
	}
	if len(rs.list) != maxRetrievals || len(rs.token) != maxRetrievals {
		t.Errorf("%d and %d retrievals", len(rs.list), len(rs.token))
	}
	_, err := rs.find("0")
	if f, ok := errors.AsType[*fault](err); !ok || f.name != "ResourceNotFoundException" {
		t.Errorf("the first: %v", err)
	}
	rs.add(&retrieval{token: "late", created: start.Add(2 * retrievalLife)})
	if len(rs.list) != 1 || len(rs.token) != 1 {
		t.Errorf("%d and %d retrievals after their life", len(rs.list), len(rs.token))
	}
}
