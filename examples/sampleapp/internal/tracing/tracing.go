// Package tracing sets the X-Ray SDK up in the same way for every service.
//
// Where segments go and where sampling rules come from is said by the variable
// AWS_XRAY_DAEMON_ADDRESS, which the SDK reads itself.
package tracing

import (
	"net/http"
	"os"

	"github.com/aws/aws-xray-sdk-go/v2/strategy/sampling"
	"github.com/aws/aws-xray-sdk-go/v2/xray"
	"github.com/aws/aws-xray-sdk-go/v2/xraylog"
)

// localRules decide while the central ones cannot be had: the first request of each
// second, and 5 % of the others.
const localRules = `{"version": 2, "default": {"fixed_target": 1, "rate": 0.05}, "rules": []}`

func init() {
	// The SDK's logger may be set only here.
	xray.SetLogger(xraylog.NewDefaultLogger(os.Stderr, xraylog.LogLevelWarn))
}

// Configure makes the SDK follow the central sampling rules, and the local ones until
// it has got those. Version is shown on every segment.
func Configure(version string) error {
	strategy, err := sampling.NewCentralizedStrategyWithJSONBytes([]byte(localRules))
	if err != nil {
		return err
	}
	return xray.Configure(xray.Config{SamplingStrategy: strategy, ServiceVersion: version})
}

// Handler records every request to h in a segment of the given name.
func Handler(name string, h http.Handler) http.Handler {
	return xray.Handler(xray.NewFixedSegmentNamer(name), h)
}
