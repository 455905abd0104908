package main

import (
	"k8s.io/utils/ptr"
	"sigs.k8s.io/controller-runtime/pkg/webhook/admission"

	"github.com/radiograph/radiograph/operator/autoinstrumentation"
	"github.com/radiograph/radiograph/operator/collectorcheck"
	"github.com/radiograph/radiograph/operator/podwebhook"
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
	if err := webhook.Register(op.manager, o); err != nil {
		return err
	}
	op.pods()
	return nil
}

// pods adds the webhook for pods.
func (op *operator) pods() {
	enabled := map[autoinstrumentation.Language]bool{}
	images := map[autoinstrumentation.Language]string{}
	for language, image := range op.images() {
		enabled[autoinstrumentation.Language(language)] = *op.languages[language]
		images[autoinstrumentation.Language(language)] = image
	}
	handler := &podwebhook.Handler{
		Client:  op.manager.GetClient(),
		Live:    op.manager.GetAPIReader(),
		Events:  op.manager.GetEventRecorder("radiograph-operator"),
		Decoder: admission.NewDecoder(op.manager.GetScheme()),
		Options: podwebhook.Options{Images: images, Enabled: enabled, MultiInstrumentation: op.multiInstrumentation, Manifest: op.build},
	}
	op.manager.GetWebhookServer().Register(webhook.MutatePodPath, &admission.Webhook{Handler: handler, RecoverPanic: ptr.To(true)})
}
