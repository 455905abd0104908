import type { Service } from './server';

const hex = (n: number, digits: number) => n.toString(16).padStart(digits, '0');

/**
 * Stores one trace that passes many services: a tree in which each calls three more, with so many
 * databases of its own. What the map makes of it has no clients but one.
 */
export async function crowd(service: Service, services: number, storesEach: number): Promise<void> {
  const at = Date.now() / 1000 - 60;
  const trace_id = `1-${hex(Math.floor(at), 8)}-${hex(services, 24)}`;
  const call = (n: number) => hex(0x10_0000 + n, 16);
  const documents: object[] = [];
  for (let n = 0; n < services; n++) {
    const children = [3 * n + 1, 3 * n + 2, 3 * n + 3].filter(c => c < services);
    const fault = n === 7 ? { fault: true } : {};
    documents.push({
      name: `service-${n}`,
      id: hex(1 + n, 16),
      trace_id,
      ...(n === 0 ? {} : { parent_id: call(n) }),
      start_time: at,
      end_time: at + 0.2,
      origin: 'AWS::ECS::Container',
      ...fault,
      subsegments: [
        ...children.map(c => ({
          name: `service-${c}`,
          id: call(c),
          namespace: 'remote',
          start_time: at + 0.01,
          end_time: at + 0.19,
        })),
        ...Array.from({ length: storesEach }, (_, s) => ({
          name: `orders-${n}-${s}@db.example`,
          id: hex(0x100_0000 + n * 100 + s, 16),
          namespace: 'remote',
          start_time: at + 0.02,
          end_time: at + 0.03,
          sql: { sanitized_query: 'SELECT 1', database_type: 'PostgreSQL', url: `postgresql://db.example/o${n}${s}` },
        })),
      ],
    });
  }
  for (let i = 0; i < documents.length; i += 100) await service.put(...documents.slice(i, i + 100));
}

/** Waits until the service's map has so many nodes. */
export async function nodesOf(service: Service): Promise<number> {
  const now = Date.now() / 1000;
  const graph = await service.call<{ Services: object[] }>('ServiceGraph', { StartTime: now - 600, EndTime: now });
  return graph.Services.length;
}
