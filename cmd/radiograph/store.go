package main

import (
	"fmt"
	"path/filepath"
	"strings"

	"github.com/dustin/go-humanize"
	"github.com/spf13/cobra"

	"github.com/radiograph/radiograph/problem"
	"github.com/radiograph/radiograph/store/block"
)

func (p *program) store() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "store",
		Short: "Check and back up what is stored",
		Args: func(cmd *cobra.Command, args []string) error {
			if len(args) == 0 {
				return nil
			}
			return problem.New(problem.Invalid, "unknown command %q%s", args[0], didYouMean(cmd, args[0]))
		},
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(p.storeCheck(), p.storeBackup())
	return cmd
}

func (p *program) storeCheck() *cobra.Command {
	data := p.dataDir()
	cmd := &cobra.Command{
		Use:   "check",
		Short: "Read and verify every stored byte",
		Long: `Reads every file of the stores below the data directory and verifies it. Nothing is
changed. The service should not be running meanwhile: what it writes looks broken.`,
		Example: "  radiograph store check --data /var/lib/radiograph",
		Args:    noArgs,
		RunE: func(*cobra.Command, []string) error {
			scopes, err := scopes(data)
			if err != nil {
				return err
			}
			unsound := 0
			for _, dir := range scopes {
				sound, err := p.checkScope(dir)
				if err != nil {
					return err
				}
				if !sound {
					unsound++
				}
			}
			if unsound > 0 {
				return &problem.Error{
					Kind: problem.Internal, Message: fmt.Sprintf("%d of %d stores are not sound", unsound, len(scopes)),
					Hint: "the service starts nevertheless: it sets broken files aside and keeps the others",
				}
			}
			return nil
		},
	}
	cmd.Flags().StringVar(&data, "data", data, "data directory")
	return cmd
}

// scopes lists the stores below a data directory.
func scopes(data string) ([]string, error) {
	found, err := filepath.Glob(filepath.Join(data, "*", "*", "wal"))
	if err != nil {
		return nil, problem.New(problem.Invalid, "data directory: %v", err)
	}
	if len(found) == 0 {
		return nil, problem.New(problem.NotFound, "there is no store below %s", data)
	}
	for i := range found {
		found[i] = filepath.Dir(found[i])
	}
	return found, nil
}

func (p *program) checkScope(dir string) (sound bool, err error) {
	r, err := block.Check(dir)
	if err != nil {
		return false, err
	}
	state := "sound"
	if len(r.Problems) > 0 {
		state = "not sound"
	}
	p.printf("%s: %s; %s, %d documents in blocks, %d batches in the log\n", dir, state, humanize.IBytes(uint64(max(r.Bytes, 0))), r.Documents, r.Batches)
	for _, f := range r.Problems {
		p.printf("  %s\n", f)
	}
	if len(r.SetAside) > 0 {
		p.printf("  set aside earlier: %s\n", strings.Join(r.SetAside, ", "))
	}
	return len(r.Problems) == 0, nil
}

func (p *program) storeBackup() *cobra.Command {
	var e endpoint
	var to string
	cmd := &cobra.Command{
		Use:   "backup",
		Short: "Copy the store of a running service",
		Long: `Asks the running service for a consistent copy of its store and writes it to a new
directory, laid out like a data directory: "radiograph up --data DIR" starts from it.`,
		Example: "  radiograph store backup --to /backup/2026-01-31",
		Args:    noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if to == "" {
				return problem.New(problem.Invalid, "name a new directory with --to")
			}
			files, bytes, err := e.backup(cmd.Context(), to)
			if err != nil {
				return err
			}
			p.printf("%d files, %s in %s\n", files, humanize.IBytes(uint64(max(bytes, 0))), to)
			return nil
		},
	}
	e.flag(p, cmd)
	cmd.Flags().StringVar(&to, "to", "", "directory to create")
	return cmd
}
