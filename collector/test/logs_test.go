//go:build e2e

package test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/radiograph/radiograph/collector/internal/cloudwatchlogstest"
	"github.com/radiograph/radiograph/test/rig"
)

// logs is a running CloudWatch Logs.
type logs struct {
	server *cloudwatchlogstest.Server
	url    string
}

func newLogs(t *testing.T) *logs {
	server := cloudwatchlogstest.New()
	return &logs{server, serve(t, server)}
}

// has waits until an event of the stream contains the text.
func (l *logs) has(t *testing.T, group, stream, text string) {
	t.Helper()
	rig.Eventually(t, "event with "+text, func() error {
		events := l.server.Events(group, stream)
		for _, e := range events {
			if strings.Contains(e.Message, text) {
				return nil
			}
		}
		return fmt.Errorf("in none of %d events of %s", len(events), group)
	})
}
