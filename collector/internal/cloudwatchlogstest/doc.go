// Package cloudwatchlogstest is a small CloudWatch Logs: an HTTP handler that speaks
// the service's JSON 1.1 protocol, keeps groups, streams and events in memory, and
// has the service's limits and errors, so that the AWS SDKs and command line can be
// pointed at it.
//
// Operations: CreateLogGroup, DeleteLogGroup, CreateLogStream, PutRetentionPolicy,
// TagResource, TagLogGroup, ListTagsForResource, PutLogEvents, DescribeLogGroups,
// DescribeLogStreams, GetLogEvents. Requests must carry a SigV4 header; the signature
// is not verified.
//
// Start with [New] and [net/http/httptest.NewServer]. A test can look at what arrived
// with [Server.Events], [Server.Group] and [Server.Requests], and let requests fail
// with [Server.Fail].
package cloudwatchlogstest
