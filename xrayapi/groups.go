package xrayapi

import (
	"context"

	"github.com/radiograph/radiograph/group"
)

type insightsConfiguration struct {
	InsightsEnabled, NotificationsEnabled *bool
}

// settings returns c for the registry; nil for nil.
func (c *insightsConfiguration) settings() *group.Insights {
	if c == nil {
		return nil
	}
	return &group.Insights{
		Enabled:       c.InsightsEnabled != nil && *c.InsightsEnabled,
		Notifications: c.NotificationsEnabled != nil && *c.NotificationsEnabled,
	}
}

type groupShape struct {
	GroupName             string
	GroupARN              string
	FilterExpression      *string
	InsightsConfiguration insightsConfiguration
}

type groupOutput struct {
	Group groupShape
}

func (a *API) renderGroup(g group.Group) groupShape {
	return groupShape{
		GroupName:        g.Name,
		GroupARN:         a.opts.Groups.ARN(g),
		FilterExpression: orNull(g.Filter),
		InsightsConfiguration: insightsConfiguration{
			InsightsEnabled:      &g.Insights.Enabled,
			NotificationsEnabled: &g.Insights.Notifications,
		},
	}
}

// find returns the group that ref names, in exactly one of the two ways.
func (a *API) find(ref groupRef) (group.Group, error) {
	if (ref.GroupName == nil) == (ref.GroupARN == nil) {
		return group.Group{}, invalid("Provide either GroupName or GroupARN")
	}
	return a.opts.Groups.Find(text(ref.GroupName), text(ref.GroupARN))
}

type getGroupsInput struct {
	paging
}

type getGroupsOutput struct {
	Groups    []groupShape
	NextToken *string
}

func (a *API) getGroups(_ context.Context, in *getGroupsInput) (*getGroupsOutput, error) {
	if a.opts.Strict && text(in.NextToken) != "" {
		return nil, invalid("Next Token not supported")
	}
	pager, err := newPager("GetGroups", in)
	if err != nil {
		return nil, err
	}
	// Default comes first, whatever the others are called.
	groups, next := page(pager, a.opts.Groups.List(), a.opts.PageSize, func(g group.Group) string {
		if g.Name == group.DefaultName {
			return "0"
		}
		return "1" + g.Name
	})
	out := &getGroupsOutput{Groups: make([]groupShape, len(groups)), NextToken: next}
	for i, g := range groups {
		out.Groups[i] = a.renderGroup(g)
	}
	return out, nil
}

type groupInput struct {
	groupRef
}

func (a *API) getGroup(_ context.Context, in *groupInput) (*groupOutput, error) {
	g, err := a.find(in.groupRef)
	if err != nil {
		return nil, err
	}
	return &groupOutput{a.renderGroup(g)}, nil
}

type createGroupInput struct {
	GroupName             *string
	FilterExpression      *string
	InsightsConfiguration *insightsConfiguration
	Tags                  []tag
}

func (in *createGroupInput) check(v *violations) {
	v.RequiredLength("groupName", in.GroupName, 1, 32)
	checkTags(v, in.Tags)
}

func (a *API) createGroup(ctx context.Context, in *createGroupInput) (*groupOutput, error) {
	tags, err := mergeTags(nil, in.Tags)
	if err != nil {
		return nil, err
	}
	var settings group.Insights
	if s := in.InsightsConfiguration.settings(); s != nil {
		settings = *s
	}
	g, err := a.opts.Groups.Create(ctx, *in.GroupName, text(in.FilterExpression), settings)
	if err != nil {
		return nil, err
	}
	if err := a.tagNew(ctx, a.opts.Groups.ARN(g), tags); err != nil {
		return nil, err
	}
	return &groupOutput{a.renderGroup(g)}, nil
}

type updateGroupInput struct {
	groupRef
	FilterExpression      *string
	InsightsConfiguration *insightsConfiguration
}

// updateGroup changes what is given. AWS demands the filter each time.
func (a *API) updateGroup(ctx context.Context, in *updateGroupInput) (*groupOutput, error) {
	old, err := a.find(in.groupRef)
	if err != nil {
		return nil, err
	}
	if a.opts.Strict && in.FilterExpression == nil && old.Name != group.DefaultName {
		return nil, invalid("Filter Expression is empty")
	}
	g, err := a.opts.Groups.Update(ctx, text(in.GroupName), text(in.GroupARN), in.FilterExpression, in.InsightsConfiguration.settings())
	if err != nil {
		return nil, err
	}
	return &groupOutput{a.renderGroup(g)}, nil
}

func (a *API) deleteGroup(ctx context.Context, in *groupInput) (*empty, error) {
	g, err := a.find(in.groupRef)
	if err != nil {
		return nil, err
	}
	if err := a.opts.Groups.Delete(ctx, text(in.GroupName), text(in.GroupARN)); err != nil {
		return nil, err
	}
	return &empty{}, remove(ctx, a, stateTags, a.opts.Groups.ARN(g))
}
