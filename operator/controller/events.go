package controller

import (
	"fmt"
	"strings"

	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/client-go/tools/events"
)

// maxNote is how long the note of an event may be, in bytes; longer ones are refused
// (https://kubernetes.io/docs/reference/kubernetes-api/cluster-resources/event-v1/).
const maxNote = 1024

// tell sends an event whose note is cut to what an event may hold.
func tell(to events.EventRecorder, about runtime.Object, kind, reason, action, format string, args ...any) {
	to.Eventf(about, nil, kind, reason, action, "%s", cut(fmt.Sprintf(format, args...), maxNote))
}

// cut shortens a text to so many bytes, in its middle: what it is about comes first, and errors
// come last in logs.
func cut(text string, limit int) string {
	const gap = " ... "
	if len(text) <= limit {
		return text
	}
	half := (limit - len(gap)) / 2
	return strings.ToValidUTF8(text[:half], "") + gap + strings.ToValidUTF8(text[len(text)-half:], "")
}
