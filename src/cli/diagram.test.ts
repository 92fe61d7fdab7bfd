import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, it } from 'vitest';
import type { Result } from '../base/result.ts';
import { diagramOf } from './diagram.ts';

const publicFolder = fileURLToPath(new URL('../../public', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'archipelago-diagram-'));
afterAll(() => rmSync(folder, { recursive: true }));

function draw(setup: readonly string[], steps: readonly string[]): Promise<Result<string>> {
  const file = join(folder, 'scenario.yaml');
  const lines = (list: readonly string[]): string => list.map((step) => `\n  - ${step}`).join('');
  const machine = 'machine: { harts: 2, memory: 64M, mode: parallel }\nfiles: []';
  writeFileSync(file, `name: drawn\n${machine}\nsetup:${lines(setup)}\nsteps:${lines(steps)}\n`);
  return diagramOf(file, 'messages', publicFolder);
}

describe('archipelago diagram', () => {
  it('draws what the steps did, not the setup', async () => {
    const drawn = await draw(
      ['kerf: create alpha --cpus 0 --memory 16M'],
      ['kerf: update alpha --cpus +1', 'kerf: delete alpha'],
    );
    expect(drawn.ok && drawn.value.split('\n')).toEqual([
      'sequenceDiagram',
      '  participant you',
      '  participant controller',
      '  participant alpha',
      '  you->>controller: update alpha --cpus +1',
      '  controller->>alpha: gives core 1',
      '  you->>controller: delete alpha',
      '  controller->>alpha: takes core 0',
      '  controller->>alpha: takes core 1',
      '  controller->>alpha: takes 16 MiB of memory',
      '  Note over controller: 528 KiB is given back: channel 0',
      '  Note over alpha: deleted',
      '',
    ]);
  });

  it('is refused when a step does not hold, with what was seen', async () => {
    const drawn = await draw(['kerf: create alpha --cpus 0 --memory 16M'], ['kerf: exec alpha']);
    expect(drawn).toMatchObject({ ok: false, error: { code: 'step-failed' } });
    expect(!drawn.ok && drawn.error.reason).toContain('kerf exec alpha');
  });

  it('is refused when there is no such scenario', async () => {
    const drawn = await diagramOf(join(folder, 'none.yaml'), 'messages', publicFolder);
    expect(drawn).toMatchObject({ ok: false, error: { code: 'usage' } });
  });
});
