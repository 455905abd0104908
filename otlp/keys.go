package otlp

// key is an attribute that has a meaning of its own here; unknown is any other.
type key uint8

// The keys, by the namespaces of the semantic conventions. Where two conventions
// name one thing there are two keys, the current one first.
const (
	unknown key = iota

	awsLocalService
	awsRemoteService
	awsSpanKind
	awsService
	awsOperation
	awsAccountID
	awsRegion
	awsRequestID
	awsRequestIDCamel
	awsExtendedRequestID
	awsSQSQueueURL
	awsQueueURL
	awsQueueURLDotted
	awsTableName
	awsTableNameDotted
	awsDynamoDBTableNames
	awsS3Bucket
	awsS3Key
	awsSNSTopicARN
	awsLambdaInvokedARN
	awsHTTPErrorMessage
	cloudRegion

	xrayResourceARN // keys of the X-Ray receivers
	xrayAnnotations
	xrayAWS
	xrayCause
	xrayCausePaths
	xrayCauseWorkingDirectory
	xrayEndTime
	xrayError
	xrayFault
	xrayHTTP
	xrayInProgress
	xrayNamespace
	xrayOrigin
	xrayPrecursors
	xrayRetries
	xrayService
	xraySQL
	xraySQLConnectionString
	xraySQLDatabaseVersion
	xraySQLDriverVersion
	xraySQLPreparation
	xraySQLURL
	xrayStartTime
	xrayThrottle
	xrayTraced
	xrayXForwardedFor
	xrayAnnotation // aws.xray.annotation.<key>
	xrayMetadata   // aws.xray.metadata.<namespace>

	clientAddress
	httpClientIP
	dbCollectionName
	dbNamespace
	dbName
	dbOperationName
	dbQueryText
	dbStatement
	dbSystemName
	dbSystem
	dbConnectionString
	dbUser
	enduserID
	userID
	errorType
	faasInvokedName
	faasInvokedProvider
	faasInvokedRegion
	httpRequestMethod
	httpMethod
	httpRequestMethodOriginal
	httpResponseStatusCode
	httpStatusCode
	httpResponseBodySize
	httpResponseContentLength
	httpStatusText
	httpHost
	httpServerName
	httpTarget
	urlFull
	httpURL
	urlScheme
	httpScheme
	urlPath
	urlQuery
	userAgentOriginal
	httpUserAgent
	messageType
	messagingDestinationName
	messagingDestination
	messagingDestinationTemplate
	messagingDestinationTemporary
	messagingDestinationAnonymous
	messagingOperationName
	messagingOperationType
	messagingOperation
	messagingPayloadSize
	messagingSystem
	messagingURL
	netHostName
	netHostPort
	netPeerIP
	netPeerName
	netPeerPort
	networkPeerAddress
	servicePeerName
	peerService
	rpcMethod
	rpcService
	rpcSystemName
	rpcSystem
	rpcGRPCStatusCode
	rpcResponseStatusCode
	serverAddress
	serverPort

	keyCount
)

// Prefixes of attribute keys.
const (
	prefixXRay       = "aws.xray."
	prefixAnnotation = "aws.xray.annotation."
	prefixMetadata   = "aws.xray.metadata."
	prefixResource   = "otel.resource."
)

// names are the names of the keys.
var names = [keyCount]string{
	awsLocalService:       "aws.local.service",
	awsRemoteService:      "aws.remote.service",
	awsSpanKind:           "aws.span.kind",
	awsService:            "aws.service",
	awsOperation:          "aws.operation",
	awsAccountID:          "aws.account_id",
	awsRegion:             "aws.region",
	awsRequestID:          "aws.request_id",
	awsRequestIDCamel:     "aws.requestId",
	awsExtendedRequestID:  "aws.extended_request_id",
	awsSQSQueueURL:        "aws.sqs.queue.url",
	awsQueueURL:           "aws.queue_url",
	awsQueueURLDotted:     "aws.queue.url",
	awsTableName:          "aws.table_name",
	awsTableNameDotted:    "aws.table.name",
	awsDynamoDBTableNames: "aws.dynamodb.table_names",
	awsS3Bucket:           "aws.s3.bucket",
	awsS3Key:              "aws.s3.key",
	awsSNSTopicARN:        "aws.sns.topic.arn",
	awsLambdaInvokedARN:   "aws.lambda.invoked_arn",
	awsHTTPErrorMessage:   "aws.http.error_message",
	cloudRegion:           "cloud.region",

	xrayResourceARN:           "aws.xray.resource_arn",
	xrayAnnotations:           "aws.xray.annotations",
	xrayAWS:                   "aws.xray.aws",
	xrayCause:                 "aws.xray.cause",
	xrayCausePaths:            "aws.xray.cause.paths",
	xrayCauseWorkingDirectory: "aws.xray.cause.working_directory",
	xrayEndTime:               "aws.xray.end_time",
	xrayError:                 "aws.xray.error",
	xrayFault:                 "aws.xray.fault",
	xrayHTTP:                  "aws.xray.http",
	xrayInProgress:            "aws.xray.inprogress",
	xrayNamespace:             "aws.xray.namespace",
	xrayOrigin:                "aws.xray.origin",
	xrayPrecursors:            "aws.xray.precursor_ids",
	xrayRetries:               "aws.xray.retries",
	xrayService:               "aws.xray.service",
	xraySQL:                   "aws.xray.sql",
	xraySQLConnectionString:   "aws.xray.sql.connection_string",
	xraySQLDatabaseVersion:    "aws.xray.sql.database_version",
	xraySQLDriverVersion:      "aws.xray.sql.driver_version",
	xraySQLPreparation:        "aws.xray.sql.preparation",
	xraySQLURL:                "aws.xray.sql.url",
	xrayStartTime:             "aws.xray.start_time",
	xrayThrottle:              "aws.xray.throttle",
	xrayTraced:                "aws.xray.traced",
	xrayXForwardedFor:         "aws.xray.x_forwarded_for",

	clientAddress:                 "client.address",
	httpClientIP:                  "http.client_ip",
	dbCollectionName:              "db.collection.name",
	dbNamespace:                   "db.namespace",
	dbName:                        "db.name",
	dbOperationName:               "db.operation.name",
	dbQueryText:                   "db.query.text",
	dbStatement:                   "db.statement",
	dbSystemName:                  "db.system.name",
	dbSystem:                      "db.system",
	dbConnectionString:            "db.connection_string",
	dbUser:                        "db.user",
	enduserID:                     "enduser.id",
	userID:                        "user.id",
	errorType:                     "error.type",
	faasInvokedName:               "faas.invoked_name",
	faasInvokedProvider:           "faas.invoked_provider",
	faasInvokedRegion:             "faas.invoked_region",
	httpRequestMethod:             "http.request.method",
	httpMethod:                    "http.method",
	httpRequestMethodOriginal:     "http.request.method_original",
	httpResponseStatusCode:        "http.response.status_code",
	httpStatusCode:                "http.status_code",
	httpResponseBodySize:          "http.response.body.size",
	httpResponseContentLength:     "http.response_content_length",
	httpStatusText:                "http.status_text",
	httpHost:                      "http.host",
	httpServerName:                "http.server_name",
	httpTarget:                    "http.target",
	urlFull:                       "url.full",
	httpURL:                       "http.url",
	urlScheme:                     "url.scheme",
	httpScheme:                    "http.scheme",
	urlPath:                       "url.path",
	urlQuery:                      "url.query",
	userAgentOriginal:             "user_agent.original",
	httpUserAgent:                 "http.user_agent",
	messageType:                   "message.type",
	messagingDestinationName:      "messaging.destination.name",
	messagingDestination:          "messaging.destination",
	messagingDestinationTemplate:  "messaging.destination.template",
	messagingDestinationTemporary: "messaging.destination.temporary",
	messagingDestinationAnonymous: "messaging.destination.anonymous",
	messagingOperationName:        "messaging.operation.name",
	messagingOperationType:        "messaging.operation.type",
	messagingOperation:            "messaging.operation",
	messagingPayloadSize:          "messaging.message_payload_size_bytes",
	messagingSystem:               "messaging.system",
	messagingURL:                  "messaging.url",
	netHostName:                   "net.host.name",
	netHostPort:                   "net.host.port",
	netPeerIP:                     "net.peer.ip",
	netPeerName:                   "net.peer.name",
	netPeerPort:                   "net.peer.port",
	networkPeerAddress:            "network.peer.address",
	servicePeerName:               "service.peer.name",
	peerService:                   "peer.service",
	rpcMethod:                     "rpc.method",
	rpcService:                    "rpc.service",
	rpcSystemName:                 "rpc.system.name",
	rpcSystem:                     "rpc.system",
	rpcGRPCStatusCode:             "rpc.grpc.status_code",
	rpcResponseStatusCode:         "rpc.response.status_code",
	serverAddress:                 "server.address",
	serverPort:                    "server.port",
}

// keys finds a key by its name.
var keys = func() map[string]key {
	m := make(map[string]key, keyCount)
	for k, name := range names {
		if name != "" {
			m[name] = key(k)
		}
	}
	return m
}()

// keyNamed returns the key with the given name.
func keyNamed(name string) key {
	if k, ok := keys[name]; ok {
		return k
	}
	if len(name) > len(prefixXRay) && name[:len(prefixXRay)] == prefixXRay {
		switch {
		case len(name) >= len(prefixMetadata) && name[:len(prefixMetadata)] == prefixMetadata:
			return xrayMetadata
		case len(name) >= len(prefixAnnotation) && name[:len(prefixAnnotation)] == prefixAnnotation:
			return xrayAnnotation
		}
	}
	return unknown
}
