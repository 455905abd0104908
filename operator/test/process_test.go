//go:build e2e

package test

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"

	appsv1 "k8s.io/api/apps/v1"
	"k8s.io/client-go/rest"
	"k8s.io/utils/ptr"

	"github.com/radiograph/radiograph/operator/api/v1beta1"
	"github.com/radiograph/radiograph/operator/controller"
)

// TestLeaderChange stops the leader of two operators; the other goes on where it was.
func TestLeaderChange(t *testing.T) {
	r := newRig(t)
	r.namespace(eks)
	elect := []string{
		"--enable-webhooks=false", "--enable-leader-election", "--leader-election-lease-duration=6s",
		"--leader-election-renew-deadline=4s", "--leader-election-retry-period=1s",
	}
	first := r.operator(elect...)
	r.create(fmt.Appendf(nil, observability, "observability", eks))
	r.condition("observability", controller.ConfigValid, "True", "")
	r.operator(elect...)
	first.stop(t)
	edit(r, &v1beta1.OpenTelemetryCollector{}, "observability", func(cr *v1beta1.OpenTelemetryCollector) { cr.Spec.Replicas = ptr.To[int32](2) })
	r.eventually("the second leads", func() error {
		var d appsv1.Deployment
		if err := r.Get(t.Context(), key("observability-collector"), &d); err != nil {
			return err
		}
		if *d.Spec.Replicas != 2 {
			return fmt.Errorf("there are %d replicas", *d.Spec.Replicas)
		}
		return nil
	})
}

// TestSecureMetrics reads the metrics with and without permission.
func TestSecureMetrics(t *testing.T) {
	r := newRig(t)
	r.namespace(eks)
	address := "127.0.0.1:" + port(t)
	r.operator("--enable-webhooks=false", "--enable-cr-metrics", "--metrics-addr="+address)
	r.create(fmt.Appendf(nil, observability, "observability", eks))
	r.condition("observability", controller.ConfigValid, "True", "")
	ask := func(token string) (int, string, error) {
		config := &rest.Config{Host: "https://" + address, BearerToken: token, TLSClientConfig: rest.TLSClientConfig{Insecure: true}}
		web, err := rest.HTTPClientFor(config)
		if err != nil {
			return 0, "", err
		}
		answer, err := get(t.Context(), web, config.Host+"/metrics")
		if err != nil {
			return 0, "", err
		}
		defer answer.Body.Close()
		body, err := io.ReadAll(answer.Body)
		return answer.StatusCode, string(body), err
	}
	r.eventually("the metrics are served to who may read them", func() error {
		code, body, err := ask("admin")
		if err != nil {
			return err
		}
		if code != http.StatusOK || !strings.Contains(body, `opentelemetry_collector_receivers{collector_name="observability",namespace="aws-otel-eks",type="awsxray"} 1`) {
			return errors.New(body)
		}
		return nil
	})
	for token, want := range map[string]int{"": http.StatusUnauthorized, "operator": http.StatusForbidden} {
		if code, _, err := ask(token); err != nil || code != want {
			t.Errorf("with the token %q the answer is %d, %v; want %d", token, code, err, want)
		}
	}
}
