package main

import (
	"context"
	"io"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/eks"
	"github.com/aws/aws-sdk-go-v2/service/eks/types"
	"github.com/spf13/cobra"

	"github.com/radiograph/radiograph/problem"
)

// addonChange is what install and update say of an add-on.
type addonChange struct {
	addonAPI
	addonWait

	version       string
	values        string
	resolve       string
	role          string
	podIdentities []string
}

func (c *addonChange) flags(p *program, cmd *cobra.Command) {
	c.addonAPI.flags(p, cmd)
	c.addonWait.flags(cmd)
	f := cmd.Flags()
	f.StringVarP(&c.values, "values", "f", "", "`FILE` with configuration values, YAML or JSON; - is standard input")
	f.StringVar(&c.resolve, "resolve-conflicts", "", "what becomes of fields that somebody else has set: none (it may fail), overwrite or preserve")
	f.StringVar(&c.role, "service-account-role-arn", "", "ARN of the role that the add-on's service account gets by its annotation")
	f.StringArrayVar(&c.podIdentities, "pod-identity", nil, "role for a service account by EKS Pod Identity, `SERVICEACCOUNT=ROLEARN`; may be given several times")
}

// maxValues bounds the configuration values that are read; the API takes less.
const maxValues = 1 << 20

// readValues reads the configuration values, nil when there are none.
func (c *addonChange) readValues(cmd *cobra.Command) (*string, error) {
	if !cmd.Flags().Changed("values") {
		return nil, nil
	}
	text, err := readFile(cmd, c.values, "configuration values (--values)", maxValues)
	if err != nil {
		return nil, err
	}
	return &text, nil
}

// readFile reads a file, or standard input when the path is "-". what names it in errors.
func readFile(cmd *cobra.Command, path, what string, limit int64) (text string, err error) {
	in := cmd.InOrStdin()
	if path != "-" {
		file, err := os.Open(path)
		if err != nil {
			return "", &problem.Error{Kind: problem.NotFound, Message: what, Err: err}
		}
		defer file.Close()
		in = file
	}
	data, err := io.ReadAll(io.LimitReader(in, limit+1))
	if err != nil {
		return "", &problem.Error{Kind: problem.Invalid, Message: what, Err: err}
	}
	if int64(len(data)) > limit {
		return "", problem.New(problem.Invalid, "%s: more than %d bytes", what, limit)
	}
	return string(data), nil
}

// conflicts reads --resolve-conflicts.
func (c *addonChange) conflicts() (types.ResolveConflicts, error) {
	way := types.ResolveConflicts(strings.ToUpper(c.resolve))
	if way != "" && !slices.Contains(way.Values(), way) {
		return "", problem.New(problem.Invalid, "--resolve-conflicts is none, overwrite or preserve, not %q", c.resolve)
	}
	return way, nil
}

// identities reads --pod-identity. One that is empty stands for none.
func (c *addonChange) identityList() ([]types.AddonPodIdentityAssociations, error) {
	list := []types.AddonPodIdentityAssociations{}
	for _, text := range c.podIdentities {
		if text == "" && len(c.podIdentities) == 1 {
			break
		}
		account, role, ok := strings.Cut(text, "=")
		if !ok || account == "" || role == "" {
			return nil, problem.New(problem.Invalid, "--pod-identity is SERVICEACCOUNT=ROLEARN, not %q", text)
		}
		list = append(list, types.AddonPodIdentityAssociations{ServiceAccount: &account, RoleArn: &role})
	}
	return list, nil
}

// addonWait is how long a command waits for what it has begun.
type addonWait struct {
	noWait  bool
	timeout time.Duration
}

func (w *addonWait) flags(cmd *cobra.Command) {
	cmd.Flags().BoolVar(&w.noWait, "no-wait", false, "return once the add-on manager has taken it on")
	w.timeoutFlag(cmd)
}

func (w *addonWait) timeoutFlag(cmd *cobra.Command) {
	cmd.Flags().DurationVar(&w.timeout, "timeout", 10*time.Minute, "how long to wait")
}

// watch returns what waits for an add-on. Where the answer is JSON, what happens goes to
// standard error.
func (a *addonAPI) watch(name string, timeout time.Duration) *addonWatch {
	w := &addonWatch{
		api: a.client, classify: a.classifyAddon, cluster: a.cluster, name: name, timeout: timeout, out: a.p.out,
		hint: "radiograph addon wait " + name,
	}
	if a.named {
		w.hint += " --cluster " + a.cluster
	}
	if a.output == asJSON {
		w.out = a.p.err
	}
	return w
}

func (p *program) addonInstall() *cobra.Command {
	var c addonChange
	var namespace string
	var tags []string
	cmd := &cobra.Command{
		Use:     "install ADDON",
		Aliases: []string{"create"},
		Short:   "Install an add-on",
		Long: `Installs an add-on, the default version for the cluster's Kubernetes unless one is named,
and waits until it is ACTIVE. What happens meanwhile is printed. When it cannot be installed
the command says why and fails; the add-on manager goes on trying. Ctrl-C ends the waiting
and nothing else.`,
		Example: `  radiograph addon install adot
  radiograph addon install adot --version v0.151.0-eksbuild.2 --values values.yaml
  echo 'replicaCount: 2' | radiograph addon install adot --values -
  radiograph addon install adot --pod-identity adot-col-otlp-ingest=arn:aws:iam::000000000000:role/collector`,
		Args: oneAddon,
	}
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		in := &eks.CreateAddonInput{AddonName: &args[0], AddonVersion: optional(c.version), ServiceAccountRoleArn: optional(c.role)}
		if namespace != "" {
			in.NamespaceConfig = &types.AddonNamespaceConfigRequest{Namespace: &namespace}
		}
		var err error
		if in.Tags, err = tagsOf(tags); err != nil {
			return err
		}
		if in.ConfigurationValues, err = c.readValues(cmd); err != nil {
			return err
		}
		if in.ResolveConflicts, err = c.conflicts(); err != nil {
			return err
		}
		if in.PodIdentityAssociations, err = c.identityList(); err != nil {
			return err
		}
		return c.inCluster(func(ctx context.Context, _ []string) error { return c.install(ctx, in) })(cmd, args)
	}
	c.flags(p, cmd)
	cmd.Flags().StringVar(&c.version, "version", "", "version to install; the default one unless given")
	cmd.Flags().StringVarP(&namespace, "namespace", "n", "", "namespace to install it in, instead of its own")
	cmd.Flags().StringArrayVar(&tags, "tag", nil, "tag of the add-on, `KEY=VALUE`; may be given several times")
	return cmd
}

// tagsOf reads --tag.
func tagsOf(list []string) (map[string]string, error) {
	tags := map[string]string{}
	for _, text := range list {
		key, value, ok := strings.Cut(text, "=")
		if !ok || key == "" {
			return nil, problem.New(problem.Invalid, "--tag is KEY=VALUE, not %q", text)
		}
		tags[key] = value
	}
	return tags, nil
}

// optional is a member of a request that is left out when it is empty.
func optional(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}

func (c *addonChange) install(ctx context.Context, in *eks.CreateAddonInput) error {
	in.ClusterName = &c.cluster
	out, err := c.client.CreateAddon(ctx, in)
	if hasCode(err, "ResourceInUseException") {
		return c.inUse(err, "change it with: radiograph addon update "+*in.AddonName)
	}
	if err != nil {
		return c.hinted(err, *in.AddonName, aws.ToString(in.AddonVersion))
	}
	w := c.watch(*in.AddonName, c.timeout)
	w.addon, w.last = out.Addon, out.Addon
	writef(w.out, "Installing %s %s in cluster %s.\n", *in.AddonName, aws.ToString(out.Addon.AddonVersion), c.cluster)
	return c.finish(w, func() error { return w.until(ctx, w.active(false)) })
}

// finish waits, unless nobody wants to, and prints the add-on as JSON if that is wanted.
func (c *addonChange) finish(w *addonWatch, wait func() error) error {
	var err error
	if !c.noWait {
		err = wait()
	}
	if c.output == asJSON && w.last != nil {
		if err := writeJSON(c.p.out, wire(w.last, asOnTheWire)); err != nil {
			return err
		}
	}
	return err
}

// hinted adds where to look to an error about a version or configuration values.
func (a *addonAPI) hinted(err error, name, version string) error {
	err = a.classifyAddon(err)
	out, ok := err.(*problem.Error) //nolint:errorlint // the error itself is given a hint
	if !ok || out.Kind != problem.Invalid {
		return err
	}
	switch {
	case strings.Contains(out.Message, "version"):
		out.Hint = "list the versions with: radiograph addon versions " + name
	case strings.Contains(out.Message, "onfigurationValue"):
		out.Hint = "list the values that it takes with: radiograph addon schema " + name
		if version != "" {
			out.Hint += " --version " + version
		}
	}
	return err
}

func (p *program) addonUpdate() *cobra.Command {
	var c addonChange
	var reset bool
	cmd := &cobra.Command{
		Use:     "update ADDON",
		Aliases: []string{"upgrade"},
		Short:   "Change the version or the configuration of an add-on",
		Long: `Changes an add-on and waits until that is done. What is not given stays as it is. A role
or --pod-identity that is given as '' is taken away. The roles of --pod-identity replace
those that are there.`,
		Example: `  radiograph addon update adot --version v0.151.0-eksbuild.2
  radiograph addon update adot --values values.yaml --resolve-conflicts preserve
  radiograph addon update adot --service-account-role-arn ''`,
		Args: oneAddon,
	}
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		in, err := c.updateInput(cmd, args[0], reset)
		if err != nil {
			return err
		}
		return c.inCluster(func(ctx context.Context, _ []string) error { return c.update(ctx, in) })(cmd, args)
	}
	c.flags(p, cmd)
	cmd.Flags().StringVar(&c.version, "version", "", "version to change to")
	cmd.Flags().BoolVar(&reset, "reset-values", false, "take all configuration values back")
	return cmd
}

func (c *addonChange) updateInput(cmd *cobra.Command, name string, reset bool) (*eks.UpdateAddonInput, error) {
	in := &eks.UpdateAddonInput{AddonName: &name, AddonVersion: optional(c.version)}
	var err error
	if in.ConfigurationValues, err = c.readValues(cmd); err != nil {
		return nil, err
	}
	if in.ResolveConflicts, err = c.conflicts(); err != nil {
		return nil, err
	}
	if cmd.Flags().Changed("service-account-role-arn") {
		in.ServiceAccountRoleArn = &c.role
	}
	if cmd.Flags().Changed("pod-identity") {
		if in.PodIdentityAssociations, err = c.identityList(); err != nil {
			return nil, err
		}
	}
	if reset {
		if in.ConfigurationValues != nil {
			return nil, problem.New(problem.Invalid, "choose one of --values and --reset-values")
		}
		in.ConfigurationValues = aws.String("{}")
	}
	if in.AddonVersion == nil && in.ConfigurationValues == nil && in.ServiceAccountRoleArn == nil && in.PodIdentityAssociations == nil && in.ResolveConflicts == "" {
		return nil, &problem.Error{Kind: problem.Invalid, Message: "there is nothing to change", Hint: "give --version, --values or another of: " + cmd.CommandPath() + " --help"}
	}
	return in, nil
}

func (c *addonChange) update(ctx context.Context, in *eks.UpdateAddonInput) error {
	in.ClusterName = &c.cluster
	out, err := c.client.UpdateAddon(ctx, in)
	if err != nil {
		return c.hinted(err, *in.AddonName, aws.ToString(in.AddonVersion))
	}
	w := c.watch(*in.AddonName, c.timeout)
	w.update, w.updateID = out.Update, aws.ToString(out.Update.Id)
	writef(w.out, "Updating %s in cluster %s.\n", *in.AddonName, c.cluster)
	if !c.noWait {
		err = w.until(ctx, w.updated)
	}
	if c.output == asJSON {
		if err := writeJSON(c.p.out, wire(w.update, asOnTheWire)); err != nil {
			return err
		}
	}
	return err
}
