// Package clients proves that real clients work against the real server unchanged:
// the X-Ray SDKs for Go, Node.js, Python and Java, boto3, the aws command and the
// calls of the Grafana data source.
//
// For each SDK there is a small web application in apps, built by prepare. All of
// them read the same environment (LISTEN, SERVICE, AWS_XRAY_DAEMON_ADDRESS,
// AWS_ENDPOINT_URL_DYNAMODB and AWS credentials) and answer the same paths:
//
//	/order      annotates the segment (language, items, express), sets metadata
//	            (order: basket) and the user, asks a SQL database and DynamoDB, and
//	            calls /order of the first address in the query's comma-separated
//	            list next, with the rest of the list
//	/fail       fails with an exception "card declined" in a subsegment "charge"
//	/unsampled  does nothing; a sampling rule says that it is never traced
//
// The tests start radiograph and the applications on free loopback ports, drive
// them over HTTP, and read everything back through the X-Ray API. They carry the
// build tag e2e; make e2e prepares and runs them.
package clients
