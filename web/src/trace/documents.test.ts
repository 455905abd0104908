import { describe, expect, it } from 'vitest';
import { entities, type SegmentDocument } from './documents';

const tree = (docs: SegmentDocument[]) => entities(docs).map(e => `${' '.repeat(e.depth)}${e.name}`);

describe('entities', () => {
  it('are in call order', () => {
    expect(
      tree([
        { id: 'b', name: 'pay', parent_id: 's1', start_time: 0.5, end_time: 7 },
        {
          id: 'a',
          name: 'web',
          start_time: 0,
          end_time: 2,
          subsegments: [
            { id: 's1', name: 'call pay', start_time: 0.25, end_time: 1.75 },
            { id: 's2', name: 'db', start_time: 0.1, end_time: 0.2 },
          ],
        },
      ]),
    ).toEqual(['web', ' db', ' call pay', '  pay']);
  });
  it('without a parent are at the top', () => {
    expect(tree([{ id: 'b', name: 'pay', parent_id: 'gone', start_time: 1 }])).toEqual(['pay']);
  });
  it('end although they are in a circle', () => {
    expect(
      tree([
        { id: 'a', name: 'a', parent_id: 'b' },
        { id: 'b', name: 'b', parent_id: 'a' },
      ]),
    ).toEqual(['a', ' b']);
  });
  it('have an outcome', () => {
    const [e] = entities([{ id: 'a', http: { response: { status: 429 } }, error: true }]);
    expect(e?.outcome).toBe('throttle');
    expect(e?.end).toBeUndefined();
  });
});
