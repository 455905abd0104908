package xrayapi

import (
	"context"
	"maps"
	"regexp"
	"slices"
	"strings"
)

type tag struct {
	Key, Value *string
}

// tagCharacters are the characters that keys and values are made of.
var tagCharacters = regexp.MustCompile(`^[\p{L}\p{N}\p{Z}_.:/=+\-@]*$`)

func checkTags(v *violations, tags []tag) {
	v.Count("tags", len(tags), 200)
	for _, t := range tags {
		v.RequiredLength("tags.member.key", t.Key, 1, 128)
		v.RequiredLength("tags.member.value", t.Value, 0, 256)
		v.Pattern("tags.member.key", t.Key, tagCharacters)
		v.Pattern("tags.member.value", t.Value, tagCharacters)
	}
}

// mergeTags returns known with tags added.
func mergeTags(known map[string]string, tags []tag) (map[string]string, error) {
	const most = 50
	merged := maps.Clone(known)
	if merged == nil {
		merged = make(map[string]string, len(tags))
	}
	given := make(map[string]bool, len(tags))
	for _, t := range tags {
		switch {
		case given[*t.Key]:
			return nil, invalid("Duplicate tag keys found: %s", *t.Key)
		case strings.HasPrefix(strings.ToLower(*t.Key), "aws:"):
			return nil, invalid("Tag keys that start with aws: are reserved: %s", *t.Key)
		}
		given[*t.Key] = true
		merged[*t.Key] = *t.Value
	}
	if len(merged) > most {
		return nil, invalid("The resultant tag set must not have more than %d user tags.", most)
	}
	return merged, nil
}

// tagNew gives a resource that has just been made its tags. Tags of an earlier
// resource with the same ARN go.
func (a *API) tagNew(ctx context.Context, arn string, tags map[string]string) error {
	a.configuration.Lock()
	defer a.configuration.Unlock()
	if len(tags) == 0 {
		return remove(ctx, a, stateTags, arn)
	}
	return save(ctx, a, stateTags, arn, tags)
}

// checkTaggable refuses ARNs of what does not exist.
func (a *API) checkTaggable(arn string) error {
	if name, ok := strings.CutPrefix(arn, a.arn(ruleResource)); ok {
		for _, r := range a.opts.Sampling.Rules() {
			if r.Name == name {
				return nil
			}
		}
	} else if _, err := a.opts.Groups.Find("", arn); err == nil {
		return nil
	}
	return notFound(arn, "The resource %s does not exist.", arn)
}

type resourceInput struct {
	ResourceARN *string
}

func (in *resourceInput) check(v *violations) {
	v.RequiredLength("resourceARN", in.ResourceARN, 1, 1011)
}

type tagResourceInput struct {
	resourceInput
	Tags []tag
}

func (in *tagResourceInput) check(v *violations) {
	in.resourceInput.check(v)
	v.Required("tags", in.Tags != nil)
	checkTags(v, in.Tags)
}

func (a *API) tagResource(ctx context.Context, in *tagResourceInput) (*empty, error) {
	return &empty{}, a.changeTags(ctx, *in.ResourceARN, func(known map[string]string) (map[string]string, error) {
		return mergeTags(known, in.Tags)
	})
}

type untagResourceInput struct {
	resourceInput
	TagKeys []string
}

func (in *untagResourceInput) check(v *violations) {
	in.resourceInput.check(v)
	v.Required("tagKeys", in.TagKeys != nil)
	v.Count("tagKeys", len(in.TagKeys), 200)
}

// untagResource removes tags. Keys that are not there are fine.
func (a *API) untagResource(ctx context.Context, in *untagResourceInput) (*empty, error) {
	return &empty{}, a.changeTags(ctx, *in.ResourceARN, func(known map[string]string) (map[string]string, error) {
		for _, key := range in.TagKeys {
			delete(known, key)
		}
		return known, nil
	})
}

func (a *API) changeTags(ctx context.Context, arn string, change func(map[string]string) (map[string]string, error)) error {
	if err := a.checkTaggable(arn); err != nil {
		return err
	}
	a.configuration.Lock()
	defer a.configuration.Unlock()
	known, _, err := load[map[string]string](ctx, a, stateTags, arn)
	if err != nil {
		return err
	}
	tags, err := change(known)
	if err != nil {
		return err
	}
	if len(tags) == 0 {
		return remove(ctx, a, stateTags, arn)
	}
	return save(ctx, a, stateTags, arn, tags)
}

type listTagsInput struct {
	resourceInput
	paging
}

type listTagsOutput struct {
	Tags      []tag
	NextToken *string
}

func (a *API) listTags(ctx context.Context, in *listTagsInput) (*listTagsOutput, error) {
	a.ignoreTokenIfStrict(&in.paging)
	pager, err := newPager("ListTagsForResource", in)
	if err != nil {
		return nil, err
	}
	if err := a.checkTaggable(*in.ResourceARN); err != nil {
		return nil, err
	}
	known, _, err := load[map[string]string](ctx, a, stateTags, *in.ResourceARN)
	if err != nil {
		return nil, err
	}
	keys, next := page(pager, slices.Sorted(maps.Keys(known)), a.opts.PageSize, func(key string) string { return key })
	out := &listTagsOutput{Tags: make([]tag, len(keys)), NextToken: next}
	for i, key := range keys {
		value := known[key]
		out.Tags[i] = tag{&key, &value}
	}
	return out, nil
}

// ignoreTokenIfStrict drops the token where AWS does so.
func (a *API) ignoreTokenIfStrict(p *paging) {
	if a.opts.Strict {
		p.NextToken = nil
	}
}
