package irsa

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"time"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/webhook/admission"
)

// Path is where the webhook is served.
const Path = "/mutate"

// pause is that between two looks for a service account that is not there yet.
const pause = 50 * time.Millisecond

// Associations knows which service accounts have pod identity associations. It must be safe
// for concurrent use.
type Associations interface {
	Associated(ctx context.Context, namespace, serviceAccount string) (bool, error)
}

// Handler answers the API server. It is safe for concurrent use.
type Handler struct {
	// Settings are those of the webhook.
	Settings Settings
	// Accounts reads the metadata of service accounts from a cache.
	Accounts client.Reader
	// Live reads from the API server: service accounts that the cache does not have yet, and
	// whether a namespace has the ConfigMap with authorities.
	Live client.Reader
	// Associations may be nil when there are none.
	Associations Associations
	// Mapping returns the identities of the ConfigMap; nil when there is none. What it returns
	// is not changed.
	Mapping func(context.Context) Mapping
	// Grace is how long a service account is waited for. Whoever applies an account and what
	// runs as it in one go makes pods that are faster than any cache.
	Grace time.Duration
	// Decoder decodes pods.
	Decoder admission.Decoder
	// Metrics counts; may be nil.
	Metrics *Metrics
	// Log is told of roles that are none.
	Log *slog.Logger
}

// Handle gives a pod the identity of its service account.
func (h *Handler) Handle(ctx context.Context, request admission.Request) admission.Response {
	pod := new(corev1.Pod)
	if err := h.Decoder.Decode(request, pod); err != nil {
		return admission.Errored(http.StatusBadRequest, fmt.Errorf("decode the pod: %w", err))
	}
	if _, skip := pod.Labels[SkipLabel]; skip {
		return admission.Allowed("")
	}
	account := pod.Spec.ServiceAccountName
	if account == "" {
		account = "default"
	}
	id, err := h.identity(ctx, request.Namespace, account)
	if err != nil {
		return admitted(err)
	}
	if id.None() {
		return admission.Allowed("")
	}
	if _, ok := h.Settings.role(id.RoleARN); !ok && !id.Associated {
		h.Log.WarnContext(ctx, "role of a service account is no ARN of a role", "namespace", request.Namespace, "service_account", account, "role", id.RoleARN)
	}
	withCA, err := h.hasAuthorities(ctx, request.Namespace)
	if err != nil {
		return admitted(err)
	}
	if !Mutate(pod, id, &h.Settings, withCA) {
		return admission.Allowed("")
	}
	h.Metrics.mutated(id)
	changed, err := json.Marshal(pod)
	if err != nil {
		return admitted(fmt.Errorf("encode the pod: %w", err))
	}
	return admission.PatchResponseFromRaw(request.Object.Raw, changed)
}

// identity finds out what a service account has.
func (h *Handler) identity(ctx context.Context, namespace, name string) (Identity, error) {
	account, err := h.account(ctx, namespace, name)
	if err != nil {
		return Identity{}, err
	}
	var id Identity
	if account != nil {
		id = FromAnnotations(h.Settings.prefix(), account.Annotations)
	}
	if id.RoleARN == "" && h.Mapping != nil {
		id = h.Mapping(ctx).Of(namespace, name)
	}
	if h.Associations == nil {
		return id, nil
	}
	if id.Associated, err = h.Associations.Associated(ctx, namespace, name); err != nil {
		return Identity{}, fmt.Errorf("look for the association of %s/%s: %w", namespace, name, err)
	}
	return id, nil
}

// account returns the service account, nil when there is none even after a while.
func (h *Handler) account(ctx context.Context, namespace, name string) (*metav1.PartialObjectMetadata, error) {
	account := new(metav1.PartialObjectMetadata)
	account.SetGroupVersionKind(corev1.SchemeGroupVersion.WithKind("ServiceAccount"))
	key := client.ObjectKey{Namespace: namespace, Name: name}
	if err := h.Accounts.Get(ctx, key, account); err == nil {
		return account, nil
	}
	ctx, cancel := context.WithTimeout(ctx, h.Grace)
	defer cancel()
	for {
		err := h.Live.Get(ctx, key, account)
		if err == nil {
			return account, nil
		}
		if !apierrors.IsNotFound(err) && !errors.Is(ctx.Err(), context.DeadlineExceeded) {
			return nil, fmt.Errorf("read service account %s: %w", key, err)
		}
		select {
		case <-ctx.Done():
			h.Metrics.missed()
			return nil, nil
		case <-time.After(pause):
		}
	}
}

// hasAuthorities looks for the ConfigMap with authorities in the pod's namespace.
func (h *Handler) hasAuthorities(ctx context.Context, namespace string) (bool, error) {
	if s := &h.Settings; s.CAConfigMap == "" || s.CABundlePath != "" || s.Endpoint == "" {
		return false, nil
	}
	found := new(metav1.PartialObjectMetadata)
	found.SetGroupVersionKind(corev1.SchemeGroupVersion.WithKind("ConfigMap"))
	err := h.Live.Get(ctx, client.ObjectKey{Namespace: namespace, Name: h.Settings.CAConfigMap}, found)
	if err != nil && !apierrors.IsNotFound(err) {
		return false, fmt.Errorf("look for ConfigMap %s in %s: %w", h.Settings.CAConfigMap, namespace, err)
	}
	return err == nil, nil
}

// admitted lets a pod start as it is although something went wrong on our side; the API server
// shows the reason.
func admitted(err error) admission.Response {
	response := admission.Errored(http.StatusInternalServerError, err)
	response.Allowed = true
	response.Warnings = []string{"pod identity: " + err.Error()}
	return response
}
