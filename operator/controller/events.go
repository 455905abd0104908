package controller

import (
	"fmt"
	"strings"

	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/client-go/tools/events"
)

// maxText is how long the note of an event may be, in bytes; longer ones are refused
// (https://kubernetes.io/docs/reference/kubernetes-api/cluster-resources/event-v1/). Messages of
// conditions could have 32 KiB, which nobody reads.
const maxText = 1024

// tell sends an event whose note is cut to what an event may hold.
func tell(to events.EventRecorder, about runtime.Object, kind, reason, action, format string, args ...any) {
	to.Eventf(about, nil, kind, reason, action, "%s", short(fmt.Sprintf(format, args...)))
}

// short cuts a text to what an event, and a condition, should hold, in its middle: what it is
// about comes first, and errors come last in logs.
func short(text string) string {
	const gap = " ... "
	if len(text) <= maxText {
		return text
	}
	const half = (maxText - len(gap)) / 2
	return strings.ToValidUTF8(text[:half], "") + gap + strings.ToValidUTF8(text[len(text)-half:], "")
}
