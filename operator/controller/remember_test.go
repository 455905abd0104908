package controller

import (
	"testing"
	"testing/synctest"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

// TestVersionsAfterARestore: versions that an API server no longer counts to are not waited for.
func TestVersionsAfterARestore(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		at := func(version string) *corev1.Pod {
			return &corev1.Pod{ObjectMeta: metav1.ObjectMeta{Namespace: "ns", Name: "a", ResourceVersion: version}}
		}
		var v versions
		if v.ahead(at("5")) {
			t.Error("nothing was written")
		}
		v.note(at("100"))
		if !v.ahead(at("99")) || v.ahead(at("100")) || v.ahead(at("101")) {
			t.Error("what is older than the write is behind, and only that")
		}
		time.Sleep(patience + time.Second)
		if v.ahead(at("99")) {
			t.Error("it waits for ever")
		}
	})
}

func TestToldForgets(t *testing.T) {
	pod := &corev1.Pod{ObjectMeta: metav1.ObjectMeta{Namespace: "ns", Name: "a", UID: "1", Generation: 1}}
	var said told
	if !said.first(pod) || said.first(pod) {
		t.Error("once is enough")
	}
	said.forget(client.ObjectKeyFromObject(pod))
	if len(said.generations) != 0 || !said.first(pod) {
		t.Error("it remembers what is gone")
	}
}
