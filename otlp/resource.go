package otlp

import (
	"encoding/binary"
	"math"
	"strconv"
	"strings"

	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/ptrace"

	"github.com/radiograph/radiograph/segment"
)

// resource is what the spans of one process have in common, as segments say it.
type resource struct {
	name     string      // service.name
	language string      // telemetry.sdk.language
	origin   string      // of segments
	arn      string      // aws.xray.resource_arn
	service  segment.Raw // of segments
	account  string      // cloud.account.id, on AWS
	aws      segment.Raw // of segments, without account_id

	members     []byte // metadata.default of segments: the members, without braces
	annotations []segment.Annotation
	about       []byte // otlp.resource of segments: what members do not say; nil if they say all
	whole       []byte // otlp.resource of subsegments that are on their own
	inexact     bool   // the resource does not read as it was; see values

	native *nativeResource // as segments have it; nil until it is needed
}

// maxResources is how many resources an Encoder remembers.
const maxResources = 1024

// resourceOf returns the resource of rs. Processes send the same resource again
// and again, so it is made once.
func (e *Encoder) resourceOf(rs ptrace.ResourceSpans) *resource {
	attrs := rs.Resource().Attributes()
	k := append(e.scratch[:0], rs.SchemaUrl()...)
	k = binary.AppendUvarint(append(k, 0), uint64(rs.Resource().DroppedAttributesCount()))
	k = appendMapKey(k, attrs)
	e.scratch = k
	if r, ok := e.resources[string(k)]; ok {
		return r
	}
	r := e.newResource(rs)
	e.resources[string(k)] = r
	return r
}

// appendMapKey appends bytes that are the same for equal maps only.
func appendMapKey(b []byte, m pcommon.Map) []byte {
	b = binary.AppendUvarint(b, uint64(m.Len()))
	for k, v := range m.All() {
		b = append(binary.AppendUvarint(b, uint64(len(k))), k...)
		b = appendValueKey(b, v)
	}
	return b
}

func appendValueKey(b []byte, v pcommon.Value) []byte {
	b = append(b, byte(v.Type()))
	switch v.Type() {
	case pcommon.ValueTypeStr:
		s := v.Str()
		b = append(binary.AppendUvarint(b, uint64(len(s))), s...)
	case pcommon.ValueTypeInt:
		b = binary.LittleEndian.AppendUint64(b, uint64(v.Int()))
	case pcommon.ValueTypeDouble:
		b = binary.LittleEndian.AppendUint64(b, math.Float64bits(v.Double()))
	case pcommon.ValueTypeBool:
		b = strconv.AppendBool(b, v.Bool())
	case pcommon.ValueTypeBytes:
		s := v.Bytes().AsRaw()
		b = append(binary.AppendUvarint(b, uint64(len(s))), s...)
	case pcommon.ValueTypeMap:
		b = appendMapKey(b, v.Map())
	case pcommon.ValueTypeSlice:
		b = binary.AppendUvarint(b, uint64(v.Slice().Len()))
		for _, x := range v.Slice().All() {
			b = appendValueKey(b, x)
		}
	case pcommon.ValueTypeEmpty:
	}
	return b
}

// newResource makes the resource of rs. It shares no memory with rs.
func (e *Encoder) newResource(rs ptrace.ResourceSpans) *resource {
	r := &resource{}
	attrs := copyOf(rs.Resource().Attributes())
	var w values
	for k, v := range attrs.All() {
		if e.indexes(prefixResource, k) {
			if value, ok := annotationValue(v); ok {
				r.annotations = putAnnotation(r.annotations, string(appendAnnotationKey(nil, prefixResource, k)), value)
			}
		}
		if len(r.members) > 0 {
			r.members = append(r.members, ',')
		}
		r.members = append(w.text(r.members, prefixResource+k), ':')
		r.members = w.value(r.members, v)
	}
	about := []byte{'{'}
	if n := rs.Resource().DroppedAttributesCount(); n != 0 {
		about = strconv.AppendUint(appendName(about, memberDropped), uint64(n), 10)
	}
	if u := rs.SchemaUrl(); u != "" {
		about = w.text(appendName(about, memberSchemaURL), u)
	}
	r.whole = append(r.whole, about...)
	if attrs.Len() > 0 {
		r.whole = w.attributes(appendName(r.whole, memberAttributes), attrs)
	}
	r.whole = append(r.whole, '}')
	if len(about) > 1 {
		r.about = append(about, '}')
	}
	r.inexact = w.inexact
	d := describe(attrs)
	r.name = d.str("service.name")
	r.language = d.str("telemetry.sdk.language")
	r.origin = d.origin()
	r.arn = d.str(names[xrayResourceARN])
	r.service = d.service()
	r.account, r.aws = d.account(), d.aws(e.opts.LogGroups)
	return r
}

func copyOf(m pcommon.Map) pcommon.Map {
	c := pcommon.NewMap()
	m.CopyTo(c)
	return c
}

// description answers questions about the attributes of a resource.
type description struct{ attrs pcommon.Map }

func describe(attrs pcommon.Map) description { return description{attrs} }

// str returns the first of the strings that is there.
func (d description) str(names ...string) string {
	for _, name := range names {
		if v, ok := d.attrs.Get(name); ok && v.Type() == pcommon.ValueTypeStr && v.Str() != "" {
			return v.Str()
		}
	}
	return ""
}

// strs returns the strings that an attribute lists or, with "&" between them, is.
func (d description) strs(name string) []string {
	v, ok := d.attrs.Get(name)
	if !ok {
		return nil
	}
	if v.Type() == pcommon.ValueTypeStr {
		return strings.FieldsFunc(v.Str(), func(r rune) bool { return r == '&' })
	}
	return stringsOf(v, nil)
}

func (d description) has(name string) bool {
	_, ok := d.attrs.Get(name)
	return ok
}

// onAWS reports whether nothing speaks against AWS.
func (d description) onAWS() bool {
	p := d.str("cloud.provider")
	return p == "" || p == "aws"
}

// origin returns the type of the graph node. Lambda reports its own nodes.
func (d description) origin() string {
	if !d.onAWS() {
		return ""
	}
	switch d.str("cloud.platform") {
	case "aws_app_runner":
		return "AWS::AppRunner::Service"
	case "aws_eks":
		return "AWS::EKS::Container"
	case "aws_elastic_beanstalk":
		return "AWS::ElasticBeanstalk::Environment"
	case "aws_ecs":
		switch strings.ToLower(d.str("aws.ecs.launchtype")) {
		case "ec2":
			return "AWS::ECS::EC2"
		case "fargate":
			return "AWS::ECS::Fargate"
		}
		return "AWS::ECS::Container"
	case "aws_ec2":
		return "AWS::EC2::Instance"
	}
	return ""
}

// service returns the object "service".
func (d description) service() segment.Raw {
	version := d.str("service.version", "container.image.tag")
	if version == "" {
		if tags := d.strs("container.image.tags"); len(tags) > 0 {
			version = tags[0]
		}
	}
	return object(func(b []byte) []byte { return appendMember(b, "version", version) })
}

func (d description) account() string {
	if !d.onAWS() {
		return ""
	}
	return d.str("cloud.account.id")
}

// aws returns the object "aws" but for the account, nil if there is nothing to say or the process does
// not run on AWS.
func (d description) aws(logGroups []string) segment.Raw {
	if !d.onAWS() {
		return nil
	}
	platform := d.str("cloud.platform")
	return object(func(b []byte) []byte {
		if platform == "aws_ec2" || d.has("host.id") {
			b = appendObject(b, "ec2", d.ec2())
		}
		if platform == "aws_ecs" {
			b = appendObject(b, "ecs", d.ecs())
		}
		if platform == "aws_elastic_beanstalk" && d.str("service.instance.id") != "" {
			b = appendObject(b, "elastic_beanstalk", d.beanstalk())
		}
		if platform == "aws_eks" || d.str("k8s.cluster.name") != "" {
			b = appendObject(b, "eks", d.eks())
		}
		b = d.appendLogs(b, logGroups)
		return appendObject(b, "xray", d.sdk())
	})
}

func (d description) ec2() segment.Raw {
	return object(func(b []byte) []byte {
		b = appendMember(b, "instance_id", d.str("host.id"))
		b = appendMember(b, "availability_zone", d.str("cloud.availability_zone"))
		b = appendMember(b, "instance_size", d.str("host.type"))
		return appendMember(b, "ami_id", d.str("host.image.id"))
	})
}

func (d description) ecs() segment.Raw {
	return object(func(b []byte) []byte {
		b = appendMember(b, "container", d.str("container.name"))
		b = appendMember(b, "container_id", d.str("container.id"))
		b = appendMember(b, "container_arn", d.str("aws.ecs.container.arn"))
		b = appendMember(b, "cluster_arn", d.str("aws.ecs.cluster.arn"))
		b = appendMember(b, "task_arn", d.str("aws.ecs.task.arn"))
		b = appendMember(b, "task_family", d.str("aws.ecs.task.family"))
		b = appendMember(b, "availability_zone", d.str("cloud.availability_zone"))
		return appendMember(b, "launch_type", d.str("aws.ecs.launchtype"))
	})
}

func (d description) beanstalk() segment.Raw {
	return object(func(b []byte) []byte {
		b = appendMember(b, "environment_name", d.str("service.namespace", "deployment.environment.name", "deployment.environment"))
		b = appendMember(b, "version_label", d.str("service.version"))
		if id, err := strconv.ParseInt(d.str("service.instance.id"), 10, 64); err == nil {
			b = strconv.AppendInt(appendName(b, "deployment_id"), id, 10)
		}
		return b
	})
}

func (d description) eks() segment.Raw {
	return object(func(b []byte) []byte {
		b = appendMember(b, "cluster_name", d.str("k8s.cluster.name"))
		b = appendMember(b, "pod", d.str("k8s.pod.name"))
		return appendMember(b, "container_id", d.str("container.id"))
	})
}

// appendLogs appends the log groups: those of the resource, by ARN or by name,
// else the given ones.
func (d description) appendLogs(b []byte, logGroups []string) []byte {
	groups := d.strs("aws.log.group.arns")
	if len(groups) == 0 {
		groups = d.strs("aws.log.group.names")
	}
	if len(groups) == 0 {
		groups = logGroups
	}
	if len(groups) == 0 {
		return b
	}
	b = append(appendName(b, "cloudwatch_logs"), '[')
	for i, g := range groups {
		if i > 0 {
			b = append(b, ',')
		}
		b = append(b, '{')
		if name, ok := logGroupOf(g); ok {
			b = appendMember(b, "log_group", name)
			b = appendMember(b, "arn", g)
		} else {
			b = appendMember(b, "log_group", g)
		}
		b = append(b, '}')
	}
	return append(b, ']')
}

// logGroupOf returns the name in the ARN of a log group.
func logGroupOf(arn string) (string, bool) {
	if !strings.HasPrefix(arn, "arn:") {
		return "", false
	}
	parts := strings.SplitN(arn, ":", 8)
	if len(parts) < 7 {
		return "", false
	}
	return parts[6], true
}

func (d description) sdk() segment.Raw {
	name, language := d.str("telemetry.sdk.name"), d.str("telemetry.sdk.language")
	if name != "" && language != "" && !strings.Contains(name, " for ") {
		name += " for " + language
	}
	return object(func(b []byte) []byte {
		b = appendMember(b, "sdk", name)
		b = appendMember(b, "sdk_version", d.str("telemetry.sdk.version"))
		if d.has("telemetry.auto.version") || d.has("telemetry.distro.version") {
			b = append(appendName(b, "auto_instrumentation"), "true"...)
		}
		return b
	})
}

// object returns the object whose members write appends, nil if there are none.
func object(write func([]byte) []byte) segment.Raw {
	b := write([]byte{'{'})
	if len(b) == 1 {
		return nil
	}
	return append(b, '}')
}

// appendMember appends a string member that is not empty to an object that is
// being written.
func appendMember(b []byte, name, value string) []byte {
	if value == "" {
		return b
	}
	return segment.AppendString(appendName(b, name), value)
}

// appendObject appends an object member that is not empty.
func appendObject(b []byte, name string, value segment.Raw) []byte {
	if value == nil {
		return b
	}
	return append(appendName(b, name), value...)
}
