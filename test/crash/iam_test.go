//go:build e2e

package crash

import (
	"context"
	"fmt"
	mathrand "math/rand/v2"
	"net/http"
	"strings"
	"sync"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam"

	"github.com/radiograph/radiograph/test/rig"
)

const (
	identityRounds  = 6
	identityWriters = 3
	document        = `{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"xray:*","Resource":"*"}}`
	trust           = `{"Version":"2012-10-17","Statement":{"Effect":"Allow","Principal":{"AWS":"` + rig.AccountID + `"},"Action":"sts:AssumeRole"}}`
)

// identities remembers what was acknowledged: roles, and users with a key and a policy.
type identities struct {
	mu    sync.Mutex // guards the rest
	roles []string
	keys  map[string]string // id of the key to its user
}

func (i *identities) len() int {
	i.mu.Lock()
	defer i.mu.Unlock()
	return len(i.roles) + len(i.keys)
}

// identityClient is a client of IAM, where nobody has to sign.
func identityClient(rg *rig.Radiograph) *iam.Client {
	return iam.New(iam.Options{
		Region: rig.Region, BaseEndpoint: aws.String(rg.URL()), Credentials: aws.AnonymousCredentials{},
		Retryer: aws.NopRetryer{}, HTTPClient: &http.Client{Transport: &http.Transport{}},
	})
}

// write makes identities until the server has gone.
func (i *identities) write(ctx context.Context, api *iam.Client, prefix string) {
	for n := 0; ; n++ {
		name := aws.String(fmt.Sprintf("%s-%d", prefix, n))
		if _, err := api.CreateRole(ctx, &iam.CreateRoleInput{RoleName: name, AssumeRolePolicyDocument: aws.String(trust)}); err != nil {
			return
		}
		if _, err := api.PutRolePolicy(ctx, &iam.PutRolePolicyInput{RoleName: name, PolicyName: aws.String("p"), PolicyDocument: aws.String(document)}); err != nil {
			return
		}
		i.mu.Lock()
		i.roles = append(i.roles, *name)
		i.mu.Unlock()
		if _, err := api.CreateUser(ctx, &iam.CreateUserInput{UserName: name}); err != nil {
			return
		}
		key, err := api.CreateAccessKey(ctx, &iam.CreateAccessKeyInput{UserName: name})
		if err != nil {
			return
		}
		i.mu.Lock()
		i.keys[*key.AccessKey.AccessKeyId] = *name
		i.mu.Unlock()
	}
}

// TestKillIdentities kills the server while keys, roles and policies are made, starts it
// again on the same directory, and looks for all that was acknowledged in all rounds.
func TestKillIdentities(t *testing.T) {
	dir := t.TempDir()
	known := &identities{keys: map[string]string{}}
	for round := range identityRounds {
		rg := rig.StartRadiograph(t, dir)
		target := known.len() + 10 + mathrand.IntN(40)
		var wg sync.WaitGroup
		for w := range identityWriters {
			wg.Go(func() { known.write(t.Context(), identityClient(rg), fmt.Sprintf("r%d-%d", round, w)) })
		}
		rig.Eventually(t, fmt.Sprintf("%d acknowledged identities", target), func() error {
			if n := known.len(); n < target {
				return fmt.Errorf("%d acknowledged", n)
			}
			return nil
		})
		rg.Kill()
		wg.Wait()
		t.Logf("round %d: killed after %d acknowledged identities", round, known.len())

		rg = rig.StartRadiograph(t, dir)
		known.check(t, identityClient(rg))
		rg.Stop(t)
		if strings.Contains(rg.Output(), "level=ERROR") || t.Failed() {
			t.Fatalf("after the kill:\n%s", rg.Output())
		}
	}
}

func (i *identities) check(t *testing.T, api *iam.Client) {
	t.Helper()
	for _, name := range i.roles {
		if _, err := api.GetRolePolicy(t.Context(), &iam.GetRolePolicyInput{RoleName: &name, PolicyName: aws.String("p")}); err != nil {
			t.Errorf("acknowledged, but lost: %v", err)
		}
	}
	for id, user := range i.keys {
		used, err := api.GetAccessKeyLastUsed(t.Context(), &iam.GetAccessKeyLastUsedInput{AccessKeyId: &id})
		if err != nil || *used.UserName != user {
			t.Errorf("acknowledged, but lost: the key %s of %s: %v", id, user, err)
		}
	}
}
