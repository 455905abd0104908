package controller

import (
	"context"
	"fmt"
	"strings"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/radiograph/radiograph/operator/collectorcheck"
)

// ConfigChecker says what a collector thinks of a configuration; see collectorcheck.Checker.
type ConfigChecker interface {
	Check(ctx context.Context, config []byte, env map[string]string) (collectorcheck.Verdict, error)
}

// validity turns a verdict into a condition. own is false when the collector that will run is
// another than the one which was asked: it may know more, or less.
func validity(v collectorcheck.Verdict, own bool) metav1.Condition {
	c := metav1.Condition{Type: ConfigValid, Status: metav1.ConditionUnknown}
	but := ""
	if len(v.Needs) > 0 {
		but = "; " + strings.Join(v.Needs, "; ")
	}
	switch {
	case v.Valid() && v.Inconclusive != "":
		c.Reason, c.Message = "NotChecked", short("not checked: "+v.Inconclusive)
	case v.Valid() && own:
		c.Status, c.Reason, c.Message = metav1.ConditionTrue, "Checked", short("the collector's own validation finds no problem"+but)
	case v.Valid():
		c.Status, c.Reason, c.Message = metav1.ConditionTrue, "Checked", short("the default collector's validation finds no problem"+but)
	case v.Refuse() && own:
		c.Status, c.Reason, c.Message = metav1.ConditionFalse, reasonInvalidConfig, short(v.String())
	case v.Inconclusive != "":
		c.Reason, c.Message = "Inconclusive", short(fmt.Sprintf("%s; this may be otherwise in the pod: %s", v, v.Inconclusive))
	default:
		c.Reason, c.Message = "OtherImage", short(fmt.Sprintf("the default collector would refuse it, this image may not: %s", v))
	}
	return c
}

// checkEnvironment returns the variables that are known to be set in the collector's
// container. Those that Kubernetes fills in from the pod get a value of the right kind.
func checkEnvironment(env []corev1.EnvVar) map[string]string {
	out := make(map[string]string, len(env))
	for _, e := range env {
		switch {
		case e.ValueFrom == nil:
			out[e.Name] = e.Value
		case e.ValueFrom.FieldRef != nil:
			switch e.ValueFrom.FieldRef.FieldPath {
			case "status.podIP", "status.hostIP":
				out[e.Name] = "192.0.2.1"
			default:
				out[e.Name] = "name"
			}
		case e.ValueFrom.ResourceFieldRef != nil:
			out[e.Name] = "1"
		}
	}
	return out
}
