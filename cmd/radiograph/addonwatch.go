package main

import (
	"context"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/eks"
	"github.com/aws/aws-sdk-go-v2/service/eks/types"

	"github.com/radiograph/radiograph/problem"
)

// lookEvery is how often a command that waits asks for the status.
const lookEvery = time.Second

// addonReader is what is asked while a command waits.
type addonReader interface {
	DescribeAddon(context.Context, *eks.DescribeAddonInput, ...func(*eks.Options)) (*eks.DescribeAddonOutput, error)
	DescribeUpdate(context.Context, *eks.DescribeUpdateInput, ...func(*eks.Options)) (*eks.DescribeUpdateOutput, error)
}

// addonWatch waits for an add-on and tells what happens to it meanwhile.
type addonWatch struct {
	api           addonReader
	classify      func(error) error
	cluster, name string
	updateID      string // of the update that is waited for, "" for none
	hint          string // the command that waits again
	timeout       time.Duration
	out           io.Writer

	began  time.Time
	said   string        // what was told last, so that it is told once
	addon  *types.Addon  // as it is; nil when there is none
	last   *types.Addon  // as it was seen last
	update *types.Update // as it was seen last
}

// until asks again and again until decided says that it is enough, or returns an error.
func (w *addonWatch) until(ctx context.Context, decided func() (bool, error)) error {
	w.began = time.Now()
	waiting, cancel := context.WithTimeout(ctx, w.timeout)
	defer cancel()
	tick := time.NewTicker(lookEvery)
	defer tick.Stop()
	for {
		err := w.look(waiting)
		switch {
		case waiting.Err() != nil:
			return w.gaveUp(ctx)
		case err == nil:
			if done, err := decided(); done || err != nil {
				return err
			}
		case !w.passing(err):
			return w.classify(err)
		default:
			w.say("asking again", w.classify(err).Error())
		}
		select {
		case <-waiting.Done():
			return w.gaveUp(ctx)
		case <-tick.C:
		}
	}
}

// look asks for the update, then the add-on, so that the add-on's status is as new as the
// update's, and tells what is new.
func (w *addonWatch) look(ctx context.Context) error {
	if w.updateID != "" {
		out, err := w.api.DescribeUpdate(ctx, &eks.DescribeUpdateInput{Name: &w.cluster, AddonName: &w.name, UpdateId: &w.updateID})
		if err != nil {
			return err
		}
		w.update = out.Update
	}
	out, err := w.api.DescribeAddon(ctx, &eks.DescribeAddonInput{ClusterName: &w.cluster, AddonName: &w.name})
	switch {
	case hasCode(err, "ResourceNotFoundException"):
		w.addon = nil
		return nil
	case err != nil:
		return err
	}
	w.addon, w.last = out.Addon, out.Addon
	var issues []string
	if w.addon.Health != nil {
		for _, issue := range w.addon.Health.Issues {
			issues = append(issues, issueText(string(issue.Code), aws.ToString(issue.Message), issue.ResourceIds))
		}
	}
	w.say(string(w.addon.Status), issues...)
	return nil
}

// say prints a line with the time and what is below it, unless that is what it said last.
func (w *addonWatch) say(what string, below ...string) {
	text := strings.Join(append([]string{what}, below...), "\n        ") + "\n"
	if text == w.said {
		return
	}
	w.said = text
	fmt.Fprintf(w.out, "%6s  %s", w.elapsed(), text)
}

func (w *addonWatch) elapsed() string { return time.Since(w.began).Round(time.Second).String() }

// passing reports whether what is wrong may be over soon: the service or the add-on
// manager starts again, or is busy.
func (w *addonWatch) passing(err error) bool {
	kind := problem.KindOf(w.classify(err))
	return kind == problem.Unavailable || kind == problem.Throttled || hasCode(err, "ServerException")
}

// gaveUp is the error of waiting that was ended, by whoever waits or by the time.
func (w *addonWatch) gaveUp(ctx context.Context) error {
	state := "not there"
	if w.addon != nil {
		state = string(w.addon.Status)
	}
	message := fmt.Sprintf("add-on %s is still %s after %s", w.name, state, w.timeout)
	if ctx.Err() != nil {
		message = fmt.Sprintf("stopped waiting after %s; add-on %s is %s, and the add-on manager goes on", w.elapsed(), w.name, state)
	}
	return &problem.Error{Kind: problem.Unavailable, Message: message, Hint: "wait again with: " + w.hint}
}

// gone is the error of an add-on that somebody has deleted meanwhile.
func (w *addonWatch) gone() error {
	return problem.New(problem.NotFound, "there is no add-on %s in cluster %s", w.name, w.cluster)
}

// failed is the error of an add-on in a state that it should not be in.
func (w *addonWatch) failed() error {
	hint := w.retried()
	if w.addon.Status == types.AddonStatusDeleteFailed {
		hint += "\n  or leave in the cluster what it installed: radiograph addon delete " + w.name + " --preserve"
	}
	return &problem.Error{Kind: problem.Internal, Message: fmt.Sprintf("add-on %s is %s", w.name, w.addon.Status), Hint: hint}
}

// retried says what to do about a failure.
func (w *addonWatch) retried() string {
	return "the add-on manager tries again; once the cause is gone: " + w.hint + " --ignore-failures"
}

// bad says whether a status is one that waiting ends at, as that of the AWS command does.
func bad(s types.AddonStatus) bool {
	switch s {
	case types.AddonStatusCreateFailed, types.AddonStatusUpdateFailed, types.AddonStatusDeleteFailed, types.AddonStatusDegraded:
		return true
	}
	return false
}

// active decides about waiting for an add-on that works.
func (w *addonWatch) active(ignoreFailures bool) func() (bool, error) {
	return func() (bool, error) {
		switch {
		case w.addon == nil:
			return false, w.gone()
		case w.addon.Status == types.AddonStatusActive:
			return true, nil
		case bad(w.addon.Status) && !ignoreFailures:
			return false, w.failed()
		}
		return false, nil
	}
}

// deleted decides about waiting for an add-on to go. One that was made anew since is
// another, whose ARN differs.
func (w *addonWatch) deleted(arn string, ignoreFailures bool) func() (bool, error) {
	return func() (bool, error) {
		switch {
		case w.addon == nil, arn != "" && aws.ToString(w.addon.AddonArn) != arn:
			w.say("deleted")
			return true, nil
		case w.addon.Status == types.AddonStatusDeleteFailed && !ignoreFailures:
			return false, w.failed()
		}
		return false, nil
	}
}

// updated decides about waiting for an update. An update that is done may leave an add-on
// with issues that it does not concern; they have been told.
func (w *addonWatch) updated() (bool, error) {
	if w.addon == nil {
		return false, w.gone()
	}
	switch w.update.Status {
	case types.UpdateStatusInProgress:
		return false, nil
	case types.UpdateStatusSuccessful:
		return true, nil
	}
	for _, e := range w.update.Errors {
		if text := issueText(string(e.ErrorCode), aws.ToString(e.ErrorMessage), e.ResourceIds); !strings.Contains(w.said, text) {
			w.say(string(w.update.Status), text)
		}
	}
	return false, &problem.Error{
		Kind: problem.Internal, Message: fmt.Sprintf("the update of add-on %s has ended as %s", w.name, w.update.Status),
		Hint: w.retried(),
	}
}
