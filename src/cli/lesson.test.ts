/** Every lesson that comes with the page is gone through on the real machine with the committed guests, in Repeatable mode. */
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, test } from 'vitest';
import { dispatch } from './dispatch.ts';

const publicFolder = fileURLToPath(new URL('../../public/', import.meta.url));
const lessons = join(publicFolder, 'lessons');
const folder = mkdtempSync(join(tmpdir(), 'archipelago-lesson-'));
afterAll(() => rmSync(folder, { recursive: true }));

async function check(path: string): Promise<{ status: number; said: string }> {
  const said: string[] = [];
  const say = (line: string): void => void said.push(line);
  const workers = {
    hart: () => {
      throw new Error('Repeatable mode has no workers of harts');
    },
  };
  const builtPage = () => Promise.reject(new Error('no lesson needs the page'));
  const context = { workers, publicFolder, builtPage, say, complain: say };
  const status = await dispatch(['lesson', path], context);
  return { status, said: said.join('\n') };
}

/** A lesson of one step on one kernel. */
function lesson(name: string, deeds: string, seen: string): string {
  const path = join(folder, `${name}.md`);
  const lines = [
    '---',
    'machine: { harts: 2, memory: 64M }',
    'files: [guests/islet.img]',
    'setup:',
    '  - kerf: create alpha --cpus 0 --memory 16M',
    '  - kerf: load alpha --kernel guests/islet.img',
    '  - kerf: exec alpha',
    "  - expect: { console: alpha, text: 'alpha> ', within: 20s }",
    '---',
    '# One kernel',
    '',
    'It is asked for its age.',
    '',
    '## Age',
    '### Do',
    'Ask it.',
    ...['```do', deeds, '```', '```check', seen, '```'],
    ...['## Why', '### Why', 'Why?', '', '- [x] So', '- [ ] Not so'],
  ];
  writeFileSync(path, lines.join('\n'));
  return path;
}
const ASKS = '- type: { console: alpha, text: "uptime\\n" }';

describe('the lessons that come with the page', () => {
  const files = readdirSync(lessons).sort();
  test('are the first five', () => expect(files.map((name) => name[0])).toEqual(['1', '2', '3', '4', '5']));

  test.each(files)(
    '%s: each step passes when it is done, and not before',
    async (name) => {
      expect(await check(join(lessons, name))).toMatchObject({ status: 0 });
    },
    120_000,
  );

  test('do not pass when something else was done', async () => {
    const text = readFileSync(join(lessons, '5-wild-write.md'), 'utf8');
    const broken = text.replace(/(```do\n- type: \{ console: alpha, text: ")[^\\]+/, '$1uptime');
    expect(broken).not.toBe(text);
    const path = join(folder, 'broken.md');
    writeFileSync(path, broken);
    const { status, said } = await check(path);
    expect(status).toBe(1);
    expect(said).toMatch(/it was done, and the check does not pass/);
  });
});

describe('a lesson that cannot be taught', () => {
  test('a good one is one that can', async () => {
    const path = lesson('good', ASKS, "- expect: { console: alpha, pattern: '^up \\d' }");
    expect(await check(path)).toEqual({ status: 0, said: 'ok    1 of 2  Age\nread  2 of 2  Why' });
  });

  test('passes before anybody has done anything', async () => {
    const path = lesson(
      'early',
      ASKS,
      '- measure: { name: none, gate-faults: { kernel: alpha }, at-most: 0 }',
    );
    const { status, said } = await check(path);
    expect(status).toBe(1);
    expect(said).toContain('the check passes before anybody has done anything');
  });

  test('has a setup that is refused', async () => {
    const path = lesson('setup', ASKS, "- expect: { console: alpha, pattern: '^up \\d' }");
    writeFileSync(path, readFileSync(path, 'utf8').replace('--cpus 0', '--cpus 9'));
    const { status, said } = await check(path);
    expect(status).toBe(1);
    expect(said).toContain('the setup does not hold');
  });

  test('is no lesson, or not there', async () => {
    const path = join(folder, 'none.md');
    writeFileSync(path, '# Only words\n');
    expect(await check(path)).toMatchObject({ said: expect.stringContaining('none.md:1:') as string });
    expect((await check(join(folder, 'missing.md'))).said).toContain('cannot be read');
  });
});
