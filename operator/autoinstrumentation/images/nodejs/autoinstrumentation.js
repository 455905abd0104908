// Starts OpenTelemetry before an application: node --require autoinstrumentation.js.
//
// Everything is set by OpenTelemetry's variables of the environment, as in the other
// languages. What Node.js's SDK does not take from them is done here:
//
//   - OTEL_PROPAGATORS may name xray;
//   - OTEL_TRACES_SAMPLER may be xray, for X-Ray's central sampling rules, with
//     OTEL_TRACES_SAMPLER_ARG=endpoint=http://collector:2000,polling_interval=300;
//   - spans go by gRPC unless OTEL_EXPORTER_OTLP_PROTOCOL says something else, or the
//     endpoint's port is 4318, which is that of HTTP.
//
// Whatever goes wrong in here, the application starts.
'use strict';

const { diag, DiagConsoleLogger, DiagLogLevel } = require('@opentelemetry/api');

// list reads a comma-separated variable.
function list(name) {
  return (process.env[name] || '').split(',').map((s) => s.trim()).filter(Boolean);
}

// map reads a variable of the form key=value,key=value.
function map(name) {
  return Object.fromEntries(list(name).map((pair) => {
    const at = pair.indexOf('=');
    return at < 0 ? [pair, ''] : [pair.slice(0, at).trim(), pair.slice(at + 1).trim()];
  }));
}

// chooseProtocol sets the protocol when nobody has.
function chooseProtocol() {
  const env = process.env;
  if (env.OTEL_EXPORTER_OTLP_PROTOCOL) {
    return;
  }
  const endpoint = env.OTEL_EXPORTER_OTLP_TRACES_ENDPOINT || env.OTEL_EXPORTER_OTLP_ENDPOINT || '';
  env.OTEL_EXPORTER_OTLP_PROTOCOL = /:4318(\/|$)/.test(endpoint) ? 'http/protobuf' : 'grpc';
}

// propagator returns what OTEL_PROPAGATORS names, undefined for the SDK's default, or
// null for none. Names that are not known are added to unknown.
function propagator(unknown) {
  const names = list('OTEL_PROPAGATORS');
  if (names.length === 0) {
    return undefined;
  }
  if (names.includes('none')) {
    return null;
  }
  const { CompositePropagator, W3CBaggagePropagator, W3CTraceContextPropagator } = require('@opentelemetry/core');
  const { B3InjectEncoding, B3Propagator } = require('@opentelemetry/propagator-b3');
  const make = {
    tracecontext: () => new W3CTraceContextPropagator(),
    baggage: () => new W3CBaggagePropagator(),
    b3: () => new B3Propagator(),
    b3multi: () => new B3Propagator({ injectEncoding: B3InjectEncoding.MULTI_HEADER }),
    jaeger: () => new (require('@opentelemetry/propagator-jaeger').JaegerPropagator)(),
    xray: () => new (require('@opentelemetry/propagator-aws-xray').AWSXRayPropagator)(),
  };
  const propagators = [];
  for (const name of new Set(names)) {
    if (Object.hasOwn(make, name)) {
      propagators.push(make[name]());
    } else {
      unknown.push(name);
    }
  }
  return new CompositePropagator({ propagators });
}

// sampler returns the sampler of X-Ray's central rules when it is asked for; every
// other one is the SDK's matter.
function sampler() {
  if (process.env.OTEL_TRACES_SAMPLER !== 'xray') {
    return undefined;
  }
  const { AWSXRayRemoteSampler } = require('@opentelemetry/sampler-aws-xray');
  const { defaultResource, detectResources, envDetector } = require('@opentelemetry/resources');
  const { endpoint, polling_interval: interval } = map('OTEL_TRACES_SAMPLER_ARG');
  // The SDK knows no sampler of this name, and would say so.
  delete process.env.OTEL_TRACES_SAMPLER;
  delete process.env.OTEL_TRACES_SAMPLER_ARG;
  return new AWSXRayRemoteSampler({
    // Rules match the name of the service.
    resource: defaultResource().merge(detectResources({ detectors: [envDetector] })),
    endpoint: (endpoint || 'http://localhost:2000').replace(/\/+$/, ''),
    pollingInterval: Number(interval) || 300,
  });
}

// flushAtExit sends what is left when the process is told to stop or has nothing more
// to do.
function flushAtExit(sdk) {
  const flush = () => sdk.shutdown().catch((err) => diag.error('the last spans were not sent', err));
  process.once('beforeExit', flush);
  process.once('SIGTERM', async () => {
    const alone = process.listenerCount('SIGTERM') === 0;
    await flush();
    if (alone) {
      process.kill(process.pid, 'SIGTERM'); // what happens without a listener
    }
  });
}

function start() {
  chooseProtocol();
  // Detectors of clouds ask addresses that answer only there, and hold the first spans
  // up elsewhere. They can be asked for in this variable.
  process.env.OTEL_NODE_RESOURCE_DETECTORS ||= 'env,host,os,process,container';
  const { NodeSDK } = require('@opentelemetry/sdk-node');
  const { getNodeAutoInstrumentations, getResourceDetectors } = require('@opentelemetry/auto-instrumentations-node');
  const configuration = {
    instrumentations: [getNodeAutoInstrumentations()],
    resourceDetectors: getResourceDetectors(),
  };
  const unknown = [];
  const chosen = { textMapPropagator: propagator(unknown), sampler: sampler() };
  for (const [key, value] of Object.entries(chosen)) {
    if (value !== undefined) {
      configuration[key] = value;
    }
  }
  const sdk = new NodeSDK(configuration); // sets the logger that OTEL_LOG_LEVEL asks for
  if (unknown.length > 0) {
    diag.warn(`propagators that are not known are left out: ${unknown}`);
  }
  sdk.start();
  flushAtExit(sdk);
}

try {
  start();
} catch (err) {
  diag.setLogger(new DiagConsoleLogger(), DiagLogLevel.ERROR);
  diag.error('the application is not traced', err);
}
