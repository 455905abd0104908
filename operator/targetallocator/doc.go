// Package targetallocator is the target allocator: it finds the targets of Prometheus scrape
// configurations, gives each to one of a collector's pods, and tells the pods by HTTP. The
// receiver prometheus of the OpenTelemetry Collector with a block target_allocator is its client.
//
// [Run] is the whole program; [Options] say where its configuration and the cluster are. Inside,
// one goroutine, the keeper, owns what is known: the jobs of the configuration and of the
// Prometheus operator's objects, the targets that discovery finds, and the collectors there are.
// Watchers tell it by channels. From that it makes a view, which never changes, and the HTTP
// handlers read the newest. Before everything has been found once there is no view, and
// collectors are answered 503: they go on with the targets they have, where an empty answer
// would take those away.
//
// Package settings reads the configuration, package monitor translates the Prometheus
// operator's objects, and package allocation decides who scrapes what.
package targetallocator
