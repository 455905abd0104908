package controller

import (
	"strings"
	"testing"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/client-go/tools/events"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/client/fake"

	"github.com/radiograph/radiograph/operator/api/v1alpha1"
)

func TestBridgeSaysThatItIsNotRun(t *testing.T) {
	scheme := runtime.NewScheme()
	if err := v1alpha1.AddToScheme(scheme); err != nil {
		t.Fatal(err)
	}
	bridge := &v1alpha1.OpAMPBridge{ObjectMeta: metav1.ObjectMeta{Namespace: "ns", Name: "bridge", Generation: 3}}
	c := fake.NewClientBuilder().WithScheme(scheme).WithObjects(bridge).WithStatusSubresource(bridge).Build()
	recorder := events.NewFakeRecorder(10)
	r := &BridgeReconciler{Client: c, Events: recorder, Now: time.Now}
	key := client.ObjectKeyFromObject(bridge)
	versions := map[string]bool{}
	for range 3 {
		if _, err := r.Reconcile(t.Context(), ctrl.Request{NamespacedName: key}); err != nil {
			t.Fatal(err)
		}
		if err := c.Get(t.Context(), key, bridge); err != nil {
			t.Fatal(err)
		}
		versions[bridge.ResourceVersion] = true
	}
	if got := bridge.Status.Conditions; len(got) != 1 || got[0].Type != Ready || got[0].Status != metav1.ConditionFalse || got[0].Reason != NotRun || got[0].ObservedGeneration != 3 {
		t.Errorf("the conditions are %+v", got)
	}
	if len(versions) != 1 || len(recorder.Events) != 1 {
		t.Errorf("it was written %d times and told %d times", len(versions), len(recorder.Events))
	}
	if event := <-recorder.Events; !strings.Contains(event, "Warning NotRun this operator keeps OpAMPBridges") {
		t.Errorf("the event is %q", event)
	}
}
