// Package awsemfexporter is the awsemf exporter of an OpenTelemetry Collector: it
// turns metrics into log events in CloudWatch's embedded metric format and sends them
// to CloudWatch Logs, which makes metrics of them again.
//
// The format is specified in
// https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html
//
// What happens to a data point:
//
//   - deltas: cumulative values become changes since the last point of their series.
//     This is the only step with a memory, and it is before the queue, so that a
//     batch may be sent again, or come back from a persistent queue, unchanged.
//   - translator: points with the same namespace, time, log group, log stream, kind
//     and labels become a group; a group becomes an event, or several when it has
//     more than the format allows.
//   - package internal/cloudwatchlogs: events are sent. Points whose events may be
//     sent again go back to the collector's retry; the others are not sent twice.
//
// A point that cannot be exported is counted with its reason and never stops the
// others. Configuration and behaviour are described in README.md.
package awsemfexporter
