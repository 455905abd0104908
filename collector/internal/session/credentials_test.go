package session

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
)

// A source that does not work is not asked by every request, and is asked again.
func TestFailureIsRemembered(t *testing.T) {
	for _, tc := range []struct {
		last  bool
		retry time.Duration
	}{{false, sourceRetry}, {true, noneRetry}} {
		synctest.Test(t, func(t *testing.T) {
			asked, broken := 0, errors.New("broken")
			p := &provider{what: "get", last: tc.last, inner: aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) {
				if asked++; asked < 3 {
					return aws.Credentials{}, broken
				}
				return aws.Credentials{AccessKeyID: "A"}, nil
			})}
			want := func(n int) {
				t.Helper()
				if _, err := p.Retrieve(t.Context()); !errors.Is(err, broken) || errors.Is(err, ErrNoCredentials) != tc.last || asked != n {
					t.Errorf("got %v after %d attempts, want %d", err, asked, n)
				}
			}
			want(1)
			time.Sleep(tc.retry)
			want(1)
			time.Sleep(time.Nanosecond)
			want(2)
			time.Sleep(tc.retry + 1)
			if c, err := p.Retrieve(t.Context()); err != nil || c.AccessKeyID != "A" {
				t.Errorf("got %v, %v", c, err)
			}
		})
	}
}

// A request that is given up says nothing about the source.
func TestCancelledRequestIsNotRemembered(t *testing.T) {
	p := &provider{inner: aws.CredentialsProviderFunc(func(ctx context.Context) (aws.Credentials, error) { return aws.Credentials{}, ctx.Err() })}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := p.Retrieve(ctx); !errors.Is(err, context.Canceled) {
		t.Fatal(err)
	}
	if err := p.remembered(); err != nil {
		t.Errorf("remembers %v", err)
	}
}

func FuzzParseTask(f *testing.F) {
	f.Add([]byte(`{"TaskARN":"arn:aws:ecs:eu-north-1:111122223333:task/default/2b88376d"}`))
	f.Add([]byte(`{"TaskARN":"arn:aws:ecs","ContainerInstanceARN":"arn:aws:ecs:us-east-1:1:container-instance/x"}`))
	f.Add([]byte(`[`))
	f.Fuzz(func(t *testing.T, b []byte) {
		if region, err := parseTask(b); (region == "") != (err != nil) {
			t.Errorf("got %q, %v", region, err)
		}
	})
}
