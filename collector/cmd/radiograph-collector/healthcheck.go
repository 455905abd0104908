package main

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"strconv"
	"time"

	"github.com/spf13/cobra"
)

// healthTimeout bounds the whole check: container runtimes allow a few seconds.
const healthTimeout = 5 * time.Second

// healthcheckCommand asks the health_check extension of a collector on this
// machine, for images that have neither a shell nor curl.
func healthcheckCommand() *cobra.Command {
	port, host, path := 13133, "127.0.0.1", "/"
	cmd := &cobra.Command{
		Use:           "healthcheck",
		Short:         "Asks the collector on this machine whether it is healthy; exits with 1 if not",
		Args:          cobra.NoArgs,
		SilenceUsage:  true,
		SilenceErrors: false,
		RunE: func(cmd *cobra.Command, _ []string) error {
			ctx, cancel := context.WithTimeout(cmd.Context(), healthTimeout)
			defer cancel()
			return checkHealth(ctx, "http://"+net.JoinHostPort(host, strconv.Itoa(port))+path)
		},
	}
	cmd.Flags().IntVar(&port, "port", port, "Port of the health_check extension")
	cmd.Flags().StringVar(&host, "host", host, "Address of the health_check extension")
	cmd.Flags().StringVar(&path, "path", path, "Path of the health_check extension")
	return cmd
}

// checkHealth is nil when url answers 200.
func checkHealth(ctx context.Context, url string) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, http.NoBody)
	if err != nil {
		return fmt.Errorf("check health: %w", err)
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return fmt.Errorf("check health: %w", err)
	}
	defer func() { _ = resp.Body.Close() }()
	if resp.StatusCode != http.StatusOK {
		return fmt.Errorf("check health: %s answers %s", url, resp.Status)
	}
	return nil
}
