package xrayapi

import (
	"context"
	"net/http"

	"github.com/radiograph/radiograph/auth"
)

// actionPrefix makes the name of an action of an operation's name.
const actionPrefix = "xray:"

// anyResource is the resource of actions that are about none in particular. Only
// groups and sampling rules can be named in policies, as in the Service
// Authorization Reference of AWS X-Ray.
const anyResource = "*"

// resourced is a request that is about a resource.
type resourced interface {
	// resource returns the ARN, or anyResource when the request does not name one
	// properly.
	resource(a *API) string
}

// tagging is a request with tags for a resource.
type tagging interface {
	tagKeys() []string
	tagValues() []tag
}

// openKey marks the context of requests for which nobody has to sign.
type openKey struct{}

// Sampling returns the operations that X-Ray SDKs ask their daemon for: sampling
// rules and targets. It answers everybody, whatever Options.Gate says, because SDKs
// do not sign what they send to a daemon.
func (a *API) Sampling() http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch name, _ := Operation(r.URL.Path); name {
		case "GetSamplingRules", "GetSamplingTargets":
			a.ServeHTTP(w, r.WithContext(context.WithValue(r.Context(), openKey{}, true)))
		default:
			a.answer(w, nil, func() int { return writeError(w, errNotForDaemons) })
		}
	})
}

// isOpen reports whether nobody has to sign the request that ctx belongs to.
func (a *API) isOpen(ctx context.Context) bool {
	return a.opts.Gate == nil || ctx.Value(openKey{}) != nil
}

// authorize asks whether the caller may perform an operation. in is the decoded
// request, nil for operations about no resource. It comes before the request's
// constraints are checked: who may not do something learns nothing about it.
func (a *API) authorize(ctx context.Context, operation string, in any) error {
	if a.isOpen(ctx) {
		return nil
	}
	resource, values := anyResource, map[string][]string{}
	if t, ok := in.(tagging); ok {
		describeTags(t, values)
	}
	if r, ok := in.(resourced); ok {
		resource = r.resource(a)
		tags, _, err := load[map[string]string](ctx, a, stateTags, resource)
		if err != nil {
			return err
		}
		for k, v := range tags {
			values["aws:ResourceTag/"+k] = []string{v}
		}
	}
	return a.opts.Gate.Allow(ctx, actionPrefix+operation, resource, values)
}

// describeTags adds what conditions may ask for about the tags of a request.
func describeTags(t tagging, values map[string][]string) {
	keys := t.tagKeys()
	for _, tag := range t.tagValues() {
		keys = append(keys, text(tag.Key))
		values["aws:RequestTag/"+text(tag.Key)] = []string{text(tag.Value)}
	}
	if len(keys) > 0 {
		values["aws:TagKeys"] = keys
	}
}

// groupResource is the ARN of a group that does not exist or does not exist yet.
func (a *API) groupResource(name *string) string {
	if text(name) == "" {
		return anyResource
	}
	return a.arn("group/" + *name + "/*")
}

func (in *groupInput) resource(a *API) string       { return a.groupOf(in.groupRef) }
func (in *updateGroupInput) resource(a *API) string { return a.groupOf(in.groupRef) }
func (in *createGroupInput) resource(a *API) string { return a.groupResource(in.GroupName) }

// groupOf returns the ARN of the group that ref names.
func (a *API) groupOf(ref groupRef) string {
	if g, err := a.find(ref); err == nil {
		return a.opts.Groups.ARN(g)
	}
	if ref.GroupARN == nil {
		return a.groupResource(ref.GroupName)
	}
	return anyResource
}

func (in *deleteRuleInput) resource(a *API) string { return a.ruleOf(&in.ruleRef) }

func (in *updateRuleInput) resource(a *API) string {
	if in.SamplingRuleUpdate == nil {
		return anyResource
	}
	return a.ruleOf(&in.SamplingRuleUpdate.ruleRef)
}

func (in *createRuleInput) resource(a *API) string {
	if in.SamplingRule == nil {
		return anyResource
	}
	return a.ruleOf(&in.SamplingRule.ruleRef)
}

// ruleOf returns the ARN of the rule that ref names.
func (a *API) ruleOf(ref *ruleRef) string {
	name, err := ref.name(a)
	if err != nil || name == "" {
		return anyResource
	}
	return a.arn(ruleResource + name)
}

// resource implements resourced for all requests about tags.
func (in *resourceInput) resource(a *API) string {
	if a.checkTaggable(text(in.ResourceARN)) != nil {
		return anyResource
	}
	return *in.ResourceARN
}

func (in *createGroupInput) tagKeys() []string   { return nil }
func (in *createGroupInput) tagValues() []tag    { return in.Tags }
func (in *createRuleInput) tagKeys() []string    { return nil }
func (in *createRuleInput) tagValues() []tag     { return in.Tags }
func (in *tagResourceInput) tagKeys() []string   { return nil }
func (in *tagResourceInput) tagValues() []tag    { return in.Tags }
func (in *untagResourceInput) tagKeys() []string { return in.TagKeys }
func (in *untagResourceInput) tagValues() []tag  { return nil }

// refusal translates the error of a gate for the wire.
func refusal(e *auth.Error) *fault {
	name, status := e.Code(auth.RESTJSON)
	return &fault{status: status, name: name, message: e.Message, lower: true}
}

// logRefusal says who was refused, once. The caller has the same request id.
func (a *API) logRefusal(r *http.Request, op *operation, requestID string, e *auth.Error) {
	log := a.opts.Logger.WarnContext
	if e.Kind == auth.Failure {
		log = a.opts.Logger.ErrorContext
	}
	log(r.Context(), "request refused", "operation", op.name, "request_id", requestID,
		"client", r.RemoteAddr, "access_key_id", e.AccessKeyID, "err", e)
}
