package otlp

import (
	"strings"

	"go.opentelemetry.io/collector/pdata/pcommon"

	"github.com/radiograph/radiograph/segment"
)

// nativeNames are the resource attributes that a segment is described by.
var nativeNames = func() map[string]bool {
	m := map[string]bool{}
	for _, name := range []string{
		"service.name", "service.version", "service.namespace", "service.instance.id",
		"cloud.provider", "cloud.platform", "cloud.account.id", "cloud.availability_zone",
		"host.id", "host.type", "host.image.id", "container.name", "container.id",
		"aws.ecs.container.arn", "aws.ecs.cluster.arn", "aws.ecs.task.arn", "aws.ecs.task.family", "aws.ecs.launchtype",
		"k8s.cluster.name", "k8s.pod.name", "aws.log.group.arns", "aws.log.group.names",
		"telemetry.sdk.name", "telemetry.sdk.version", "telemetry.sdk.language", "telemetry.auto.version",
		names[xrayOrigin], names[xrayResourceARN], names[xrayAWS], names[xrayService],
	} {
		m[name] = true
	}
	return m
}()

// platforms are the values of cloud.platform for origins.
var platforms = map[string]string{
	"AWS::AppRunner::Service":            "aws_app_runner",
	"AWS::EKS::Container":                "aws_eks",
	"AWS::ElasticBeanstalk::Environment": "aws_elastic_beanstalk",
	"AWS::ECS::EC2":                      "aws_ecs",
	"AWS::ECS::Fargate":                  "aws_ecs",
	"AWS::ECS::Container":                "aws_ecs",
	"AWS::EC2::Instance":                 "aws_ec2",
	"AWS::Lambda":                        "aws_lambda",
	"AWS::Lambda::Function":              "aws_lambda",
}

// processMembers are the members of "aws" that describe the process of a segment.
// All others are about one request.
var processMembers = map[string]bool{
	"account_id": true, "ec2": true, "ecs": true, "eks": true, "elastic_beanstalk": true, "cloudwatch_logs": true, "xray": true,
}

// nativeProcess returns the process of a segment.
func (b *Builder) nativeProcess(s *segment.Segment) *process {
	k := append(append(b.scratch[:0], 'n'), s.Name...)
	k = append(append(k, 0), s.Origin...)
	k = append(append(k, 0), s.ResourceARN...)
	k = append(append(k, 0), s.Service...)
	if s.AWS != nil {
		k = append(k, 0)
	}
	for i := range b.aws.process {
		m := &b.aws.process[i]
		k = append(append(k, m.name...), 0)
		k = append(append(k, m.value...), 0)
	}
	b.scratch = k
	p := b.processes[string(k)]
	if p == nil {
		p = b.remember(k)
		b.describeProcess(p.attributes, s)
	}
	return p
}

// describeProcess fills in the resource of a segment.
func (b *Builder) describeProcess(to pcommon.Map, s *segment.Segment) {
	put := func(name string, values ...string) {
		for _, v := range values {
			if v != "" {
				to.PutStr(name, strings.Clone(v))
				return
			}
		}
	}
	put("service.name", s.Name)
	parts := map[string]segment.Raw{}
	want := object(func(t []byte) []byte {
		for i := range b.aws.process {
			m := &b.aws.process[i]
			parts[m.name] = m.value
			t = append(append(segment.AppendString(separate(t), m.name), ':'), m.value...)
		}
		return t
	})
	service := text(s.Service)
	part := func(name string) map[string]string { return text(parts[name]) }
	beanstalk, ec2, ecs, eks, sdk := part("elastic_beanstalk"), part("ec2"), part("ecs"), part("eks"), part("xray")
	put("service.version", service["version"], beanstalk["version_label"])
	if s.AWS != nil {
		put("cloud.provider", "aws")
		put("cloud.platform", platforms[s.Origin])
	} else if b.conventions == OldConventions {
		put("cloud.provider", "unknown")
	}
	b.inner.Reset(parts["account_id"])
	put("cloud.account.id", b.inner.String())
	put("cloud.availability_zone", ec2["availability_zone"], ecs["availability_zone"])
	put("host.id", ec2["instance_id"])
	put("host.type", ec2["instance_size"])
	put("host.image.id", ec2["ami_id"])
	put("container.name", ecs["container"])
	put("container.id", ecs["container_id"], eks["container_id"])
	put("aws.ecs.container.arn", ecs["container_arn"])
	put("aws.ecs.cluster.arn", ecs["cluster_arn"])
	put("aws.ecs.task.arn", ecs["task_arn"])
	put("aws.ecs.task.family", ecs["task_family"])
	put("aws.ecs.launchtype", ecs["launch_type"])
	put("service.namespace", beanstalk["environment_name"])
	put("service.instance.id", deployment(parts["elastic_beanstalk"]))
	put("k8s.cluster.name", eks["cluster_name"])
	put("k8s.pod.name", eks["pod"])
	put("telemetry.sdk.name", sdk["sdk"])
	put("telemetry.sdk.version", sdk["sdk_version"])
	if _, language, ok := strings.Cut(sdk["sdk"], " for "); ok {
		put("telemetry.sdk.language", sdkLanguages[language], strings.ToLower(language))
	}
	logGroups(to, parts["cloudwatch_logs"])
	put(names[xrayOrigin], s.Origin)
	put(names[xrayResourceARN], s.ResourceARN)
	d := describe(to)
	put(names[xrayAWS], string(difference(d.whole(nil), want)))
	put(names[xrayService], string(difference(d.service(), s.Service)))
}

// sdkLanguages are the values of telemetry.sdk.language for what the X-Ray SDKs
// call their languages.
var sdkLanguages = map[string]string{"Node.js": "nodejs", ".NET": "dotnet", ".NET Core": "dotnet"}

// text returns the string members of an object.
func text(raw segment.Raw) map[string]string {
	m := map[string]string{}
	if raw == nil {
		return m
	}
	var r segment.Reader
	r.Reset(raw)
	for ok := r.Object(); ok; ok = r.Member() {
		k := strings.Clone(r.Key())
		if s, ok := r.Text(); ok {
			m[k] = strings.Clone(s)
		}
	}
	return m
}

// deployment returns the deployment_id of the object "elastic_beanstalk".
func deployment(raw segment.Raw) string {
	return string(members(raw)["deployment_id"])
}

// logGroups adds the log groups, by ARN if all have one.
func logGroups(to pcommon.Map, raw segment.Raw) {
	if raw == nil {
		return
	}
	var groups, arns []any
	var r segment.Reader
	r.Reset(raw)
	for ok := r.Array(); ok; ok = r.Element() {
		m := text(r.Raw())
		if s := m["log_group"]; s != "" {
			groups = append(groups, s)
		}
		if s := m["arn"]; s != "" {
			arns = append(arns, s)
		}
	}
	if len(arns) > 0 {
		_ = to.PutEmptySlice("aws.log.group.arns").FromRaw(arns)
	}
	if len(groups) > 0 {
		_ = to.PutEmptySlice("aws.log.group.names").FromRaw(groups)
	}
}
