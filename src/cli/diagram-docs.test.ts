import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { readDiagramDocs, type DiagramDoc } from './diagram-docs.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const LIMIT_MS = 60_000;

/** How many arrows each diagram of a page has: a person should be able to follow them. */
const arrows = (doc: DiagramDoc): number[] =>
  doc.fresh
    .split('sequenceDiagram')
    .slice(1)
    .map((diagram) => diagram.match(/^ {2}\S+-(?:>>|\))\S+: /gm)?.length ?? 0);

it(
  'the diagrams in docs/ are what the machine does: after a change, npm run diagrams',
  async () => {
    const docs = await readDiagramDocs(root);
    const names = docs.map(({ file }) => file.slice(file.lastIndexOf('/') + 1));
    expect(names).toEqual(
      expect.arrayContaining([
        'hand-over.md',
        'life-of-a-kernel.md',
        'moving-a-hart.md',
        'rings-and-doorbells.md',
      ]),
    );
    for (const doc of docs) {
      expect(doc.present).toBe(doc.fresh);
      expect(arrows(doc)).not.toEqual([]);
      for (const count of arrows(doc)) {
        expect(count).toBeGreaterThanOrEqual(10);
        expect(count).toBeLessThanOrEqual(25);
      }
    }
  },
  LIMIT_MS,
);
