package eksapi

import (
	"context"
	"fmt"
	"maps"

	"k8s.io/client-go/util/retry"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/radiograph/radiograph/operator/addon/arn"
)

// tagged returns what an ARN names and where its tags are; no object for the cluster itself,
// which has no tags.
func (a *API) tagged(ctx context.Context, text string) (client.Object, *map[string]string, error) {
	resource, foreign, err := a.Cluster.Parse(text)
	if err != nil {
		return nil, nil, fail(badRequest, "The resource is not valid: %s.", short(err.Error()))
	}
	missing := fail(notFound, "The specified resource could not be found: %s", short(text))
	if foreign {
		return nil, nil, missing
	}
	switch resource.Kind {
	case arn.KindAddon:
		addon, err := a.findAddon(ctx, resource.Name)
		if err != nil {
			return nil, nil, err
		}
		if addon == nil || string(addon.UID) != resource.UID {
			return nil, nil, missing
		}
		return addon, &addon.Spec.Tags, nil
	case arn.KindAssociation:
		have, err := a.getAssociation(ctx, resource.Name)
		if err != nil {
			return nil, nil, err
		}
		return have, &have.Spec.Tags, nil
	}
	return nil, &map[string]string{}, nil
}

func (a *API) listTags(ctx context.Context, r *request) (any, error) {
	_, tags, err := a.tagged(ctx, r.labels[labelResource])
	if err != nil {
		return nil, err
	}
	out := map[string]string{}
	maps.Copy(out, *tags)
	return struct {
		Tags map[string]string `json:"tags"`
	}{out}, nil
}

func (a *API) tagResource(ctx context.Context, r *request) (any, error) {
	var in struct {
		Tags map[string]string `json:"tags"`
	}
	if err := r.decode(&in); err != nil {
		return nil, err
	}
	if len(in.Tags) == 0 {
		return nil, fail(badRequest, "tags is missing.")
	}
	return a.changeTags(ctx, r, func(tags map[string]string) error {
		maps.Copy(tags, in.Tags)
		return checkTags(tags)
	})
}

func (a *API) untagResource(ctx context.Context, r *request) (any, error) {
	keys := r.query["tagKeys"]
	if len(keys) == 0 {
		return nil, fail(badRequest, "tagKeys is missing.")
	}
	return a.changeTags(ctx, r, func(tags map[string]string) error {
		for _, key := range keys {
			delete(tags, key)
		}
		return nil
	})
}

// changeTags changes the tags of a resource. If they are as they were, nothing is written.
func (a *API) changeTags(ctx context.Context, r *request, change func(map[string]string) error) (any, error) {
	err := retry.RetryOnConflict(retry.DefaultBackoff, func() error {
		object, tags, err := a.tagged(ctx, r.labels[labelResource])
		if err != nil {
			return err
		}
		if object == nil {
			return fail(badRequest, "The cluster itself cannot be tagged.")
		}
		changed := map[string]string{}
		maps.Copy(changed, *tags)
		if err := change(changed); err != nil {
			return err
		}
		if maps.Equal(changed, *tags) {
			return nil
		}
		*tags = changed
		if err := a.Client.Update(ctx, object); err != nil {
			return fmt.Errorf("tag %s: %w", object.GetName(), err)
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return struct{}{}, nil
}
