// The Node.js application of the client conformance tests: Express with the X-Ray
// SDK for Node.js around its routes, its HTTP client and its DynamoDB client. The
// tests describe what each path does.
'use strict';

const AWSXRay = require('aws-xray-sdk');
const http = require('http');
const express = require('express');
const { DynamoDBClient, GetItemCommand } = require('@aws-sdk/client-dynamodb');

AWSXRay.captureHTTPsGlobal(http);
AWSXRay.middleware.setSamplingRules({ version: 2, default: { fixed_target: 1, rate: 0.05 } });

const carts = AWSXRay.captureAWSv3Client(new DynamoDBClient({ maxAttempts: 1 }));

// next calls the first of a comma-separated list of applications and hands it the
// rest of the list.
function next(list) {
  if (!list) {
    return Promise.resolve();
  }
  const [first, ...rest] = list.split(',');
  return new Promise((resolve, reject) => {
    http.get(`${first}/order?next=${rest.join(',')}`, (res) => {
      res.resume();
      res.on('end', () => {
        if (res.statusCode === 200) {
          resolve();
        } else {
          reject(new Error(`${first} answered ${res.statusCode}`));
        }
      });
    }).on('error', reject);
  });
}

// query records a call of a database the way the SDK's MySQL and PostgreSQL
// patches do.
function query() {
  return AWSXRay.captureAsyncFunc('orders@db.internal', async (subsegment) => {
    if (subsegment) {
      subsegment.namespace = 'remote';
      subsegment.addSqlData({
        url: 'db.internal:5432/orders', user: 'orders', database_type: 'postgres',
        sanitized_query: 'SELECT 1 + 1',
      });
      subsegment.close();
    }
  });
}

const app = express();
app.use(AWSXRay.express.openSegment(process.env.SERVICE));

// order annotates the segment, asks the database and DynamoDB, and calls the next
// application, if the query names one.
app.get('/order', async (req, res) => {
  const segment = AWSXRay.getSegment();
  segment.addAnnotation('language', 'node');
  segment.addAnnotation('items', 3);
  segment.addAnnotation('express', true);
  segment.addMetadata('basket', { sku: 'A-1', count: 3 }, 'order');
  segment.setUser('user-node');
  await query();
  await carts.send(new GetItemCommand({ TableName: 'carts', Key: { id: { S: '1' } } }));
  await next(req.query.next);
  res.send('ok\n');
});

app.get('/fail', () => AWSXRay.captureFunc('charge', () => {
  throw new Error('card declined');
}));

app.get('/unsampled', (req, res) => res.send('ok\n'));

app.use(AWSXRay.express.closeSegment());

const { hostname, port } = new URL(`http://${process.env.LISTEN}`);
app.listen(Number(port), hostname);
