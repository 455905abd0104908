package otelconfig

import (
	"strings"

	corev1 "k8s.io/api/core/v1"
)

// listener is one socket that a component opens, and where its endpoint stands in the
// component's settings.
type listener struct {
	protocol string          // its suffix in the port's name; "" for the only socket of a component
	path     []string        // below the component's settings, where the endpoint's object is
	optional bool            // opened only when the path is there
	when     []string        // opened only when the boolean at this path is true
	key      string          // of the endpoint; "" means "endpoint"
	port     int32           // the default; 0 when there is none
	network  corev1.Protocol // "" means TCP, or what the setting "transport" says
	app      string          // the appProtocol of the Service's port
	likeMain bool            // without an endpoint of its own it takes that of the first listener
}

func (l listener) endpointKey() string {
	if l.key == "" {
		return "endpoint"
	}
	return l.key
}

// object is the settings that the endpoint stands in, nil when they are not there.
func (l listener) object(settings map[string]any) map[string]any {
	v, _ := lookup(settings, l.path...)
	object, _ := v.(map[string]any)
	return object
}

// open reports whether the component with these settings opens the socket.
func (l listener) open(settings map[string]any) bool {
	if len(l.when) > 0 && !flag(settings, false, l.when...) {
		return false
	}
	if l.optional {
		_, ok := lookup(settings, l.path...)
		return ok
	}
	return true
}

// transport is the network the socket is of; "unix" has no port.
func (l listener) transport(settings map[string]any) corev1.Protocol {
	said := text(l.object(settings), "transport")
	switch {
	case strings.HasPrefix(said, "unix"):
		return "unix"
	case l.network != "" && said == "":
		return l.network
	case strings.HasPrefix(said, "udp"):
		return corev1.ProtocolUDP
	case strings.HasPrefix(said, "tcp"):
		return corev1.ProtocolTCP
	case l.network != "":
		return l.network
	}
	return corev1.ProtocolTCP
}

const (
	udp  = corev1.ProtocolUDP
	http = "http"
	grpc = "grpc"
)

// protocols are listeners of a receiver whose settings list them under "protocols"; only
// those that are listed run.
func protocols(listeners ...listener) []listener {
	for i := range listeners {
		listeners[i].path = []string{"protocols", listeners[i].protocol}
		listeners[i].optional = true
	}
	return listeners
}

// receiverListeners has the receivers that listen, by kind. Source of the ports: the default
// configurations of the receivers in opentelemetry-collector and -contrib.
var receiverListeners = map[string][]listener{
	"otlp": protocols(
		listener{protocol: grpc, port: 4317, app: grpc},
		listener{protocol: http, port: 4318, app: http}),
	// The X-Ray daemon listens on UDP for segments and on TCP for sampling, both at 2000.
	"awsxray": {
		{port: 2000, network: udp},
		{protocol: "proxy", path: []string{"proxy_server"}, port: 2000, app: http, likeMain: true},
	},
	"jaeger": protocols(
		listener{protocol: grpc, port: 14250, app: grpc},
		listener{protocol: "thrift_http", port: 14268, app: http},
		listener{protocol: "thrift_compact", port: 6831, network: udp},
		listener{protocol: "thrift_binary", port: 6832, network: udp}),
	"skywalking": protocols(
		listener{protocol: grpc, port: 11800, app: grpc},
		listener{protocol: http, port: 12800, app: http}),
	"loki": protocols(
		listener{protocol: grpc, port: 9095, app: grpc},
		listener{protocol: http, port: 3100, app: http}),
	"syslog": {
		{protocol: "tcp", path: []string{"tcp"}, optional: true, key: "listen_address"},
		{protocol: "udp", path: []string{"udp"}, optional: true, key: "listen_address", network: udp},
	},
	"prometheus": {{
		protocol: "api", path: []string{"api_server", "server_config"}, optional: true,
		when: []string{"api_server", "enabled"}, app: http,
	}},
	"zipkin":        {{port: 9411, app: http}},
	"statsd":        {{port: 8125, network: udp}},
	"carbon":        {{port: 2003}},
	"wavefront":     {{port: 2003}},
	"collectd":      {{port: 8081}},
	"fluentforward": {{port: 8006}},
	"influxdb":      {{port: 8086}},
	"sapm":          {{port: 7276}},
	"signalfx":      {{port: 9943}},
	"splunkhec":     {{port: 8088}},
	"tcplog":        {{key: "listen_address"}},
	"udplog":        {{key: "listen_address", network: udp}},
}

// silentReceivers have an endpoint that they call, or none: they open no port.
var silentReceivers = kinds(`activedirectoryds aerospike apache apachespark awscloudwatch
	awscontainerinsight awscontainerinsightreceiver awsecscontainermetrics awss3 azureblob azureeventhub
	azuremonitor bigip chrony couchdb datadogmetrics dockerstats elasticsearch envoyals expvar filelog
	filestats flinkmetrics github gitlab googlecloudmonitoring googlecloudpubsub googlecloudspanner
	haproxy hostmetrics httpcheck iis jmx journald k8scluster k8sevents k8slogs k8sobjects k8sobserver
	kafka kafkametrics kubeletstats memcached mongodb mongodbatlas mysql namedpipe nginx nop nsxt ntp
	oracledb osquery otlpjsonfile podmanstats podman postgresql prometheussimple pulsar purefa purefb
	rabbitmq receivercreator redis riak saphana simpleprometheus snmp snowflake solace splunkenterprise
	sqlquery sqlserver sshcheck systemd tcpcheck tlscheck vcenter windowseventlog windowsperfcounters
	windowsservice yanggrpc zookeeper`)

// exporterListeners has the exporters that listen. The prometheus exporter itself has no
// default; 8889 is the port of its documentation, because 8888 is the collector's own.
var exporterListeners = map[string][]listener{
	"prometheus": {{port: 8889}},
}

// extensionListeners has the extensions that are meant to be reached from outside of the pod.
// zpages and pprof are not among them: they listen on localhost, and show too much.
var extensionListeners = map[string][]listener{
	"healthcheck":   {{port: 13133}},
	"healthcheckv2": {{port: 13133}},
	"jaegerquery":   {{path: []string{"http"}, port: 16686, app: http}},
}

// listenersOf lists the sockets a component may open. A receiver that is in no table is
// asked for an endpoint, and it is fine if it has none.
func listenersOf(c component) []listener {
	switch c.section {
	case exporters:
		return exporterListeners[c.kind()]
	case extensions:
		return extensionListeners[c.kind()]
	case receivers:
		if known, ok := receiverListeners[c.kind()]; ok {
			return known
		}
		if silentReceivers[c.kind()] {
			return nil
		}
		if text(c.settings, "endpoint") == "" && text(c.settings, "listen_address") != "" {
			return []listener{{key: "listen_address"}}
		}
		return []listener{{}}
	}
	return nil
}

func kinds(words string) map[string]bool {
	out := map[string]bool{}
	for kind := range strings.FieldsSeq(words) {
		out[kind] = true
	}
	return out
}
