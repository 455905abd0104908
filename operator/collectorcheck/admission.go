package collectorcheck

import (
	"context"
	"errors"
	"fmt"
)

// Admission answers the validating webhook: an error only where the collector that will run is
// sure to refuse the configuration, a warning wherever it is not sure.
type Admission struct {
	// Checker asks the collector.
	Checker *Checker
	// Image is the one whose collector Checker asks. For others its answer is a warning.
	Image string
}

// Check checks a configuration in YAML that is to run in an image.
func (a Admission) Check(ctx context.Context, image string, config []byte) (warnings []string, err error) {
	v, err := a.Checker.Check(ctx, config, nil)
	switch {
	case err != nil:
		return []string{fmt.Sprintf("the configuration was not checked: %v", err)}, nil
	case v.Valid():
		return nil, nil
	case v.Inconclusive != "":
		return []string{fmt.Sprintf("%s; this may be otherwise in the pod: %s", v, v.Inconclusive)}, nil
	case image != a.Image:
		return []string{fmt.Sprintf("the collector %s would refuse this, another image may not: %s", a.Image, v)}, nil
	default:
		return nil, errors.New(v.String())
	}
}
