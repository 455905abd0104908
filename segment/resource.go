package segment

import (
	"maps"
	"strings"
)

// Types of the graph nodes that calls lead to.
const (
	typeRemote = "remote"
	typeSQL    = "Database::SQL"
)

// Resource returns the graph node that a call leads to when no segment answers
// it: for AWS calls with an operation the resource (table, bucket, queue, topic,
// function) and its type, otherwise the service; for SQL "Database::SQL"; for
// other remote calls the host with the type "remote". For an inferred segment it
// is the node of the segment itself, and for anything else both are empty.
// Source: recorded service graphs.
func (s *Segment) Resource() (name, typ string) {
	if name, typ, ok := s.awsResource(); ok {
		return name, typ
	}
	switch {
	case s.Inferred:
		return s.Name, s.Origin
	case !s.IsCall():
		return "", ""
	case s.Namespace == NamespaceAWS:
		return s.Name, "AWS::" + s.Name
	case s.SQL != nil:
		return s.Name, typeSQL
	}
	return s.Name, typeRemote
}

// awsResource returns the resource that an AWS call, or the segment inferred from
// it, is about. Without an operation the call is about the service as a whole.
func (s *Segment) awsResource() (name, typ string, ok bool) {
	a := s.AWS
	call := s.Kind == KindSubsegment && s.Namespace == NamespaceAWS
	if a == nil || a.Operation == "" || !call && !s.Inferred {
		return "", "", false
	}
	switch s.Name {
	case "DynamoDB":
		name, typ = a.TableName, "AWS::DynamoDB::Table"
	case "S3":
		name, typ = a.BucketName, "AWS::S3::Bucket"
	case "SQS":
		name, typ = a.QueueURL, "AWS::SQS::Queue"
	case "SNS":
		name, typ = a.TopicARN, "AWS::SNS"
	case "Lambda":
		name, typ = a.FunctionName, "AWS::Lambda"
	}
	return name, typ, name != ""
}

// services are the names that X-Ray gives to AWS services. SDKs write them in
// many ways: in other letter case, with spaces, with the vendor in front, with a
// version behind.
var services = func() map[string]string {
	m := make(map[string]string)
	for _, name := range []string{
		"APIGateway", "AppSync", "Athena", "Bedrock", "CloudFormation", "CloudWatch", "CloudWatchLogs", "CognitoIdentity",
		"DynamoDB", "DynamoDBStreams", "EC2", "ECR", "ECS", "EKS", "ElastiCache", "Events",
		"Firehose", "Glue", "IAM", "KMS", "Kinesis", "Lambda", "Polly", "RDS", "Redshift",
		"Rekognition", "Route53", "S3", "SES", "SNS", "SQS", "SSM", "STS", "SageMaker",
		"SecretsManager", "StepFunctions", "Textract", "Translate", "XRay",
	} {
		m[strings.ToLower(name)] = name
	}
	maps.Copy(m, map[string]string{
		"cloudwatchevents":            "Events",
		"eventbridge":                 "Events",
		"logs":                        "CloudWatchLogs",
		"kinesisfirehose":             "Firehose",
		"securitytokenservice":        "STS",
		"simpleemailservice":          "SES",
		"simplenotificationservice":   "SNS",
		"simplequeueservice":          "SQS",
		"simplestorageservice":        "S3",
		"simplesystemsmanagement":     "SSM",
		"sfn":                         "StepFunctions",
		"elasticcontainerservice":     "ECS",
		"keymanagementservice":        "KMS",
		"identityandaccessmanagement": "IAM",
	})
	return m
}()

// maxServiceName is longer than every name that serviceName knows.
const maxServiceName = 48

// serviceName returns the canonical name of the AWS service that an SDK calls
// name; unknown names stay as they are.
func serviceName(name string) string {
	if len(name) > maxServiceName {
		return name
	}
	var buf [maxServiceName]byte
	key := buf[:0]
	for i := range len(name) {
		switch c := name[i]; {
		case 'A' <= c && c <= 'Z':
			key = append(key, c|0x20)
		case c != ' ' && c != '-' && c != '_':
			key = append(key, c)
		}
	}
	key = trimPrefix(trimPrefix(key, "amazon"), "aws")
	if n := len(key); n > 2 && string(key[n-2:]) == "v2" {
		key = key[:n-2]
	}
	if known, ok := services[string(key)]; ok {
		return known
	}
	return name
}

func trimPrefix(b []byte, prefix string) []byte {
	if len(b) > len(prefix) && string(b[:len(prefix)]) == prefix {
		return b[len(prefix):]
	}
	return b
}
