//go:build e2e

package clients

import (
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"

	"github.com/radiograph/radiograph/test/rig"
)

// TestBoto3 lets a Python program call every read operation, with paginators.
func TestBoto3(t *testing.T) {
	t.Parallel()
	rg := rig.StartRadiograph(t, t.TempDir())
	s := seed(t, rg)
	args := []string{
		filepath.Join("testdata", "reads.py"),
		rg.URL(), rig.Region, aws.ToString(s.group.GroupName), aws.ToString(s.group.GroupARN),
	}
	cmd := exec.CommandContext(t.Context(), prepared(t, "python", "bin", "python"), append(args, s.traces...)...)
	cmd.Env = environment(t)
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("reads.py: %v\n%s", err, out)
	}
	t.Logf("operations called:\n%s", out)
}
