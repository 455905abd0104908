// Package cloudwatchlogs delivers events to CloudWatch Logs: it cuts what a caller
// has into batches that PutLogEvents takes, creates groups and streams that are not
// there yet, and tells apart what may be sent again from what never will be taken.
//
// Start with [New] and [Pusher.Push]. The limits are those of the API reference of
// PutLogEvents: https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutLogEvents.html
//
// The package does not retry beyond what the SDK's client does, and keeps nothing:
// the caller owns what an [Outcome] gives back.
package cloudwatchlogs
