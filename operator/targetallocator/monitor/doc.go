// Package monitor turns the objects of the Prometheus operator into Prometheus's scrape
// configurations: ServiceMonitors, PodMonitors, Probes of static targets, and ScrapeConfigs with
// the discoveries that the target allocator has. The job names, the labels and the order of the
// relabelling rules are those that the documentation of that API promises
// (https://prometheus-operator.dev/docs/api-reference/api/).
//
// A [Translator] leaves a job out that it cannot translate whole, and says why: half of one
// would scrape the wrong thing, or without its credentials.
package monitor
