package main

import (
	"github.com/radiograph/radiograph/operator/collectorcheck"
	"github.com/radiograph/radiograph/operator/webhook"
)

// admission adds the webhooks.
func (op *operator) admission() error {
	if !op.webhooks {
		return nil
	}
	o := webhook.Options{
		CollectorImage:        op.collectorImage,
		GrantsAccess:          op.build.CreateRBAC,
		NetworkPolicies:       op.gate("operand.networkpolicy"),
		IPv6Only:              op.build.IPv6Only,
		FIPSDisabled:          op.fips(),
		InstrumentationImages: op.images(),
	}
	if op.checker != nil {
		o.Checker = collectorcheck.Admission{Checker: op.checker, Image: op.collectorImage}
	}
	return webhook.Register(op.manager, o)
}
