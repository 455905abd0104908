// The Node.js application of the conformance tests with OpenTelemetry: Express, a
// PostgreSQL client and a DynamoDB client, all instrumented from the command line.
// The tests describe what each path does.
'use strict';

const http = require('http');
const { once } = require('events');
const express = require('express');
const pg = require('pg');
const { PGlite } = require('@electric-sql/pglite');
const { PGLiteSocketServer } = require('@electric-sql/pglite-socket');
const { DynamoDBClient, GetItemCommand } = require('@aws-sdk/client-dynamodb');
const { SpanStatusCode, TraceFlags, trace } = require('@opentelemetry/api');

const tracer = trace.getTracer('radiograph.test/clients/otel');
const carts = new DynamoDBClient({ maxAttempts: 1 });

// database starts a PostgreSQL inside this process and returns a client of it that
// talks to it over the network, as it would to any other.
async function database() {
  const server = new PGLiteSocketServer({ db: await PGlite.create(), host: '127.0.0.1', port: 0 });
  await server.start();
  const { hostname, port } = new URL(`http://${server.getServerConn()}`);
  return new pg.Pool({ host: hostname, port: Number(port), user: 'postgres', database: 'postgres', max: 1 });
}

// next calls the first of a comma-separated list of applications and hands it the
// rest of the list.
async function next(list) {
  if (!list) {
    return;
  }
  const [first, ...rest] = list.split(',');
  const [res] = await once(http.get(`${first}/order?next=${rest.join(',')}`), 'response');
  res.resume();
  await once(res, 'end');
  if (res.statusCode !== 200) {
    throw new Error(`${first} answered ${res.statusCode}`);
  }
}

async function main() {
  const orders = await database();
  const app = express();

  // order says what it knows of the order, asks the database and DynamoDB, and calls
  // the next application, if the query names one.
  app.get('/order', async (req, res) => {
    const span = trace.getActiveSpan();
    span.setAttributes({
      language: 'node', items: 3, express: true,
      'aws.xray.annotations': ['language', 'items', 'express'],
      'aws.xray.metadata.order': JSON.stringify({ basket: { sku: 'A-1', count: 3 } }),
      'enduser.id': 'user-node',
    });
    span.addEvent('packed', { parcels: 2 });
    span.addLink({
      context: {
        traceId: 'ab000000000000000000000000000001', spanId: 'cd00000000000002', traceFlags: TraceFlags.SAMPLED,
      },
      attributes: { reason: 'reorder' },
    });
    await orders.query('SELECT 1 + 1');
    await carts.send(new GetItemCommand({ TableName: 'carts', Key: { id: { S: '1' } } }));
    await next(req.query.next);
    res.send('ok\n');
  });

  app.get('/fail', () => tracer.startActiveSpan('charge', (span) => {
    try {
      throw new Error('card declined');
    } catch (err) {
      span.recordException(err);
      span.setStatus({ code: SpanStatusCode.ERROR, message: err.message });
      throw err;
    } finally {
      span.end();
    }
  }));

  const { hostname, port } = new URL(`http://${process.env.LISTEN}`);
  app.listen(Number(port), hostname);
}

main();
