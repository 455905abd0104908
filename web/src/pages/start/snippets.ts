import type { Me } from '../../api/console';
import { shell } from '../../app/share';

export type Place = 'local' | 'docker' | 'kubernetes' | 'ec2';
export type Language = 'go' | 'java' | 'nodejs' | 'python' | 'dotnet' | 'ruby';
export type Sdk = 'otel' | 'xray';

export const PLACES = ['local', 'docker', 'kubernetes', 'ec2'] as const;
export const LANGUAGES = ['go', 'java', 'nodejs', 'python', 'dotnet', 'ruby'] as const;
export const SDKS = ['otel', 'xray'] as const;

/** A piece of text to copy: what it is for is told by its id. */
export interface Snippet {
  id: 'settings' | 'install' | 'code' | 'collector' | 'cli' | 'grafana';
  text: string;
}

/** The addresses at which an application reaches the server. */
export interface Addresses {
  endpoint: string;
  /** For AWS_XRAY_DAEMON_ADDRESS; empty when the daemon's protocol is off. */
  daemon: string;
  /** Base address for OTLP over HTTP: its own port, or the API's, which takes it too. */
  otlp: string;
  region: string;
  /** True when the host is a stand-in that the reader has to replace. */
  standIn: boolean;
}

const LOOPBACK = /^(localhost|127(\.\d+){3}|\[?::1\]?|0\.0\.0\.0|\[?::\]?)$/;

/**
 * The addresses from where the application runs. A loopback address means something else in a
 * container: there it is the host's name, and elsewhere the name that a reader's browser uses,
 * or a stand-in.
 */
export function addressesFor(
  me: Pick<Me, 'endpoint' | 'daemon' | 'otlp' | 'region'>,
  place: Place,
  page: URL,
): Addresses {
  const here = LOOPBACK.test(page.hostname) ? undefined : page.hostname;
  const other = place === 'docker' ? 'host.docker.internal' : 'radiograph';
  const host = place === 'local' ? here : (here ?? other);
  const moved = (address: string) => (host === undefined ? address : replaceHost(address, host));
  const otlp = me.otlp.http || me.endpoint;
  return {
    endpoint: moved(me.endpoint),
    daemon: moved(me.daemon),
    otlp: moved(/^https?:/.test(otlp) ? otlp : `http://${otlp}`).replace(/\/v1\/traces$/, ''),
    region: me.region,
    standIn: here === undefined && (place === 'kubernetes' || place === 'ec2'),
  };
}

/**
 * Puts another host into host:port, a URL, or the daemon's "tcp:host:port udp:host:port", where
 * the host is a loopback or unspecified address.
 */
export function replaceHost(address: string, host: string): string {
  if (address.includes(' '))
    return address
      .split(' ')
      .map(a => replaceHost(a, host))
      .join(' ');
  const m = /^(https?:\/\/|tcp:|udp:)?(\[[^\]]*\]|[^:/]*)((?::\d+)?.*)$/.exec(address);
  if (!m || address === '') return address;
  const [, scheme = '', old = '', rest = ''] = m;
  return old === '' || LOOPBACK.test(old) ? `${scheme}${host}${rest}` : address;
}

const OTEL_INSTALL: Record<Language, string> = {
  go: 'go get go.opentelemetry.io/otel/sdk \\\n  go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracehttp \\\n  go.opentelemetry.io/contrib/instrumentation/net/http/otelhttp',
  java: 'curl -LO https://github.com/open-telemetry/opentelemetry-java-instrumentation/releases/latest/download/opentelemetry-javaagent.jar\njava -javaagent:opentelemetry-javaagent.jar -jar app.jar',
  nodejs:
    'npm install @opentelemetry/api @opentelemetry/auto-instrumentations-node\nnode --require @opentelemetry/auto-instrumentations-node/register app.js',
  python:
    'pip install opentelemetry-distro opentelemetry-exporter-otlp\nopentelemetry-bootstrap -a install\nopentelemetry-instrument python app.py',
  dotnet:
    'dotnet add package OpenTelemetry.Extensions.Hosting\ndotnet add package OpenTelemetry.Instrumentation.AspNetCore\ndotnet add package OpenTelemetry.Exporter.OpenTelemetryProtocol',
  ruby: 'bundle add opentelemetry-sdk opentelemetry-exporter-otlp opentelemetry-instrumentation-all',
};

const OTEL_CODE: Partial<Record<Language, string>> = {
  go: `exporter, err := otlptracehttp.New(ctx) // reads OTEL_EXPORTER_OTLP_ENDPOINT
if err != nil {
	return err
}
provider := trace.NewTracerProvider(trace.WithBatcher(exporter))
defer provider.Shutdown(ctx)
otel.SetTracerProvider(provider)

http.ListenAndServe(":8080", otelhttp.NewHandler(mux, "orders"))`,
  dotnet: `builder.Services.AddOpenTelemetry().WithTracing(tracing => tracing
    .AddAspNetCoreInstrumentation()
    .AddOtlpExporter()); // reads OTEL_EXPORTER_OTLP_ENDPOINT`,
  ruby: `require 'opentelemetry/sdk'
require 'opentelemetry/exporter/otlp'
require 'opentelemetry/instrumentation/all'

OpenTelemetry::SDK.configure { |c| c.use_all }`,
};

const XRAY_INSTALL: Record<Language, string> = {
  go: 'go get github.com/aws/aws-xray-sdk-go/v2',
  java: 'implementation("com.amazonaws:aws-xray-recorder-sdk-core:2.+")',
  nodejs: 'npm install aws-xray-sdk',
  python: 'pip install aws-xray-sdk',
  dotnet: 'dotnet add package AWSXRayRecorder.Handlers.AspNetCore',
  ruby: 'bundle add aws-xray-sdk',
};

const XRAY_CODE: Record<Language, string> = {
  go: `http.ListenAndServe(":8080", xray.Handler(xray.NewFixedSegmentNamer("orders"), mux))`,
  java: `@Bean
public Filter tracing() {
  return new AWSXRayServletFilter("orders"); // jakarta.servlet.Filter
}`,
  nodejs: `const AWSXRay = require('aws-xray-sdk');
app.use(AWSXRay.express.openSegment('orders'));
// your routes
app.use(AWSXRay.express.closeSegment());`,
  python: `from aws_xray_sdk.core import xray_recorder, patch_all
from aws_xray_sdk.ext.flask.middleware import XRayMiddleware

xray_recorder.configure(service='orders')
patch_all()
XRayMiddleware(app, xray_recorder)`,
  dotnet: 'app.UseXRay("orders");',
  ruby: `# Rails: config/initializers/aws_xray.rb
Rails.application.config.xray = { name: 'orders', patch: %I[net_http aws_sdk] }`,
};

/** Everything to copy for a choice, in the order in which it is done. */
export function snippets(choice: { place: Place; language: Language; sdk: Sdk }, at: Addresses): Snippet[] {
  const { place, language, sdk } = choice;
  const settings =
    sdk === 'xray'
      ? { AWS_XRAY_DAEMON_ADDRESS: at.daemon }
      : {
          OTEL_SERVICE_NAME: 'orders',
          OTEL_EXPORTER_OTLP_ENDPOINT: at.otlp,
          OTEL_EXPORTER_OTLP_PROTOCOL: 'http/protobuf',
          OTEL_PROPAGATORS: 'xray,tracecontext,baggage',
          OTEL_METRICS_EXPORTER: 'none',
          OTEL_LOGS_EXPORTER: 'none',
        };
  const code = sdk === 'xray' ? XRAY_CODE[language] : OTEL_CODE[language];
  return [
    { id: 'settings', text: environment(settings, place) },
    { id: 'install', text: (sdk === 'xray' ? XRAY_INSTALL : OTEL_INSTALL)[language] },
    ...(code ? [{ id: 'code' as const, text: code }] : []),
    { id: 'collector', text: collector(at) },
    { id: 'cli', text: cli(at) },
    { id: 'grafana', text: grafana(at) },
  ];
}

/** Environment variables in the way of the place. */
function environment(settings: Record<string, string>, place: Place): string {
  const all = Object.entries(settings);
  if (place === 'docker')
    return `docker run --add-host host.docker.internal:host-gateway \\\n${all.map(([k, v]) => `  -e ${shell(`${k}=${v}`)} \\`).join('\n')}\n  your-image`;
  if (place === 'kubernetes')
    return `env:\n${all.map(([k, v]) => `  - name: ${k}\n    value: ${JSON.stringify(v)}`).join('\n')}`;
  return all.map(([k, v]) => `export ${k}=${shell(v)}`).join('\n');
}

function collector(at: Addresses): string {
  return `receivers:
  otlp:
    protocols:
      grpc:
      http:
exporters:
  otlphttp:
    endpoint: ${at.otlp}
service:
  pipelines:
    traces:
      receivers: [otlp]
      exporters: [otlphttp]`;
}

function cli(at: Addresses): string {
  return `export AWS_ENDPOINT_URL_XRAY=${at.endpoint} AWS_REGION=${at.region}
export AWS_ACCESS_KEY_ID=any AWS_SECRET_ACCESS_KEY=any
aws xray get-trace-summaries --start-time $(($(date +%s)-900)) --end-time $(date +%s)`;
}

function grafana(at: Addresses): string {
  return `apiVersion: 1
datasources:
  - name: radiograph
    type: grafana-x-ray-datasource
    jsonData:
      authType: keys
      defaultRegion: ${at.region}
      endpoint: ${at.endpoint}
    secureJsonData:
      accessKey: any
      secretKey: any`;
}

const hex = (bytes: Uint8Array) => [...bytes].map(b => b.toString(16).padStart(2, '0')).join('');

/** A trace of a made-up service, that ended just now: its id and its document. */
export function testTrace(now: number, random: (n: number) => Uint8Array): { id: string; document: string } {
  const end = now / 1000;
  const id = `1-${Math.floor(end).toString(16).padStart(8, '0')}-${hex(random(12))}`;
  const at = (before: number) => Math.round((end - before) * 1e6) / 1e6;
  const document = {
    name: 'radiograph-test',
    id: hex(random(8)),
    trace_id: id,
    start_time: at(0.42),
    end_time: at(0),
    http: { request: { method: 'GET', url: 'https://test.example.com/hello' }, response: { status: 200 } },
    annotations: { test: true },
    subsegments: [
      { name: 'hello', id: hex(random(8)), start_time: at(0.4), end_time: at(0.05), annotations: { step: 'greet' } },
    ],
  };
  return { id, document: JSON.stringify(document) };
}
