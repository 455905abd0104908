package main

import (
	"bytes"
	"context"
	"log/slog"
	"net/http"
	"path/filepath"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/xray"
	"github.com/spf13/cobra"

	"github.com/radiograph/radiograph/auth"
	"github.com/radiograph/radiograph/config"
	"github.com/radiograph/radiograph/iam/policy"
	"github.com/radiograph/radiograph/problem"
	"github.com/radiograph/radiograph/server"
)

// administrator is the only access key that there is.
type administrator struct{}

func (administrator) Lookup(_ context.Context, id, session string) (auth.Credential, error) {
	if id != "AKIAADMIN" || session != "" {
		return auth.Credential{}, auth.ErrUnknownKey
	}
	return auth.Credential{Secret: "secret", Principal: auth.Principal{
		Account: "000000000000", ARN: "arn:aws:iam::000000000000:user/admin",
		Policies: auth.Policies{Identity: []*policy.Document{&policy.ManagedPolicy("arn:aws:iam::aws:policy/AdministratorAccess").Document}},
	}}, nil
}

// TestCommandsSign asks a service that demands signatures, with the variables that
// AWS's tools read.
func TestCommandsSign(t *testing.T) {
	c := config.Default()
	c.Data, c.HTTP.Listen, c.Auth.Mode, c.Region = t.TempDir(), "127.0.0.1:0", config.AuthSigV4, "eu-west-1"
	c.Daemon, c.OTLP = config.Daemon{}, config.OTLP{}
	ctx, cancel := context.WithCancel(t.Context())
	s, err := server.New(ctx, c, server.Options{Keys: administrator{}, Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		cancel()
		t.Fatal(err)
	}
	done := make(chan error, 1)
	go func() { done <- s.Run(ctx) }()
	t.Cleanup(func() {
		http.DefaultClient.CloseIdleConnections()
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
	ask := func(env ...string) (groups, backup error) {
		var out bytes.Buffer
		p := &program{env: append(env, "RADIOGRAPH_ENDPOINT="+s.Endpoint()), out: &out, err: &out}
		var e endpoint
		e.flag(p, &cobra.Command{})
		client, err := e.client()
		if err != nil {
			t.Fatal(err)
		}
		_, groups = client.GetGroups(t.Context(), &xray.GetGroupsInput{})
		_, _, backup = e.backup(t.Context(), filepath.Join(t.TempDir(), "copy"))
		return e.classify(groups), backup
	}
	groups, backup := ask("AWS_ACCESS_KEY_ID=AKIAADMIN", "AWS_SECRET_ACCESS_KEY=secret", "AWS_REGION=eu-west-1")
	if groups != nil || backup != nil {
		t.Errorf("with a key: %v, %v", groups, backup)
	}
	for _, env := range [][]string{
		nil,
		{"AWS_ACCESS_KEY_ID=AKIAADMIN", "AWS_SECRET_ACCESS_KEY=wrong", "AWS_REGION=eu-west-1"},
		{"AWS_ACCESS_KEY_ID=AKIAADMIN", "AWS_SECRET_ACCESS_KEY=secret", "AWS_DEFAULT_REGION=us-east-1"},
	} {
		groups, backup := ask(env...)
		if problem.KindOf(groups) != problem.Denied || problem.KindOf(backup) != problem.Denied {
			t.Errorf("%v: %v, %v", env, groups, backup)
		}
	}
}
