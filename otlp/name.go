package otlp

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"go.opentelemetry.io/collector/pdata/ptrace"

	"github.com/radiograph/radiograph/segment"
)

const (
	maxName     = 200 // code points of a name
	unnamed     = "span"
	systemAWS   = "aws-api"
	methodsMark = "/" // between the service and the method in rpc.method
)

// nameAndNamespace sets the name and, of calls, the namespace.
func (e *Encoder) nameAndNamespace() {
	s := e.out
	if s.Kind == segment.KindSegment {
		s.Name = e.clean(e.serviceName())
		return
	}
	if !e.called() && !e.call {
		s.Name = e.clean(e.span.Name())
		if ns := e.attributes.str(xrayNamespace); ns != "" {
			e.attributes.use(xrayNamespace)
			s.Namespace = ns
		}
		return
	}
	s.Namespace = segment.NamespaceRemote
	name := ""
	if e.isAWS() {
		s.Namespace = segment.NamespaceAWS
		name = e.awsName()
	} else {
		name = e.calleeName()
	}
	s.Name = e.clean(name)
}

// serviceName returns the name of a segment: that of the service.
func (e *Encoder) serviceName() string {
	a := &e.attributes
	if e.kind == ptrace.SpanKindServer || a.str(awsSpanKind) == "LOCAL_ROOT" {
		if name := a.take(awsLocalService); name != "" {
			return name
		}
	}
	if e.resource.name != "" {
		return e.resource.name
	}
	if name := a.take(rpcService, httpServerName, httpHost, serverAddress, netHostName); name != "" && e.kind == ptrace.SpanKindServer {
		return name
	}
	return e.span.Name()
}

// isAWS reports whether the call goes to a service of AWS by an AWS SDK.
func (e *Encoder) isAWS() bool {
	a := &e.attributes
	if system, k := a.either(rpcSystemName, rpcSystem); system == systemAWS || system == "aws" {
		a.use(k)
		return true
	}
	if a.str(awsService) != "" || a.str(awsLambdaInvokedARN) != "" || a.str(awsSQSQueueURL) != "" || a.str(awsSNSTopicARN) != "" {
		return true
	}
	if a.str(faasInvokedProvider) == "aws" && a.str(faasInvokedName) != "" {
		return true
	}
	switch a.str(messagingSystem) {
	case "aws_sqs", "aws.sqs", "AmazonSQS", "aws.sns", "AmazonSNS":
		return true
	}
	system, _ := a.either(dbSystemName, dbSystem)
	return system == "aws.dynamodb" || system == "dynamodb" && a.has(awsDynamoDBTableNames)
}

// awsName returns the name of the AWS service that is called.
func (e *Encoder) awsName() string {
	a := &e.attributes
	if name := a.take(awsRemoteService); name != "" {
		return strings.TrimPrefix(strings.TrimPrefix(name, "AWS.SDK."), "AWS::")
	}
	if name := a.take(awsService, rpcService); name != "" {
		return name
	}
	if service, _, ok := strings.Cut(a.str(rpcMethod), methodsMark); ok && service != "" {
		a.use(rpcMethod)
		return service
	}
	if system, k := a.either(messagingSystem); k != unknown {
		switch system {
		case "aws_sqs", "aws.sqs", "AmazonSQS":
			a.use(k)
			return "SQS"
		case "aws.sns", "AmazonSNS":
			a.use(k)
			return "SNS"
		}
	}
	switch {
	case a.str(awsSQSQueueURL) != "":
		return "SQS"
	case a.str(awsSNSTopicARN) != "":
		return "SNS"
	case a.str(awsLambdaInvokedARN) != "" || a.str(faasInvokedName) != "":
		return "Lambda"
	}
	if system, k := a.either(dbSystemName, dbSystem); system == "aws.dynamodb" || system == "dynamodb" {
		a.use(k)
		return "DynamoDB"
	}
	if name := a.take(servicePeerName, peerService); name != "" {
		return name
	}
	return e.span.Name()
}

// calleeName returns the name of what is called, such that it makes a good node:
// the same for all calls to the same thing.
func (e *Encoder) calleeName() string {
	a := &e.attributes
	if name := a.take(awsRemoteService, servicePeerName, peerService); name != "" {
		return name
	}
	if _, k := a.either(dbSystemName, dbSystem, dbConnectionString, dbName, dbNamespace); k != unknown {
		if name := e.databaseName(); name != "" {
			return name
		}
	}
	if system, k := a.either(messagingSystem); k != unknown {
		if name := e.destination(); name != "" {
			return name
		}
		if _, k := a.either(serverAddress, netPeerName); k == unknown {
			a.use(messagingSystem)
			return system
		}
	}
	if name := a.take(rpcService); name != "" {
		return name
	}
	if _, k := a.either(rpcSystemName, rpcSystem); k != unknown {
		if service, _, ok := strings.Cut(a.str(rpcMethod), methodsMark); ok && service != "" {
			a.use(rpcMethod)
			return service
		}
	}
	if name := a.take(faasInvokedName, httpHost, serverAddress, netPeerName); name != "" {
		return name
	}
	if u, k := a.either(urlFull, httpURL); k != unknown {
		if host := hostOf(u); host != "" {
			a.use(k)
			return host
		}
	}
	if name := a.take(networkPeerAddress, netPeerIP); name != "" {
		return name
	}
	return e.span.Name()
}

// databaseName returns the name of a database: database@host as far as known, the
// kind of database if nothing else is.
func (e *Encoder) databaseName() string {
	a := &e.attributes
	system, systemKey := a.either(dbSystemName, dbSystem)
	name, nameKey := a.either(dbNamespace, dbName)
	if system == "redis" || isDigits(name) {
		name = "" // the number of a database says nothing
	}
	host, hostKey := a.either(serverAddress, netPeerName)
	if host == "" {
		if c := a.str(dbConnectionString); c != "" {
			host, hostKey = hostOf(strings.TrimPrefix(c, "jdbc:")), dbConnectionString
		}
	}
	if host == "" {
		host, hostKey = a.either(networkPeerAddress, netPeerIP)
	}
	if name != "" {
		a.use(nameKey)
	}
	if host != "" {
		a.use(hostKey)
	}
	switch {
	case name != "" && host != "":
		b := e.texts.Open(len(name) + 1 + len(host))
		return e.texts.CloseString(append(append(append(b, name...), '@'), host...))
	case name != "":
		return name
	case host != "":
		return host
	}
	if systemKey != unknown {
		a.use(systemKey)
	}
	return system
}

func isDigits(s string) bool {
	for i := range len(s) {
		if s[i]-'0' > 9 {
			return false
		}
	}
	return true
}

// destination returns the name of the topic or queue that a message goes to. A
// destination that is made for the moment is no good node.
func (e *Encoder) destination() string {
	a := &e.attributes
	if name := a.take(messagingDestinationTemplate); name != "" {
		return name
	}
	for _, k := range [...]key{messagingDestinationTemporary, messagingDestinationAnonymous} {
		if passing, _ := a.flag(k); passing {
			return ""
		}
	}
	return a.take(messagingDestinationName, messagingDestination)
}

// clean returns name without the characters that X-Ray does not take, cut to its
// length.
func (e *Encoder) clean(name string) string {
	if isClean(name) {
		return name
	}
	b := e.texts.Open(len(name))
	n := 0
	for _, r := range name {
		if !nameRune(r) {
			continue
		}
		if n == maxName {
			break
		}
		b = utf8.AppendRune(b, r)
		n++
	}
	if len(b) == 0 {
		return unnamed
	}
	return e.texts.CloseString(b)
}

// isClean says so of a good name of ASCII that is short.
func isClean(name string) bool {
	if name == "" || len(name) > maxName {
		return false
	}
	for i := range len(name) {
		if c := name[i]; c >= utf8.RuneSelf || !nameBytes[c] {
			return false
		}
	}
	return true
}

var nameBytes = func() (t [utf8.RuneSelf]bool) {
	for _, c := range "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789 _.:/%&#=+-@" {
		t[c] = true
	}
	return t
}()

// nameRune reports whether a name may have r. Source: the X-Ray segment document
// schema.
func nameRune(r rune) bool {
	if r < utf8.RuneSelf {
		return nameBytes[r]
	}
	return r != utf8.RuneError && (unicode.IsLetter(r) || unicode.IsNumber(r) || unicode.Is(unicode.Z, r))
}
