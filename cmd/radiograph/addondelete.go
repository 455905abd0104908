package main

import (
	"context"
	"fmt"
	"io"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/eks"
	"github.com/spf13/cobra"

	"github.com/radiograph/radiograph/problem"
)

func (p *program) addonDelete() *cobra.Command {
	var c addonChange
	var preserve bool
	cmd := &cobra.Command{
		Use:     "delete ADDON",
		Aliases: []string{"uninstall"},
		Short:   "Remove an add-on and what it installed",
		Long: `Removes an add-on with everything that it installed, and waits until that is gone. The
resource definitions go too, and with them every resource that was made by them: of adot,
all collectors. With --preserve all of it stays and runs on, and nobody manages it.`,
		Example: "  radiograph addon delete adot\n  radiograph addon delete adot --preserve",
		Args:    oneAddon,
	}
	cmd.RunE = c.inCluster(func(ctx context.Context, args []string) error { return c.remove(ctx, args[0], preserve) })
	c.addonAPI.flags(p, cmd)
	c.addonWait.flags(cmd)
	cmd.Flags().BoolVar(&preserve, "preserve", false, "leave what was installed in the cluster")
	return cmd
}

func (c *addonChange) remove(ctx context.Context, name string, preserve bool) error {
	out, err := c.client.DeleteAddon(ctx, &eks.DeleteAddonInput{ClusterName: &c.cluster, AddonName: &name, Preserve: preserve})
	if err != nil {
		return err
	}
	w := c.watch(name, c.timeout)
	w.hint += " --for deleted"
	w.addon, w.last = out.Addon, out.Addon
	what := "Deleting %s from cluster %s.\n"
	if preserve {
		what = "Deleting %s from cluster %s; what it installed stays.\n"
	}
	writef(w.out, what, name, c.cluster)
	return c.finish(w, func() error { return w.until(ctx, w.deleted(aws.ToString(out.Addon.AddonArn), false)) })
}

func (p *program) addonWait() *cobra.Command {
	var c addonChange
	var state string
	var ignore bool
	cmd := &cobra.Command{
		Use:   "wait ADDON",
		Short: "Wait until an add-on is ACTIVE, or gone",
		Long: `Waits until an add-on is ACTIVE, or gone, and prints what happens meanwhile. It fails at
once when the add-on is CREATE_FAILED, UPDATE_FAILED, DELETE_FAILED or DEGRADED. With
--ignore-failures it waits on: the add-on manager tries again, and succeeds when the cause
is gone.`,
		Example: "  radiograph addon wait adot\n  radiograph addon wait adot --for deleted --timeout 2m",
		Args:    oneAddon,
	}
	cmd.RunE = c.inCluster(func(ctx context.Context, args []string) error {
		w := c.watch(args[0], c.timeout)
		if ignore {
			w.hint += " --ignore-failures"
		}
		switch state {
		case "active":
			return c.finish(w, func() error { return w.until(ctx, w.active(ignore)) })
		case "deleted":
			w.hint += " --for deleted"
			return c.finish(w, func() error { return w.until(ctx, w.deleted("", ignore)) })
		}
		return problem.New(problem.Invalid, "--for is active or deleted, not %q", state)
	})
	c.addonAPI.flags(p, cmd)
	c.timeoutFlag(cmd)
	cmd.Flags().StringVar(&state, "for", "active", "what to wait for: active or deleted")
	cmd.Flags().BoolVar(&ignore, "ignore-failures", false, "wait on when it has failed")
	return cmd
}

// writef writes to w. Lines that are lost there are lost, as with printf.
func writef(w io.Writer, format string, args ...any) {
	_, _ = fmt.Fprintf(w, format, args...)
}
