/** `npm run diagrams`: makes the sequence diagrams in docs/ anew, from traces of the scenarios in docs/diagrams/. */
import { writeFileSync } from 'node:fs';
import { dirname, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { installPackages, requireNode } from './lib/setup.mjs';

requireNode();
installPackages();
const { tsImport } = await import('tsx/esm/api');
const { readDiagramDocs } = await tsImport('../src/cli/diagram-docs.ts', import.meta.url);

const root = dirname(dirname(fileURLToPath(import.meta.url)));
for (const { file, present, fresh } of await readDiagramDocs(root)) {
  console.log(`${relative(root, file)}: ${fresh === present ? 'as it was' : 'written'}`);
  if (fresh !== present) writeFileSync(file, fresh);
}
