import { getHeapSnapshot } from 'node:v8';
import { text } from 'node:stream/consumers';
import { expect, it } from 'vitest';
import { heldBytes } from './heap-snapshot.ts';

it('what is held is objects, arrays and strings, without code and what is the host’s', () => {
  const snapshot = {
    snapshot: {
      meta: {
        node_fields: ['type', 'name', 'self_size'],
        node_types: [['hidden', 'object', 'string', 'code', 'native', 'synthetic']],
      },
    },
    nodes: [
      [1, 0, 100],
      [2, 1, 30],
      [0, 2, 5],
      [3, 0, 1000],
      [4, 0, 2000],
      [5, 0, 4000],
    ].flat(),
  };
  expect(heldBytes(JSON.stringify(snapshot))).toBe(135);
  expect(() => heldBytes('{"snapshot":{"meta":{"node_fields":[],"node_types":[[]]}},"nodes":[]}')).toThrow(
    /fields of a heap snapshot/,
  );
});

it('a snapshot that V8 makes shows what a program has kept', async () => {
  const before = heldBytes(await text(getHeapSnapshot()));
  const kept = Array.from({ length: 50_000 }, (_, index) => ({ index, half: index / 2 }));
  const grown = heldBytes(await text(getHeapSnapshot())) - before;
  expect(kept).toHaveLength(50_000);
  expect(grown).toBeGreaterThan(50_000 * 24);
});
