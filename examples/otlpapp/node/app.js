// An application without a word of tracing. It is traced by an annotation on its pods.
//
//   GET /outgoing-http-call  calls TARGET_URL
//   GET /aws-sdk-call        lists the buckets of S3, or of what AWS_ENDPOINT_URL_S3 names
//
// LISTEN_PORT is the port, 4567 when it is not set.
'use strict';

const http = require('node:http');
const { ListBucketsCommand, S3Client } = require('@aws-sdk/client-s3');

const target = process.env.TARGET_URL || 'https://aws.amazon.com/';
const s3 = new S3Client({ maxAttempts: 2, forcePathStyle: true });

// get returns the status of the answer to a GET.
function get(url) {
  const client = url.startsWith('https:') ? require('node:https') : http;
  return new Promise((resolve, reject) => {
    client.get(url, (res) => {
      res.on('end', () => resolve(res.statusCode)).on('error', reject).resume();
    }).on('error', reject);
  });
}

const routes = {
  '/': async () => 'ok',
  '/outgoing-http-call': async () => `${target} answered ${await get(target)}`,
  '/aws-sdk-call': async () => `${((await s3.send(new ListBucketsCommand({}))).Buckets || []).length} buckets`,
};

const server = http.createServer(async (req, res) => {
  const path = req.url.split('?')[0];
  if (req.method !== 'GET' || !Object.hasOwn(routes, path)) {
    res.writeHead(404).end('not found\n');
    return;
  }
  try {
    res.end(`${await routes[path]()}\n`);
  } catch (err) {
    console.error(err);
    res.writeHead(502).end('what this application called failed\n');
  }
});

server.listen(Number(process.env.LISTEN_PORT || 4567));
for (const signal of ['SIGINT', 'SIGTERM']) {
  process.on(signal, () => {
    server.close();
    server.closeIdleConnections();
  });
}
