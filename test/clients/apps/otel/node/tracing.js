// Starts OpenTelemetry before the application: node --require tracing.js app.js. It
// is what @opentelemetry/auto-instrumentations-node/register does, with the one thing
// that Node.js's SDK does not take from the environment: the propagator of X-Ray.
'use strict';

const { CompositePropagator, W3CTraceContextPropagator } = require('@opentelemetry/core');
const { getNodeAutoInstrumentations } = require('@opentelemetry/auto-instrumentations-node');
const { AWSXRayPropagator } = require('@opentelemetry/propagator-aws-xray');
const { NodeSDK } = require('@opentelemetry/sdk-node');

new NodeSDK({
  instrumentations: [getNodeAutoInstrumentations()],
  textMapPropagator: new CompositePropagator({
    propagators: [new W3CTraceContextPropagator(), new AWSXRayPropagator()],
  }),
}).start();
