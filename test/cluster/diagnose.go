package cluster

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"time"
)

const (
	tailBytes = 3000 // of a program's log
	tailLines = 15
)

// Diagnosis says in text what may be wrong: which programs have ended, with the last
// lines of their logs, whether the node is ready, and the pods that are not ready with
// their events.
func (c *Cluster) Diagnosis(ctx context.Context) string {
	ctx, cancel := context.WithTimeout(ctx, 30*time.Second)
	defer cancel()
	var b strings.Builder
	c.mu.Lock()
	for _, p := range c.record.Processes {
		if !p.ID.alive() {
			fmt.Fprintf(&b, "%s (process %d) has ended. Its last lines:\n%s", p.Name, p.ID.PID, indent(c.logTail(p.Name)))
		}
	}
	kubeletStarted := c.record.process(kubelet) != nil
	c.mu.Unlock()
	if c.client == nil {
		return b.String()
	}
	if err := c.nodeReady(ctx); err != nil {
		fmt.Fprintf(&b, "node: %v\n", err)
		if kubeletStarted {
			fmt.Fprintf(&b, "last lines of the kubelet:\n%s", indent(c.logTail(kubelet)))
		}
	}
	pods, err := c.unreadyPods(ctx)
	if err != nil {
		fmt.Fprintf(&b, "pods: %v\n", err)
	}
	for _, p := range pods {
		fmt.Fprintf(&b, "pod %s/%s is not ready (%s)\n", p.Metadata.Namespace, p.Metadata.Name, p.Status.Phase)
		events, err := c.Kubectl(ctx, "events", "--namespace", p.Metadata.Namespace, "--for", "pod/"+p.Metadata.Name, "--no-headers")
		if err != nil {
			events = err.Error()
		}
		b.WriteString(indent(events))
		for _, state := range p.Status.Containers {
			if state.Restarts == 0 && state.Ready {
				continue
			}
			fmt.Fprintf(&b, "  container %s, started again %d times, says:\n", state.Name, state.Restarts)
			said, err := c.Kubectl(ctx, "logs", "--namespace", p.Metadata.Namespace, p.Metadata.Name, "--container", state.Name, "--tail", "20")
			if err != nil {
				said = err.Error()
			}
			b.WriteString(indent(said))
		}
	}
	return b.String()
}

// pod is what a diagnosis needs to know of one.
type pod struct {
	Metadata struct {
		Name      string `json:"name"`
		Namespace string `json:"namespace"`
	} `json:"metadata"`
	Status struct {
		Phase      string      `json:"phase"`
		Conditions []condition `json:"conditions"`
		Containers []struct {
			Name     string `json:"name"`
			Ready    bool   `json:"ready"`
			Restarts int    `json:"restartCount"`
		} `json:"containerStatuses"`
	} `json:"status"`
}

func (p pod) ready() bool {
	if p.Status.Phase == "Succeeded" {
		return true
	}
	for _, c := range p.Status.Conditions {
		if c.Type == "Ready" {
			return c.Status == "True"
		}
	}
	return false
}

func (c *Cluster) unreadyPods(ctx context.Context) ([]pod, error) {
	text, err := c.Get(ctx, "/api/v1/pods")
	if err != nil {
		return nil, err
	}
	var list struct {
		Items []pod `json:"items"`
	}
	if err := json.Unmarshal(text, &list); err != nil {
		return nil, fmt.Errorf("read pods: %w", err)
	}
	var unready []pod
	for _, p := range list.Items {
		if !p.ready() {
			unready = append(unready, p)
		}
	}
	return unready, nil
}

// logTail returns the last lines of a program's log.
func (c *Cluster) logTail(name string) string {
	f, err := os.Open(c.path("log/" + name + ".log"))
	if err != nil {
		return err.Error()
	}
	defer func() { _ = f.Close() }() // only read
	text, err := tail(f)
	if err != nil {
		return err.Error()
	}
	return text
}

// tail returns the last whole lines.
func tail(r io.ReadSeeker) (string, error) {
	size, err := r.Seek(0, io.SeekEnd)
	if err != nil {
		return "", err
	}
	start := max(0, size-tailBytes)
	if _, err := r.Seek(start, io.SeekStart); err != nil {
		return "", err
	}
	text, err := io.ReadAll(r)
	if err != nil && !errors.Is(err, io.EOF) {
		return "", err
	}
	lines := bytes.Split(bytes.TrimSpace(text), []byte("\n"))
	if start > 0 && len(lines) > 1 {
		lines = lines[1:]
	}
	lines = lines[max(0, len(lines)-tailLines):]
	return string(bytes.Join(lines, []byte("\n"))), nil
}

func indent(text string) string {
	if text == "" {
		return ""
	}
	return "  " + strings.ReplaceAll(strings.TrimSpace(text), "\n", "\n  ") + "\n"
}
