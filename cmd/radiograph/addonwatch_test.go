package main

import (
	"bytes"
	"context"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/eks"
	"github.com/aws/aws-sdk-go-v2/service/eks/types"
	"github.com/aws/smithy-go"

	"github.com/radiograph/radiograph/problem"
)

// addonLife is an add-on whose status is what its life says, a second each; the last
// stays. A status may name an error instead, as "! CODE".
type addonLife struct {
	statuses []string
	updates  []types.UpdateStatus
	issues   []types.AddonIssue
	arn      string
	began    time.Time
}

func (l *addonLife) at(n int) int { return min(int(time.Since(l.began)/time.Second), n-1) }

// DescribeAddon implements addonReader.
func (l *addonLife) DescribeAddon(context.Context, *eks.DescribeAddonInput, ...func(*eks.Options)) (*eks.DescribeAddonOutput, error) {
	status := l.statuses[l.at(len(l.statuses))]
	if code, ok := strings.CutPrefix(status, "! "); ok {
		return nil, &smithy.GenericAPIError{Code: code, Message: "Said by the API."}
	}
	addon := &types.Addon{AddonName: aws.String("adot"), AddonArn: &l.arn, Status: types.AddonStatus(status), Health: &types.AddonHealth{}}
	if strings.HasSuffix(status, "FAILED") || status == "DEGRADED" {
		addon.Health.Issues = l.issues
	}
	return &eks.DescribeAddonOutput{Addon: addon}, nil
}

// DescribeUpdate implements addonReader.
func (l *addonLife) DescribeUpdate(context.Context, *eks.DescribeUpdateInput, ...func(*eks.Options)) (*eks.DescribeUpdateOutput, error) {
	update := &types.Update{Id: aws.String("u"), Status: l.updates[l.at(len(l.updates))]}
	if update.Status == types.UpdateStatusFailed {
		update.Errors = []types.ErrorDetail{{ErrorCode: "ConfigurationConflict", ErrorMessage: aws.String("no cert-manager")}}
	}
	return &eks.DescribeUpdateOutput{Update: update}, nil
}

func TestAddonWatch(t *testing.T) {
	cert := []types.AddonIssue{{Code: "ConfigurationConflict", Message: aws.String("no cert-manager"), ResourceIds: []string{"deployment a", "no cert-manager"}}}
	updated := func(w *addonWatch) func() (bool, error) {
		w.updateID = "u"
		return w.updated
	}
	active := func(w *addonWatch) func() (bool, error) { return w.active(false) }
	patient := func(w *addonWatch) func() (bool, error) { return w.active(true) }
	deleted := func(w *addonWatch) func() (bool, error) { return w.deleted("arn", false) }
	for name, c := range map[string]struct {
		life   addonLife
		decide func(*addonWatch) func() (bool, error)
		stop   time.Duration // when whoever waits presses Ctrl-C; 0 for never
		out    string
		kind   problem.Kind
		err    string // "" for none
	}{
		"active": {
			life: addonLife{statuses: []string{"CREATING", "CREATING", "ACTIVE"}}, decide: active,
			out: "    0s  CREATING\n    2s  ACTIVE\n",
		},
		"cannot be created": {
			life: addonLife{statuses: []string{"CREATING", "CREATE_FAILED"}, issues: cert}, decide: active,
			out:  "    0s  CREATING\n    1s  CREATE_FAILED\n        ConfigurationConflict: no cert-manager (deployment a)\n",
			kind: problem.Internal, err: "add-on adot is CREATE_FAILED\n  the add-on manager tries again; once the cause is gone: again --ignore-failures",
		},
		"created at the second try": {
			life: addonLife{statuses: []string{"CREATE_FAILED", "CREATING", "ACTIVE"}}, decide: patient,
			out: "    0s  CREATE_FAILED\n    1s  CREATING\n    2s  ACTIVE\n",
		},
		"the manager starts anew": {
			life: addonLife{statuses: []string{"CREATING", "! ServiceUnavailableException", "! ServiceUnavailableException", "! ServerException", "ACTIVE"}}, decide: active,
			out: "    0s  CREATING\n    1s  asking again\n        ServiceUnavailableException: Said by the API.\n" +
				"    3s  asking again\n        ServerException: Said by the API.\n    4s  ACTIVE\n",
		},
		"the key is taken away": {
			life: addonLife{statuses: []string{"CREATING", "! AccessDeniedException"}}, decide: active,
			out: "    0s  CREATING\n", kind: problem.Denied, err: "AccessDeniedException: Said by the API.",
		},
		"somebody deletes it": {
			life: addonLife{statuses: []string{"CREATING", "! ResourceNotFoundException"}}, decide: active,
			out: "    0s  CREATING\n", kind: problem.NotFound, err: "there is no add-on adot in cluster demo",
		},
		"too long": {
			life: addonLife{statuses: []string{"CREATING"}}, decide: active,
			out: "    0s  CREATING\n", kind: problem.Unavailable, err: "add-on adot is still CREATING after 10s\n  wait again with: again",
		},
		"Ctrl-C": {
			life: addonLife{statuses: []string{"CREATING"}}, decide: active, stop: 2500 * time.Millisecond,
			out: "    0s  CREATING\n", kind: problem.Unavailable, err: "stopped waiting after 3s; add-on adot is CREATING, and the add-on manager goes on\n  wait again with: again",
		},
		"updated": {
			life:   addonLife{statuses: []string{"UPDATING", "UPDATING", "ACTIVE"}, updates: []types.UpdateStatus{"InProgress", "InProgress", "Successful"}},
			decide: updated, out: "    0s  UPDATING\n    2s  ACTIVE\n",
		},
		"updated, and something else is wrong": {
			life:   addonLife{statuses: []string{"UPDATING", "DEGRADED"}, updates: []types.UpdateStatus{"InProgress", "Successful"}, issues: cert},
			decide: updated, out: "    0s  UPDATING\n    1s  DEGRADED\n        ConfigurationConflict: no cert-manager (deployment a)\n",
		},
		"cannot be updated": {
			life:   addonLife{statuses: []string{"UPDATING", "UPDATE_FAILED"}, updates: []types.UpdateStatus{"InProgress", "Failed"}, issues: cert},
			decide: updated, out: "    0s  UPDATING\n    1s  UPDATE_FAILED\n        ConfigurationConflict: no cert-manager (deployment a)\n",
			kind: problem.Internal, err: "the update of add-on adot has ended as Failed\n  the add-on manager tries again; once the cause is gone: again --ignore-failures",
		},
		"cannot be updated, and works": {
			life:   addonLife{statuses: []string{"UPDATING", "ACTIVE"}, updates: []types.UpdateStatus{"InProgress", "Failed"}},
			decide: updated, out: "    0s  UPDATING\n    1s  ACTIVE\n    1s  Failed\n        ConfigurationConflict: no cert-manager\n",
			kind: problem.Internal, err: "the update of add-on adot has ended as Failed\n  the add-on manager tries again; once the cause is gone: again --ignore-failures",
		},
		"deleted": {
			life: addonLife{arn: "arn", statuses: []string{"DELETING", "! ResourceNotFoundException"}}, decide: deleted,
			out: "    0s  DELETING\n    1s  deleted\n",
		},
		"deleted and made anew": {
			life: addonLife{arn: "another", statuses: []string{"CREATING"}}, decide: deleted,
			out: "    0s  CREATING\n    0s  deleted\n",
		},
		"cannot be deleted": {
			life: addonLife{arn: "arn", statuses: []string{"DELETING", "DELETE_FAILED"}}, decide: deleted,
			out: "    0s  DELETING\n    1s  DELETE_FAILED\n", kind: problem.Internal,
			err: "add-on adot is DELETE_FAILED\n  the add-on manager tries again; once the cause is gone: again --ignore-failures\n" +
				"  or leave in the cluster what it installed: radiograph addon delete adot --preserve",
		},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				ctx, cancel := context.WithCancel(t.Context())
				defer cancel()
				if c.stop > 0 {
					time.AfterFunc(c.stop, cancel)
				}
				var out bytes.Buffer
				c.life.began = time.Now()
				w := &addonWatch{
					api: &c.life, classify: (&addonAPI{}).classifyAddon, cluster: "demo", name: "adot", hint: "again", timeout: 10 * time.Second, out: &out,
				}
				err := w.until(ctx, c.decide(w))
				if out.String() != c.out {
					t.Errorf("it says\n%swant\n%s", &out, c.out)
				}
				if got := errText(err); got != c.err || err != nil && problem.KindOf(err) != c.kind {
					t.Errorf("the error is %q of kind %d, want %q of kind %d", got, problem.KindOf(err), c.err, c.kind)
				}
			})
		})
	}
}

func errText(err error) string {
	if err == nil {
		return ""
	}
	return message(err)
}
