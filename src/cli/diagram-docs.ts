/**
 * The sequence diagrams in docs/: each stands between two marks and is made from a real trace, so it says what the machine
 * does today. `npm run diagrams` writes them anew, and a test compares.
 *
 *     <!-- diagram: moving-a-hart.yaml messages -->      a scenario in docs/diagrams/ and a detail (trace-diagram.ts)
 *     …
 *     <!-- end of diagram -->
 */
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DIAGRAM_DETAILS } from '../session/trace-diagram.ts';
import { diagramOf } from './diagram.ts';

const BLOCK = /^<!-- diagram: (\S+) (\S+) -->\n[^]*?^<!-- end of diagram -->$/gm;

export interface DiagramDoc {
  readonly file: string;
  /** As it is, and as it should be. */
  readonly present: string;
  readonly fresh: string;
}

/** Every page of docs/ that has a diagram. Throws when a scenario of one does not hold. */
export async function readDiagramDocs(root: string): Promise<readonly DiagramDoc[]> {
  const docs: DiagramDoc[] = [];
  for (const name of (await readdir(join(root, 'docs'))).filter((entry) => entry.endsWith('.md')).sort()) {
    const file = join(root, 'docs', name);
    const present = await readFile(file, 'utf8');
    let fresh = present;
    for (const [block, scenario = '', detail = ''] of present.matchAll(BLOCK)) {
      fresh = fresh.replace(block, await drawBlock(root, scenario, detail));
    }
    if (fresh !== present || present.search(BLOCK) >= 0) docs.push({ file, present, fresh });
  }
  return docs;
}

async function drawBlock(root: string, scenario: string, wanted: string): Promise<string> {
  const detail = DIAGRAM_DETAILS.find((known) => known === wanted);
  if (detail === undefined) throw new Error(`docs: a diagram has no detail "${wanted}"`);
  const drawn = await diagramOf(join(root, 'docs/diagrams', scenario), detail, join(root, 'public'));
  if (!drawn.ok) throw new Error(`docs/diagrams/${scenario}: ${drawn.error.reason}`);
  const fence = '```';
  return `<!-- diagram: ${scenario} ${detail} -->\n\n${fence}mermaid\n${drawn.value}${fence}\n\n<!-- end of diagram -->`;
}
