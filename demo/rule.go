package demo

import (
	"context"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/xray"
	"github.com/aws/aws-sdk-go-v2/service/xray/types"
)

// ruleName is the sampling rule under which the shop's requests are traced while
// it is open. Without it the SDK would trace one request a second and 5 %.
const ruleName = "radiograph-demo"

func createRule(ctx context.Context, api *xray.Client) error {
	_, err := api.CreateSamplingRule(ctx, &xray.CreateSamplingRuleInput{SamplingRule: &types.SamplingRule{
		RuleName: aws.String(ruleName), Priority: aws.Int32(9000), FixedRate: 1, ReservoirSize: 100, Version: aws.Int32(1),
		ServiceName: aws.String(Entry), ServiceType: aws.String("*"), Host: aws.String("*"),
		HTTPMethod: aws.String("*"), URLPath: aws.String("*"), ResourceARN: aws.String("*"),
	}})
	if err == nil {
		return nil
	}
	if known, listErr := hasRule(ctx, api); listErr == nil && known {
		return nil // left behind by a run that was killed
	}
	return err
}

func hasRule(ctx context.Context, api *xray.Client) (bool, error) {
	for pages := xray.NewGetSamplingRulesPaginator(api, &xray.GetSamplingRulesInput{}); pages.HasMorePages(); {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return false, err
		}
		for _, r := range page.SamplingRuleRecords {
			if aws.ToString(r.SamplingRule.RuleName) == ruleName {
				return true, nil
			}
		}
	}
	return false, nil
}

func deleteRule(ctx context.Context, api *xray.Client) error {
	// ctx has ended: that is why the rule goes.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 2*time.Second)
	defer cancel()
	_, err := api.DeleteSamplingRule(ctx, &xray.DeleteSamplingRuleInput{RuleName: aws.String(ruleName)})
	return err
}
