package otelconfig_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/util/validation"

	"github.com/radiograph/radiograph/operator/otelconfig"
)

// spell writes ports as "name number/protocol appProtocol".
func spell(ports []otelconfig.Port) []string {
	var out []string
	for _, p := range ports {
		out = append(out, strings.TrimSpace(fmt.Sprintf("%s %d/%s %s", p.Name, p.Port, p.Protocol, p.AppProtocol)))
	}
	return out
}

func TestReceiverPorts(t *testing.T) {
	for _, c := range []struct {
		receiver string // one entry of receivers, in YAML
		want     string // separated by commas
	}{
		{"otlp: {protocols: {grpc: {}, http: {}}}", "otlp-grpc 4317/TCP grpc, otlp-http 4318/TCP http"},
		{"otlp: {protocols: {grpc: }}", "otlp-grpc 4317/TCP grpc"},
		{"otlp: {protocols: {http: {endpoint: '0.0.0.0:14318'}}}", "otlp-http 14318/TCP http"},
		{"otlp: {protocols: {grpc: {endpoint: /run/otlp.sock, transport: unix}}}", ""},
		{"otlp/2: {protocols: {grpc: {endpoint: '[::1]:5317'}}}", "otlp-2-grpc 5317/TCP grpc"},
		{"otlp/secondary: {protocols: {grpc: {endpoint: ':5317'}}}", "port-5317 5317/TCP grpc"},
		{"otlp: {protocols: {grpc: {endpoint: '${env:POD_IP}:4417'}}}", "otlp-grpc 4417/TCP grpc"},
		{"otlp: {protocols: {grpc: {endpoint: '0.0.0.0:${env:PORT:-4517}'}}}", "otlp-grpc 4517/TCP grpc"},
		{"otlp: {protocols: {grpc: {endpoint: '0.0.0.0:${env:PORT}'}}}", "otlp-grpc 4317/TCP grpc"},
		{"otlp: {}", ""},
		{"awsxray: ", "awsxray 2000/UDP, awsxray-proxy 2000/TCP http"},
		{"awsxray: {endpoint: '0.0.0.0:3000', proxy_server: {endpoint: '0.0.0.0:3001'}}", "awsxray 3000/UDP, awsxray-proxy 3001/TCP http"},
		{"awsxray: {endpoint: '0.0.0.0:3000'}", "awsxray 3000/UDP, awsxray-proxy 3000/TCP http"},
		{"jaeger: {protocols: {grpc: , thrift_http: , thrift_compact: , thrift_binary: }}", "jaeger-grpc 14250/TCP grpc, port-14268 14268/TCP http, port-6831 6831/UDP, port-6832 6832/UDP"},
		{"zipkin: {}", "zipkin 9411/TCP http"},
		{"statsd: {}", "statsd 8125/UDP"},
		{"statsd: {endpoint: '0.0.0.0:8126', transport: tcp}", "statsd 8126/TCP"},
		{"prometheus: {config: {}}", ""},
		{"prometheus: {api_server: {enabled: true, server_config: {endpoint: '0.0.0.0:9090'}}}", "prometheus-api 9090/TCP http"},
		{"prometheus: {api_server: {enabled: false, server_config: {endpoint: '0.0.0.0:9090'}}}", ""},
		{"skywalking: {protocols: {grpc: , http: }}", "skywalking-grpc 11800/TCP grpc, skywalking-http 12800/TCP http"},
		{"loki: {protocols: {grpc: , http: }}", "loki-grpc 9095/TCP grpc, loki-http 3100/TCP http"},
		{"carbon: ", "carbon 2003/TCP"},
		{"wavefront: ", "wavefront 2003/TCP"},
		{"collectd: ", "collectd 8081/TCP"},
		{"fluent_forward: ", "fluent-forward 8006/TCP"},
		{"fluentforward: ", "fluentforward 8006/TCP"},
		{"influxdb: ", "influxdb 8086/TCP"},
		{"sapm: ", "sapm 7276/TCP"},
		{"signalfx: ", "signalfx 9943/TCP"},
		{"splunk_hec: ", "splunk-hec 8088/TCP"},
		{"tcp_log: {listen_address: '0.0.0.0:54525'}", "tcp-log 54525/TCP"},
		{"tcplog: {listen_address: '[::]:54525'}", "tcplog 54525/TCP"},
		{"udp_log: {listen_address: '0.0.0.0:54526'}", "udp-log 54526/UDP"},
		{"udplog/a: {listen_address: ':54526'}", "udplog-a 54526/UDP"},
		{"syslog: {tcp: {listen_address: ':601'}, udp: {listen_address: ':514'}}", "syslog-tcp 601/TCP, syslog-udp 514/UDP"},
		{"kafka: {brokers: [a:9092]}", ""},
		{"filelog: {include: [/x]}", ""},
		{"file_log: {include: [/x]}", ""},
		{"hostmetrics: {}", ""},
		{"k8s_cluster: {}", ""},
		{"kubelet_stats: {endpoint: 'https://${env:K8S_NODE_NAME}:10250'}", ""},
		{"kubeletstats: {endpoint: 'https://${env:K8S_NODE_NAME}:10250'}", ""},
		{"awscontainerinsightreceiver: ", ""},
		{"awsecscontainermetrics: ", ""},
		{"redis: {endpoint: 'localhost:6379'}", ""},
		{"postgresql: {endpoint: 'localhost:5432'}", ""},
		{"mysql: {endpoint: 'localhost:3306'}", ""},
		{"docker_stats: {endpoint: 'unix:///var/run/docker.sock'}", ""},
		{"my_own: {endpoint: '0.0.0.0:7777'}", "my-own 7777/TCP"},
		{"my_own: {endpoint: 7777}", "my-own 7777/TCP"},
		{"my_own: {listen_address: '0.0.0.0:7778'}", "my-own 7778/TCP"},
		{"my_own: {endpoint: '0.0.0.0:${env:PORT}'}", ""},
		{"my_own: {endpoint: '0.0.0.0:99999'}", ""},
		{"my_own: {endpoint: 'unix:///x'}", ""},
		{"my_own: {}", ""},
		{"webhookevent/a_very_long_name: {endpoint: '0.0.0.0:8083'}", "port-8083 8083/TCP"},
	} {
		t.Run(c.receiver, func(t *testing.T) {
			id, _, _ := strings.Cut(c.receiver, ":")
			cfg := otelconfig.Defaults(running(t, "receivers: {"+c.receiver+"}", "{pipelines: {traces: {receivers: ["+id+"], exporters: [debug]}}}"), otelconfig.Options{})
			ports, _ := otelconfig.Ports(cfg)
			if got := strings.Join(spell(ports), ", "); got != c.want {
				t.Errorf("got  %s\nwant %s", got, c.want)
			}
		})
	}
}

func TestPortsOfWhatDoesNotRun(t *testing.T) {
	cfg := running(t, "receivers: {zipkin: {}, awsxray: {}}", "{pipelines: {traces: {receivers: [zipkin, missing], exporters: [debug]}, logs: }}")
	ports, _ := otelconfig.Ports(cfg)
	if got := spell(ports); !slices.Equal(got, []string{"zipkin 9411/TCP http"}) {
		t.Error(got)
	}
}

func TestExporterAndExtensionPorts(t *testing.T) {
	cfg := otelconfig.Defaults(running(t, `
receivers: {otlp: {protocols: {grpc: }}}
exporters: {prometheus: {endpoint: '0.0.0.0:9999'}, prometheus/two: , otlp: {endpoint: 'far:4317'}}
extensions: {health_check: , jaeger_query: {}, zpages: , pprof: {endpoint: '0.0.0.0:1777'}, unused: {endpoint: 'x:1'}}`,
		"{extensions: [health_check, jaeger_query, zpages, pprof], pipelines: {metrics: {receivers: [otlp], exporters: [prometheus, prometheus/two, otlp]}}}"), otelconfig.Options{})
	exporters, _ := otelconfig.ExporterPorts(cfg)
	extensions, _ := otelconfig.ExtensionPorts(cfg)
	all, _ := otelconfig.Ports(cfg)
	for _, c := range []struct {
		got  []otelconfig.Port
		want []string
	}{
		{exporters, []string{"prometheus 9999/TCP", "prometheus-two 8889/TCP"}},
		{extensions, []string{"health-check 13133/TCP", "jaeger-query 16686/TCP http"}},
		{all, []string{"otlp-grpc 4317/TCP grpc", "prometheus 9999/TCP", "prometheus-two 8889/TCP"}},
	} {
		if diff := cmp.Diff(c.want, spell(c.got)); diff != "" {
			t.Error(diff)
		}
	}
}

func TestPortWarnings(t *testing.T) {
	for _, c := range []struct{ receivers, id, want string }{
		{"otlp: {protocols: {grpc: {endpoint: '0.0.0.0:${env:PORT}'}}}", "otlp", "the default 4317 is assumed"},
		{"my: {endpoint: '${env:ENDPOINT}'}", "my", "no Service port is made"},
		{"my: {endpoint: 'x:0'}", "my", "1 to 65535"},
		{"my/a_very_long_name: {endpoint: 'x:1'}", "my/a_very_long_name", `is named port-1: "my-a-very-long-name" is no valid name`},
	} {
		_, warnings := otelconfig.Ports(running(t, "receivers: {"+c.receivers+"}", "{pipelines: {traces: {receivers: ["+c.id+"], exporters: [debug]}}}"))
		if len(warnings) != 1 || !strings.Contains(warnings[0].String(), c.want) {
			t.Errorf("%s: %v", c.receivers, warnings)
		}
	}
}

func TestPortNamesAreUniqueAndValid(t *testing.T) {
	var receivers, ids []string
	for _, id := range []string{"awsxray/a-very-long-name", "zipkin/A_b", "zipkin/a-b", "zipkin/9", "my/--", "my/é"} {
		receivers = append(receivers, fmt.Sprintf("'%s': {endpoint: '0.0.0.0:%d'}", id, 2000+len(ids)))
		ids = append(ids, "'"+id+"'")
	}
	cfg := running(t, "receivers: {"+strings.Join(receivers, ", ")+"}", "{pipelines: {traces: {receivers: ["+strings.Join(ids, ", ")+"], exporters: [debug]}}}")
	ports, _ := otelconfig.Ports(otelconfig.Defaults(cfg, otelconfig.Options{}))
	if len(ports) != 7 {
		t.Errorf("%d ports: %v", len(ports), spell(ports))
	}
	seen := map[string]bool{}
	for _, p := range ports {
		if errs := validation.IsValidPortName(p.Name); len(errs) > 0 || seen[p.Name] {
			t.Errorf("port %s: %v, twice %t", p.Name, errs, seen[p.Name])
		}
		seen[p.Name] = true
	}
}

func TestMerge(t *testing.T) {
	xray := running(t, "receivers: {awsxray: }", "{pipelines: {traces: {receivers: [awsxray], exporters: [debug]}}}")
	ports, _ := otelconfig.Ports(xray)
	for _, c := range []struct {
		name string
		user []corev1.ServicePort
		want []string
	}{
		{"none", nil, []string{"awsxray 2000/UDP", "awsxray-proxy 2000/TCP"}},
		{"the seed's port takes the place of the inferred one", []corev1.ServicePort{{Name: "xray", Port: 2000, Protocol: "UDP"}}, []string{"xray 2000/UDP", "awsxray-proxy 2000/TCP"}},
		{"no protocol is TCP", []corev1.ServicePort{{Name: "xray", Port: 2000}}, []string{"xray 2000/TCP", "awsxray 2000/UDP"}},
		{"a taken name", []corev1.ServicePort{{Name: "awsxray", Port: 2001, Protocol: "UDP"}}, []string{"awsxray 2001/UDP", "awsxray-proxy 2000/TCP", "port-2000 2000/UDP"}},
		{
			"two taken names",
			[]corev1.ServicePort{{Name: "awsxray", Port: 1}, {Name: "awsxray-proxy", Port: 3}, {Name: "port-2000", Port: 2}},
			[]string{"awsxray 1/TCP", "awsxray-proxy 3/TCP", "port-2000 2/TCP", "port-2000-tcp 2000/TCP", "port-2000-udp 2000/UDP"},
		},
		{
			"every name taken",
			[]corev1.ServicePort{{Name: "awsxray", Port: 1}, {Name: "port-2000", Port: 2}, {Name: "port-2000-udp", Port: 3}},
			[]string{"awsxray 1/TCP", "port-2000 2/TCP", "port-2000-udp 3/TCP", "awsxray-proxy 2000/TCP", "p2000-2 2000/UDP"},
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			var got []string
			for _, p := range otelconfig.Merge(c.user, ports) {
				got = append(got, fmt.Sprintf("%s %d/%s", p.Name, p.Port, p.Protocol))
			}
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestDefaults(t *testing.T) {
	const text = `
receivers:
  awsxray:
  otlp: {protocols: {grpc: , http: {endpoint: ':14318'}}}
  zipkin: {endpoint: 9411}
  statsd: {endpoint: 'localhost:8125'}
  carbon:
exporters: {debug: }
extensions: {health_check: , zpages: }
service:
  extensions: [health_check, zpages]
  pipelines: {traces: {receivers: [awsxray, otlp, zipkin, statsd], exporters: [debug]}}
`
	for _, host := range []string{"0.0.0.0", "[::]"} {
		cfg := parse(t, text)
		got, err := otelconfig.Render(otelconfig.Defaults(cfg, otelconfig.Options{IPv6Only: host == "[::]"}))
		if err != nil {
			t.Fatal(err)
		}
		want, err := otelconfig.Render(parse(t, strings.ReplaceAll(strings.ReplaceAll(`
receivers:
  awsxray: {endpoint: 'HOST:2000', proxy_server: {endpoint: 'HOST:2000'}}
  otlp: {protocols: {grpc: {endpoint: 'HOST:4317'}, http: {endpoint: 'HOST:14318'}}}
  zipkin: {endpoint: 'HOST:9411'}
  statsd: {endpoint: 'localhost:8125'}
  carbon: {}
exporters: {debug: {}}
extensions: {health_check: {endpoint: 'HOST:13133', path: /}, zpages: {}}
service:
  extensions: [health_check, zpages]
  pipelines: {traces: {receivers: [awsxray, otlp, zipkin, statsd], exporters: [debug]}}
  telemetry: {metrics: {readers: [{pull: {exporter: {prometheus: {host: 'BARE', port: 8888,
    without_scope_info: true, without_type_suffix: true, without_units: true}}}}]}}
`, "HOST", host), "BARE", strings.Trim(host, "[]"))))
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(string(want), string(got)); diff != "" {
			t.Errorf("%s: %s", host, diff)
		}
	}
}

func TestTelemetry(t *testing.T) {
	for _, c := range []struct {
		telemetry string
		port      int32
		served    bool
		readers   bool // Defaults adds one
	}{
		{"{}", 8888, true, true},
		{"{metrics: }", 8888, true, true},
		{"{metrics: {level: detailed}}", 8888, true, true},
		{"{metrics: {level: none}}", 8888, false, false},
		{"{metrics: {address: '0.0.0.0:9000'}}", 9000, true, false},
		{"{metrics: {address: '${env:ADDRESS}'}}", 8888, true, false},
		{"{metrics: {readers: []}}", 8888, false, false},
		{"{metrics: {readers: [{periodic: {}}, {pull: {exporter: {prometheus: {host: x, port: 9001}}}}]}}", 9001, true, false},
		{"{metrics: {readers: [{pull: {exporter: {prometheus: {port: '${env:P}'}}}}]}}", 8888, true, false},
		{"{metrics: text}", 8888, true, false},
	} {
		cfg := running(t, "", "{telemetry: "+c.telemetry+", pipelines: {}}")
		if port, served := otelconfig.MetricsPort(cfg); port != c.port || served != c.served {
			t.Errorf("%s: port %d, served %t", c.telemetry, port, served)
		}
		before, _ := otelconfig.Hash(cfg)
		after, _ := otelconfig.Hash(otelconfig.Defaults(cfg, otelconfig.Options{}))
		if c.readers == (before == after) {
			t.Errorf("%s: Defaults changed it: %t", c.telemetry, before != after)
		}
	}
}

func TestHealthProbe(t *testing.T) {
	for _, c := range []struct {
		extension string
		want      *otelconfig.Probe
	}{
		{"health_check: ", &otelconfig.Probe{Path: "/", Port: 13133, Scheme: "HTTP"}},
		{"health_check/x: {endpoint: '0.0.0.0:1313', path: /health}", &otelconfig.Probe{Path: "/health", Port: 1313, Scheme: "HTTP"}},
		{"health_check: {tls: {cert_file: x}}", &otelconfig.Probe{Path: "/", Port: 13133, Scheme: "HTTPS"}},
		{"zpages: ", nil},
	} {
		id, _, _ := strings.Cut(c.extension, ":")
		got := otelconfig.HealthProbe(running(t, "extensions: {"+c.extension+"}", "{extensions: ["+id+"], pipelines: {}}"))
		if diff := cmp.Diff(c.want, got); diff != "" {
			t.Errorf("%s: %s", c.extension, diff)
		}
	}
}

func TestEnv(t *testing.T) {
	for receiver, want := range map[string]int{"kubeletstats": 1, "kubelet_stats": 1, "zipkin": 0} {
		if got := otelconfig.Env(running(t, "receivers: {"+receiver+": }", "{pipelines: {metrics: {receivers: ["+receiver+"], exporters: [debug]}}}")); len(got) != want {
			t.Errorf("%s: %v", receiver, got)
		}
	}
}
