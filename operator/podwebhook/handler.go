package podwebhook

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/tools/events"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/log"
	"sigs.k8s.io/controller-runtime/pkg/webhook/admission"

	"github.com/radiograph/radiograph/operator/autoinstrumentation"
	"github.com/radiograph/radiograph/operator/manifest"
)

// PolicyKey is the annotation of a namespace that says what happens to pods that cannot get
// what they ask for: Fail refuses them. Everything else lets them start without it.
const PolicyKey = "radiograph.dev/injection-failure-policy"

// reason of the events about pods that did not get what they asked for.
const reason = "InstrumentationRequestRejected"

// Options are settings of the operator.
type Options struct {
	// Images of the instrumentation, by language.
	Images map[autoinstrumentation.Language]string
	// Enabled are the languages that may be instrumented.
	Enabled map[autoinstrumentation.Language]bool
	// MultiInstrumentation allows several languages in one pod.
	MultiInstrumentation bool
	// Manifest are the settings that collectors are made with.
	Manifest manifest.Options
}

// Handler answers the API server. It is safe for concurrent use.
type Handler struct {
	// Client reads from the operator's cache.
	Client client.Reader
	// Live reads from the API server what runs a pod, and what the cache does not have yet. Few
	// pods ask for anything, so a cache of all ReplicaSets would be a waste.
	Live client.Reader
	// Events takes notes about pods that did not get what they asked for.
	Events events.EventRecorder
	// Decoder decodes pods.
	Decoder admission.Decoder
	// Options are settings of the operator.
	Options Options
}

// Handle adds to a pod what it asks for.
func (h *Handler) Handle(ctx context.Context, request admission.Request) admission.Response {
	pod := new(corev1.Pod)
	if err := h.Decoder.Decode(request, pod); err != nil {
		return admission.Errored(http.StatusBadRequest, fmt.Errorf("decode the pod: %w", err))
	}
	namespace, err := read(h, func(reader client.Reader) (*corev1.Namespace, error) {
		namespace := new(corev1.Namespace)
		return namespace, reader.Get(ctx, types.NamespacedName{Name: request.Namespace}, namespace)
	})
	if err != nil {
		return admitted(fmt.Errorf("read namespace %s: %w", request.Namespace, err))
	}
	s := &subject{pod: pod, namespace: namespace}
	s.about = &corev1.ObjectReference{APIVersion: "v1", Kind: "Namespace", Name: namespace.Name, UID: namespace.UID}
	if asksNothing(s) {
		return admission.Allowed("")
	}
	h.owners(ctx, s)
	if err := errors.Join(h.instrument(ctx, s), h.sidecar(ctx, s)); err != nil {
		log.FromContext(ctx).Info("pod was not injected as it asks", "namespace", namespace.Name, "owner", s.about.Name, "reason", err.Error())
		if request.DryRun == nil || !*request.DryRun {
			h.Events.Eventf(s.about, nil, corev1.EventTypeWarning, reason, "Inject", "%s", note(err))
		}
		if namespace.Annotations[PolicyKey] == "Fail" {
			return admission.Denied(err.Error())
		}
	}
	changed, err := json.Marshal(pod)
	if err != nil {
		return admitted(fmt.Errorf("encode the pod: %w", err))
	}
	return admission.PatchResponseFromRaw(request.Object.Raw, changed)
}

// note is an error as the note of an event has it, which may have 1024 bytes.
func note(err error) string {
	text := err.Error()
	return strings.ToValidUTF8(text[:min(len(text), 1024)], "")
}

// read asks the cache, and the API server for what the cache does not have: it may be behind
// what was written just before the pod.
func read[T any](h *Handler, ask func(client.Reader) (T, error)) (T, error) {
	found, err := ask(h.Client)
	if err != nil {
		return ask(h.Live)
	}
	return found, nil
}

// asksNothing says, before anything is looked up, that neither the pod nor its namespace has an
// annotation that this webhook reads.
func asksNothing(s *subject) bool {
	keys := []string{SidecarKey}
	for _, language := range autoinstrumentation.Languages() {
		keys = append(keys, language.Key())
	}
	for _, key := range keys {
		if s.pod.Annotations[key] != "" || s.namespace.Annotations[key] != "" {
			return false
		}
	}
	return true
}

// admitted lets a pod start as it is although something went wrong on our side; the API server
// shows the reason.
func admitted(err error) admission.Response {
	response := admission.Errored(http.StatusInternalServerError, err)
	response.Allowed = true
	return response
}
