package otlp

import (
	"strings"

	"github.com/radiograph/radiograph/segment"
)

// awsCall sets the object "aws" of a call to AWS: what is asked of which resource.
func (e *Encoder) awsCall() {
	s, a := e.out, &e.attributes
	if s.Namespace != segment.NamespaceAWS && !e.saysAWS() {
		return
	}
	w := e.awses.One()
	s.AWS = w
	b := append(e.texts.Open(256), '{')
	w.Operation = e.operation()
	b = appendMember(b, "operation", w.Operation)
	w.AccountID = a.take(awsAccountID)
	b = appendMember(b, "account_id", w.AccountID)
	w.Region = a.take(awsRegion, cloudRegion, faasInvokedRegion)
	b = appendMember(b, "region", w.Region)
	b = appendMember(b, "request_id", a.take(awsRequestID, awsRequestIDCamel))
	b = appendMember(b, "id_2", a.take(awsExtendedRequestID))
	if n, ok := a.takeInteger(xrayRetries); ok {
		b = appendInteger(appendName(b, "retries"), n)
	}
	b = e.awsResources(b)
	if len(b) == 1 {
		s.AWS = nil
		return
	}
	w.Raw = e.texts.Close(append(b, '}'))
}

// saysAWS reports whether an attribute belongs into "aws" whatever the span is.
func (e *Encoder) saysAWS() bool {
	a := &e.attributes
	return a.has(awsOperation) || a.has(awsRequestID) || a.has(awsRequestIDCamel) || a.has(awsAccountID) || a.has(awsRegion)
}

// operation returns what is asked of AWS.
func (e *Encoder) operation() string {
	a := &e.attributes
	if op := a.take(awsOperation); op != "" {
		return op
	}
	if system, _ := a.either(rpcSystemName, rpcSystem); system == systemAWS || system == "aws" || e.out.Namespace == segment.NamespaceAWS {
		if method := a.take(rpcMethod); method != "" {
			return method[strings.LastIndex(method, methodsMark)+1:]
		}
	}
	if e.out.Namespace != segment.NamespaceAWS {
		return ""
	}
	switch e.out.Name {
	case "SQS":
		switch op, k := a.either(messagingOperationType, messagingOperation, messagingOperationName); op {
		case "publish", "send", "create":
			a.use(k)
			return "SendMessage"
		case "receive":
			a.use(k)
			return "ReceiveMessage"
		case "settle":
			a.use(k)
			return "DeleteMessage"
		}
	case "SNS":
		return "Publish"
	case "Lambda":
		return "Invoke"
	case "DynamoDB":
		return a.take(dbOperationName)
	}
	return ""
}

// awsResources appends what the call is about.
func (e *Encoder) awsResources(b []byte) []byte {
	a := &e.attributes
	b = appendMember(b, "queue_url", a.take(awsSQSQueueURL, messagingURL, awsQueueURL, awsQueueURLDotted))
	b = e.tables(b)
	b = appendMember(b, "bucket_name", a.take(awsS3Bucket))
	b = appendMember(b, "key", a.take(awsS3Key))
	topic := a.take(awsSNSTopicARN)
	if name, k := a.either(messagingDestinationName, messagingDestination); topic == "" && strings.HasPrefix(name, "arn:") && strings.Contains(name, ":sns:") {
		a.use(k)
		topic = name
	}
	b = appendMember(b, "topic_arn", topic)
	function := ""
	if arn := a.take(awsLambdaInvokedARN); arn != "" {
		function = functionOf(arn)
		b = appendMember(b, "function_arn", arn)
	} else if e.out.Namespace == segment.NamespaceAWS {
		function = functionOf(a.take(faasInvokedName))
	}
	return appendMember(b, "function_name", function)
}

// tables appends the tables of DynamoDB.
func (e *Encoder) tables(b []byte) []byte {
	a := &e.attributes
	begin := e.paths.Begin()
	if x := a.get(awsDynamoDBTableNames); x != nil {
		for _, name := range stringsOf(x.value, nil) {
			e.paths.Add(name)
		}
	}
	list := e.paths.End(begin)
	switch {
	case len(list) == 1:
		a.use(awsDynamoDBTableNames)
		return appendMember(b, "table_name", list[0])
	case len(list) > 1:
		a.use(awsDynamoDBTableNames)
		b = append(appendName(b, "table_names"), '[')
		for i, name := range list {
			if i > 0 {
				b = append(b, ',')
			}
			b = segment.AppendString(b, name)
		}
		return append(b, ']')
	}
	if name := a.take(awsTableName, awsTableNameDotted); name != "" {
		return appendMember(b, "table_name", name)
	}
	if e.out.Namespace == segment.NamespaceAWS && e.out.Name == "DynamoDB" {
		return appendMember(b, "table_name", a.take(dbCollectionName))
	}
	return b
}

// functionOf returns the name in the ARN of a Lambda function; any other text is a
// name.
func functionOf(arn string) string {
	if !strings.HasPrefix(arn, "arn:") {
		return arn
	}
	parts := strings.SplitN(arn, ":", 8)
	if len(parts) < 7 {
		return arn
	}
	return parts[6]
}

// addProcess adds what is known of the process to the object "aws" of a segment.
func (e *Encoder) addProcess(account string, raw segment.Raw) {
	s := e.out
	if s.AWS != nil && s.AWS.AccountID != "" {
		account = ""
	}
	switch {
	case raw == nil && account == "":
		return
	case s.AWS == nil && account == "":
		s.AWS = e.awses.One()
		s.AWS.Raw = raw
		return
	}
	b := append(e.texts.Open(256), '{')
	if s.AWS == nil {
		s.AWS = e.awses.One()
	} else {
		b = append(b[:0], s.AWS.Raw[:len(s.AWS.Raw)-1]...)
	}
	b = appendMember(b, "account_id", account)
	if raw != nil {
		if len(b) > 1 {
			b = append(b, ',')
		}
		b = append(b, raw[1:len(raw)-1]...)
	}
	s.AWS.Raw = e.texts.Close(append(b, '}'))
}
