package main

import (
	"context"
	"errors"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/xray"
	"github.com/aws/aws-sdk-go-v2/service/xray/types"

	"github.com/radiograph/radiograph/demo"
	"github.com/radiograph/radiograph/problem"
	"github.com/radiograph/radiograph/server"
)

// demoRule is the sampling rule under which the shop's requests are traced while
// it is open. Without it the SDK would trace one request a second and 5 %.
const demoRule = "radiograph-demo"

// demo runs the shop until ctx ends.
func (p *program) demo(ctx context.Context, s *server.Server) error {
	if s.DaemonAddress() == "" {
		return problem.New(problem.Invalid, "the shop needs the daemon's addresses")
	}
	e := endpoint{url: s.Endpoint()}
	client, err := e.client()
	if err != nil {
		return err
	}
	if err := createDemoRule(ctx, client); err != nil {
		return e.classify(err)
	}
	shop, err := demo.Open(ctx, demo.Options{Daemon: s.DaemonAddress()})
	if err != nil {
		return err
	}
	look := time.AfterFunc(p.look, func() { p.firstLook(ctx, e) })
	err = shop.Run(ctx)
	look.Stop()
	return errors.Join(err, deleteDemoRule(ctx, client))
}

func createDemoRule(ctx context.Context, client *xray.Client) error {
	_, err := client.CreateSamplingRule(ctx, &xray.CreateSamplingRuleInput{SamplingRule: &types.SamplingRule{
		RuleName: aws.String(demoRule), Priority: aws.Int32(9000), FixedRate: 1, ReservoirSize: 100, Version: aws.Int32(1),
		ServiceName: aws.String(demo.Entry), ServiceType: aws.String("*"), Host: aws.String("*"),
		HTTPMethod: aws.String("*"), URLPath: aws.String("*"), ResourceARN: aws.String("*"),
	}})
	if known, listErr := hasDemoRule(ctx, client); listErr == nil && known {
		return nil // left behind by a run that was killed
	}
	return err
}

func hasDemoRule(ctx context.Context, client *xray.Client) (bool, error) {
	for pages := xray.NewGetSamplingRulesPaginator(client, &xray.GetSamplingRulesInput{}); pages.HasMorePages(); {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return false, err
		}
		for _, r := range page.SamplingRuleRecords {
			if aws.ToString(r.SamplingRule.RuleName) == demoRule {
				return true, nil
			}
		}
	}
	return false, nil
}

func deleteDemoRule(ctx context.Context, client *xray.Client) error {
	// ctx has ended: that is why the rule goes.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 2*time.Second)
	defer cancel()
	_, err := client.DeleteSamplingRule(ctx, &xray.DeleteSamplingRuleInput{RuleName: aws.String(demoRule)})
	return err
}

// firstLook prints the map once.
func (p *program) firstLook(ctx context.Context, e endpoint) {
	c := mapCommand{endpoint: e, period: period{since: "1m"}, format: "table"}
	p.printf("The first %v:\n\n", p.look)
	if err := c.run(ctx, p); err != nil {
		p.printf("no map: %v\n", err)
	}
	p.printf("\n")
}
