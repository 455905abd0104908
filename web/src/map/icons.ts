/** Our own drawings of kinds of nodes, on a grid of 16 with strokes of 1.5. */
const drawings = {
  client: 'M5 6a3 3 0 1 0 6 0 3 3 0 1 0-6 0M2.500 14c.5-3 2.700-4 5.500-4s5 1 5.500 4',
  service: 'M8 1.800 13.500 5v6L8 14.200 2.500 11V5zM2.700 5 8 8l5.300-3M8 8v6',
  container: 'M2 4.500h12v7H2zM5 4.500v7M8 4.500v7M11 4.500v7',
  function: 'M3 3h2.500L11 13h2M7 6.500 3 13',
  database:
    'M3 4c0-1.100 2.200-2 5-2s5 .9 5 2-2.200 2-5 2-5-.9-5-2zM3 4v8c0 1.100 2.200 2 5 2s5-.9 5-2V4M3 8c0 1.100 2.200 2 5 2s5-.9 5-2',
  queue: 'M2 5h12v6H2zM5 5v6M8 5v6M11 8h.01',
  topic: 'M3 6.500v3h2.500L10 13V3L5.500 6.500zM12.500 6c1 1 1 3 0 4',
  bucket: 'M2.500 4h11L12 14H4zM2.500 4c0-1 2.500-1.500 5.500-1.500s5.500.5 5.500 1.500',
  gateway: 'M2.500 8h3M10.500 8h3M5.500 3v10M10.500 3v10M5.500 5.500h5M5.500 10.500h5',
  remote: 'M8 14A6 6 0 1 1 8 2a6 6 0 0 1 0 12zM2 8h12M8 2c-4 4-4 8 0 12M8 2c4 4 4 8 0 12',
  server: 'M3 2.500h10v4.500H3zM3 9h10v4.500H3zM5.500 4.800h.01M5.500 11.200h.01',
} as const;

export type Kind = keyof typeof drawings;

const RULES: readonly [RegExp, Kind][] = [
  [/^client$/, 'client'],
  [/lambda|function/i, 'function'],
  [/^database|dynamodb|rds|redshift|elasticache|sql|redis|memcache|mongo|cassandra|opensearch/i, 'database'],
  [/sqs|kinesis|queue|kafka|mq/i, 'queue'],
  [/sns|events|topic|pubsub/i, 'topic'],
  [/s3|bucket|efs/i, 'bucket'],
  [/apigateway|elasticloadbalancing|appsync|gateway/i, 'gateway'],
  [/container|ecs|eks|kubernetes|fargate/i, 'container'],
  [/ec2|elasticbeanstalk|instance/i, 'server'],
  [/^remote$/, 'remote'],
];

/** What kind of thing a type of X-Ray is. */
export function kindOf(type: string | null): Kind {
  if (!type) return 'service';
  return RULES.find(([pattern]) => pattern.test(type))?.[1] ?? 'service';
}

export const drawingOf = (type: string | null): string => drawings[kindOf(type)];
