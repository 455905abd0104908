package eks

import (
	"context"
	"errors"
	"net/url"
	"sync"
	"time"

	"golang.org/x/sync/singleflight"

	"github.com/radiograph/radiograph/iam/podidentity"
)

// How long what the manager said is believed. An association that is taken away gives
// credentials for so long.
const (
	believeFor = 10 * time.Second
	maxEntries = 10_000
)

// Associations asks the add-on manager for clusters and associations, and remembers the answers
// for ten seconds: all pods of a large workload ask at once. It implements
// [podidentity.Associations].
type Associations struct {
	upstream *Upstream
	flight   singleflight.Group

	mu    sync.Mutex // guards known
	known map[string]answer
}

// answer is what the manager said; err is nil or podidentity.ErrNotFound.
type answer struct {
	value any
	err   error
	until time.Time
}

// NewAssociations returns what asks u.
func NewAssociations(u *Upstream) *Associations {
	return &Associations{upstream: u, known: map[string]answer{}}
}

// Cluster returns a cluster.
func (a *Associations) Cluster(ctx context.Context, name string) (podidentity.Cluster, error) {
	if !names.MatchString(name) {
		return podidentity.Cluster{}, podidentity.ErrNotFound
	}
	return remember(ctx, a, "cluster/"+name, func(ctx context.Context) (podidentity.Cluster, error) {
		var out struct {
			Cluster struct {
				ARN      string
				Identity struct{ OIDC struct{ Issuer string } }
			}
		}
		err := a.upstream.get(ctx, "/clusters/"+name, nil, &out)
		return podidentity.Cluster{ARN: out.Cluster.ARN, Issuer: out.Cluster.Identity.OIDC.Issuer}, err
	})
}

// Association returns the association of a service account.
func (a *Associations) Association(ctx context.Context, cluster, namespace, serviceAccount string) (podidentity.Association, error) {
	if !names.MatchString(cluster) {
		return podidentity.Association{}, podidentity.ErrNotFound
	}
	key := "association/" + cluster + "/" + namespace + "/" + serviceAccount
	return remember(ctx, a, key, func(ctx context.Context) (podidentity.Association, error) {
		return a.ask(ctx, "/clusters/"+cluster+"/pod-identity-associations", namespace, serviceAccount)
	})
}

// ask lists the associations of a service account, of which there is one at most, and has it
// described: the list lacks the role.
func (a *Associations) ask(ctx context.Context, path, namespace, serviceAccount string) (podidentity.Association, error) {
	var list struct {
		Associations []struct{ AssociationID, Namespace, ServiceAccount string }
	}
	query := url.Values{"namespace": {namespace}, "serviceAccount": {serviceAccount}}
	if err := a.upstream.get(ctx, path, query, &list); err != nil {
		return podidentity.Association{}, err
	}
	for _, s := range list.Associations {
		if s.Namespace != namespace || s.ServiceAccount != serviceAccount || !names.MatchString(s.AssociationID) {
			continue
		}
		var out struct {
			Association struct {
				AssociationARN, AssociationID, RoleARN, TargetRoleARN, ExternalID, Policy string
				DisableSessionTags                                                        bool
			}
		}
		if err := a.upstream.get(ctx, path+"/"+s.AssociationID, nil, &out); err != nil {
			return podidentity.Association{}, err
		}
		d := &out.Association
		return podidentity.Association{
			ARN: d.AssociationARN, ID: d.AssociationID, RoleARN: d.RoleARN,
			TargetRoleARN: d.TargetRoleARN, ExternalID: d.ExternalID, Policy: d.Policy, NoSessionTags: d.DisableSessionTags,
		}, nil
	}
	return podidentity.Association{}, errAbsent
}

// remember returns what is known, or asks once however many want to know.
func remember[T any](ctx context.Context, a *Associations, key string, ask func(context.Context) (T, error)) (T, error) {
	a.mu.Lock()
	found, ok := a.known[key]
	a.mu.Unlock()
	if !ok || time.Now().After(found.until) {
		// The answer is for all who wait, also when the first of them goes away.
		v, err, _ := a.flight.Do(key, func() (any, error) {
			value, err := ask(context.WithoutCancel(ctx))
			if errors.Is(err, errAbsent) {
				err = podidentity.ErrNotFound
			} else if err != nil {
				return nil, err
			}
			fresh := answer{value, err, time.Now().Add(believeFor)}
			a.keep(key, fresh)
			return fresh, nil
		})
		if err != nil {
			var none T
			return none, &podidentity.Error{Name: "ServiceUnavailableException", Message: "The add-on manager cannot be asked", Err: err}
		}
		found = v.(answer)
	}
	return found.value.(T), found.err
}

// keep remembers an answer, and forgets old ones when there are many.
func (a *Associations) keep(key string, fresh answer) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if len(a.known) >= maxEntries {
		now := time.Now()
		for k, old := range a.known {
			if now.After(old.until) || len(a.known) >= maxEntries {
				delete(a.known, k)
			}
		}
	}
	a.known[key] = fresh
}
