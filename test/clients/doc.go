// Package clients proves that real clients work against the real server unchanged:
// the X-Ray SDKs and the OpenTelemetry SDKs for Go, Node.js, Python and Java, boto3,
// the aws command and the calls of the Grafana data source.
//
// For each X-Ray SDK there is a small web application in apps, built by prepare. All
// of them read the same environment (LISTEN, SERVICE, AWS_XRAY_DAEMON_ADDRESS,
// AWS_ENDPOINT_URL_DYNAMODB and AWS credentials) and answer the same paths:
//
//	/order      annotates the segment (language, items, express), sets metadata
//	            (order: basket) and the user, asks a SQL database and DynamoDB, and
//	            calls /order of the first address in the query's comma-separated
//	            list next, with the rest of the list
//	/fail       fails with an exception "card declined" in a subsegment "charge"
//	/unsampled  does nothing; a sampling rule says that it is never traced
//
// Each has a counterpart in apps/otel that is traced with OpenTelemetry, from the
// command line where the language can: it reads OTEL_SERVICE_NAME and the other
// variables of OpenTelemetry instead, adds an event and a link to /order, and has no
// /unsampled. The Java one knows nothing of tracing and runs with either of two
// agents.
//
// The tests start radiograph, radiograph-collector and the applications on free
// loopback ports, drive them over HTTP, and read everything back through the X-Ray
// API. What goes through the collector has to make the same graph as what goes to
// the server. They carry the build tag e2e; make e2e prepares and runs them.
package clients
