package main

import (
	"context"
	"errors"
	"os"
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/spf13/cobra"

	"github.com/radiograph/radiograph/config"
	directory "github.com/radiograph/radiograph/iam"
	"github.com/radiograph/radiograph/problem"
	"github.com/radiograph/radiograph/server"
)

func (p *program) iam() *cobra.Command {
	cmd := p.family("iam", "Users, keys, roles and policies",
		`The first key is made by "iam bootstrap"; it may do everything. The other commands ask
a running service and sign with the key in AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY.
"aws iam" can do the same and more. A role for a service account of a cluster is made by
"radiograph irsa create".`)
	cmd.AddCommand(p.bootstrap(), p.whoami(), p.users(), p.keys(), p.roles(), p.policies(), p.providers())
	return cmd
}

// family is a command that has only others below it.
func (p *program) family(name, short, long string) *cobra.Command {
	return &cobra.Command{
		Use: name, Short: short, Long: long,
		Args: func(cmd *cobra.Command, args []string) error {
			if len(args) == 0 {
				return nil
			}
			return problem.New(problem.Invalid, "unknown command %q%s", args[0], didYouMean(cmd, args[0]))
		},
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
}

// bootstrapFlags are the keys that say where the identities are.
var bootstrapFlags = []string{"data", "account-id", "master-key-file"}

func (p *program) bootstrap() *cobra.Command {
	keys := config.Default()
	keys.Data = p.dataDir()
	var file string
	var anew, once bool
	cmd := &cobra.Command{
		Use:   "bootstrap",
		Short: "Make the first administrator's key",
		Long: `Makes the user "administrator", which may do everything, and prints an access key of it.
The secret is shown this once. The service must not be running; use the configuration
that it has. When the administrator has a key already, nothing is done.`,
		Example: "  radiograph iam bootstrap\n  radiograph iam bootstrap --config /etc/radiograph.yaml",
		Args:    noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			cfg, err := p.bootstrapConfig(cmd, file)
			if err != nil {
				return err
			}
			err = p.makeAdministrator(cmd.Context(), cfg, anew)
			if once && problem.KindOf(err) == problem.Exists {
				return nil
			}
			return err
		},
	}
	bindKeys(cmd.Flags(), &keys, bootstrapFlags)
	configFlag(cmd.Flags(), &file)
	cmd.Flags().BoolVar(&anew, "force-new", false, "replace the administrator's keys")
	cmd.Flags().BoolVar(&once, "once", false, "do nothing, without an error, when there is a key already")
	return cmd
}

func (p *program) bootstrapConfig(cmd *cobra.Command, file string) (config.Config, error) {
	flags := given(cmd.Flags())
	delete(flags, "force-new")
	delete(flags, "once")
	base, src := config.Default(), config.Source{Env: p.env, Flags: flags}
	if file == "" {
		base.Data = p.dataDir()
	} else {
		delete(flags, "config")
		text, err := os.ReadFile(file)
		if err != nil {
			return config.Config{}, &problem.Error{Kind: problem.NotFound, Message: "configuration", Err: err}
		}
		src.File, src.YAML = file, text
	}
	l, err := config.Load(base, src)
	if err != nil {
		return config.Config{}, err
	}
	return l.Config, nil
}

func (p *program) makeAdministrator(ctx context.Context, cfg config.Config, anew bool) (err error) {
	d, err := server.OpenDirectory(cfg, directory.Options{})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, d.Close()) }()
	key, secret, err := d.Bootstrap(ctx, anew)
	if errors.Is(err, directory.ErrBootstrapped) {
		return &problem.Error{Kind: problem.Exists, Message: "the administrator has a key already", Hint: "--force-new replaces it: the old key stops working"}
	}
	if err != nil {
		return err
	}
	p.printf("export AWS_ACCESS_KEY_ID=%s\nexport AWS_SECRET_ACCESS_KEY=%s\n", key.ID, secret)
	return nil
}

// oneName takes exactly one argument, the name of something.
func oneName(what string) cobra.PositionalArgs { return oneArgument("the name of a " + what) }

// oneArgument takes exactly one argument; what says which.
func oneArgument(what string) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		if len(args) != 1 || args[0] == "" {
			return problem.New(problem.Invalid, "%s takes %s", cmd.CommandPath(), what)
		}
		return nil
	}
}

// identityQuestion is what the commands that ask IAM share.
type identityQuestion struct {
	p *program
	endpoint
	output output
}

// flag adds --endpoint.
func (q *identityQuestion) flag(p *program, cmd *cobra.Command) {
	q.p = p
	q.endpoint.flag(p, cmd)
}

// flags adds --endpoint, and --output for commands that print something.
func (q *identityQuestion) flags(p *program, cmd *cobra.Command) {
	q.flag(p, cmd)
	q.output.flag(cmd)
}

// run makes a command's RunE of what it asks.
func (q *identityQuestion) run(f func(ctx context.Context, client *iam.Client, args []string) error) func(*cobra.Command, []string) error {
	return func(cmd *cobra.Command, args []string) error {
		client, _, err := q.identities()
		if err != nil {
			return err
		}
		err = f(cmd.Context(), client, args)
		if _, ok := errors.AsType[*problem.Error](err); ok {
			return err
		}
		err = q.classifyIdentity(err)
		if e, ok := errors.AsType[*problem.Error](err); ok && strings.HasPrefix(e.Message, "DeleteConflict") && cmd.Flags().Lookup("force") != nil {
			e.Hint = "--force takes them away first"
		}
		return err
	}
}

// made prints what has been made: its ARN, or all of it as JSON.
func (q *identityQuestion) made(arn string, all any) error {
	if q.output == asJSON {
		return writeJSON(q.p.out, wire(all, asNamed))
	}
	q.p.printf("%s\n", printable(arn))
	return nil
}

// list prints what was found: as rows, or all of it as JSON.
func (q *identityQuestion) list(found any, nothing string, header []string, rows [][]string) error {
	if q.output == asJSON {
		return writeJSON(q.p.out, wire(found, asNamed))
	}
	return q.p.table(nothing, header, rows)
}

func forceFlag(cmd *cobra.Command, force *bool, what string) {
	cmd.Flags().BoolVar(force, "force", false, what)
}

// joined is a list as a cell shows it.
func joined(list []string) string { return strings.Join(list, ", ") }
