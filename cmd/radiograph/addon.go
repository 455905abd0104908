package main

import (
	"cmp"
	"context"
	"errors"
	"net/url"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/eks"
	"github.com/aws/smithy-go"
	"github.com/spf13/cobra"

	"github.com/radiograph/radiograph/problem"
)

func (p *program) addon() *cobra.Command {
	cmd := p.family("addon", "Add-ons of a Kubernetes cluster",
		`Installs, changes and removes what the add-on manager of a cluster can install: the
collector's operator (adot), the pod identity agent, and more.

The commands ask a running service, which hands them on to the add-on manager (eks.url in
its configuration), and sign with the key in AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY.
"aws eks" can do the same and more.`)
	cmd.AddCommand(
		p.addonList(), p.addonVersions(), p.addonSchema(), p.addonDescribe(),
		p.addonInstall(), p.addonUpdate(), p.addonDelete(), p.addonWait(),
	)
	return cmd
}

// addonAPI is what the commands of "radiograph addon" share: the EKS API that they ask,
// and the cluster that they ask about.
type addonAPI struct {
	p *program
	endpoint
	output output

	cluster string
	named   bool // --cluster was given; the cluster is not the only one there is
	client  *eks.Client
}

// flags adds the flags of commands about one cluster.
func (a *addonAPI) flags(p *program, cmd *cobra.Command) {
	a.endpointFlag(p, cmd)
	a.output.flag(cmd)
	a.clusterFlag(p, cmd)
}

func (a *addonAPI) clusterFlag(p *program, cmd *cobra.Command) {
	cmd.Flags().StringVar(&a.cluster, "cluster", p.getenv("RADIOGRAPH_CLUSTER"), "name of the cluster; RADIOGRAPH_CLUSTER sets it too. Not needed where there is one only")
}

// endpointFlag adds --endpoint. The EKS API may have an address of its own.
func (a *addonAPI) endpointFlag(p *program, cmd *cobra.Command) {
	a.p = p
	a.flag(p, cmd)
	flag := cmd.Flags().Lookup("endpoint")
	flag.Usage = "service to ask; RADIOGRAPH_ENDPOINT sets it too, and for add-ons alone AWS_ENDPOINT_URL_EKS"
	if own := p.eksEndpoint(); own != "" {
		a.url, flag.DefValue = own, own
	}
}

// eksEndpoint is the address of the EKS API, if it has one of its own.
func (p *program) eksEndpoint() string {
	return cmp.Or(p.getenv("RADIOGRAPH_EKS_ENDPOINT"), p.getenv("AWS_ENDPOINT_URL_EKS"))
}

// run makes a command's RunE of what it does once there is a client.
func (a *addonAPI) run(f func(ctx context.Context, args []string) error) func(*cobra.Command, []string) error {
	return func(cmd *cobra.Command, args []string) (err error) {
		if a.client, err = a.eks(); err != nil {
			return err
		}
		return a.classifyAddon(f(cmd.Context(), args))
	}
}

// inCluster is run for what is about one cluster.
func (a *addonAPI) inCluster(f func(ctx context.Context, args []string) error) func(*cobra.Command, []string) error {
	return a.run(func(ctx context.Context, args []string) error {
		if err := a.findCluster(ctx); err != nil {
			return err
		}
		return f(ctx, args)
	})
}

// eks returns a client of the EKS API.
func (e *endpoint) eks() (*eks.Client, error) {
	base, client, err := e.http()
	if err != nil {
		return nil, err
	}
	return eks.New(eks.Options{
		Region: e.region, BaseEndpoint: &base, Credentials: e.credentials,
		HTTPClient: client, Retryer: aws.NopRetryer{},
	}), nil
}

// findCluster asks which cluster there is, when none is named.
func (a *addonAPI) findCluster(ctx context.Context) error {
	if a.named = a.cluster != ""; a.named {
		return nil
	}
	names, err := gather(ctx, eks.NewListClustersPaginator(a.client, &eks.ListClustersInput{}),
		func(p *eks.ListClustersOutput) []string { return p.Clusters })
	if err != nil {
		err = a.classifyAddon(err)
		if e, ok := errors.AsType[*problem.Error](err); ok && strings.HasPrefix(e.Message, "AccessDenied") {
			e.Hint = "whoever may not list the clusters names one with --cluster"
		}
		return err
	}
	switch len(names) {
	case 0:
		return problem.New(problem.NotFound, "%s knows no cluster", a.url)
	case 1:
		a.cluster = names[0]
		return nil
	}
	return problem.New(problem.Invalid, "there are the clusters %s: choose one with --cluster", printable(strings.Join(names, ", ")))
}

// classifyAddon turns an error of the EKS API into a problem: a sentence after its code.
func (a *addonAPI) classifyAddon(err error) error {
	if _, ok := errors.AsType[*problem.Error](err); ok || err == nil {
		return err
	}
	api, ok := errors.AsType[smithy.APIError](err)
	if !ok {
		return a.unanswered(err)
	}
	out := &problem.Error{Kind: kindOfAddon(api.ErrorCode()), Message: api.ErrorCode() + ": " + printable(api.ErrorMessage())}
	if strings.HasPrefix(api.ErrorMessage(), "Addon specified is not supported") {
		out.Hint = "list the add-ons with: radiograph addon versions"
	}
	switch api.ErrorCode() {
	case "MissingAuthenticationTokenException":
		out.Hint = "set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY; the first key comes from: radiograph iam bootstrap"
	case "UnknownError": // an answer without a code
		return a.notTheAPI()
	}
	return out
}

// unanswered is the error of a request that got no answer of the API.
func (a *addonAPI) unanswered(err error) error {
	if errors.Is(err, context.Canceled) {
		return &problem.Error{Kind: problem.Unavailable, Message: "stopped before there was an answer"}
	}
	if _, odd := errors.AsType[*smithy.DeserializationError](err); odd {
		return a.notTheAPI()
	}
	err = a.classify(err)
	out, ok := errors.AsType[*problem.Error](err)
	if !ok || out.Kind != problem.Unavailable {
		return err
	}
	out.Hint = elsewhere
	if cause, ok := errors.AsType[*url.Error](out.Err); ok {
		out.Err = cause.Err // the rest says again what was asked
	}
	return out
}

const elsewhere = "name the service with --endpoint"

func (a *addonAPI) notTheAPI() *problem.Error {
	return &problem.Error{Kind: problem.Unsupported, Message: "what answers at " + a.url + " is not the EKS API", Hint: elsewhere}
}

// inUse is the error of making what there is already.
func (a *addonAPI) inUse(err error, hint string) error {
	return &problem.Error{Kind: problem.Exists, Message: a.classifyAddon(err).Error(), Hint: hint}
}

func kindOfAddon(code string) problem.Kind {
	switch code {
	case "ResourceNotFoundException", "NotFoundException":
		return problem.NotFound
	case "ResourceInUseException":
		return problem.Unavailable // an add-on that is being changed; see install for one that exists
	case "InvalidParameterException", "InvalidRequestException", "InvalidStateException", "BadRequestException", "RequestEntityTooLargeException", "ClientException":
		return problem.Invalid
	case "UnknownOperationException", "MethodNotAllowedException":
		return problem.Unsupported
	}
	return kindOfName(code)
}

// hasCode reports whether err is an error of the API with a code.
func hasCode(err error, code string) bool {
	api, ok := errors.AsType[smithy.APIError](err)
	return ok && api.ErrorCode() == code
}
