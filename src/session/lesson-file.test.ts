import { describe, expect, test } from 'vitest';
import type { Block, Lesson } from '../protocol/lesson.ts';
import { parseLesson } from './lesson-file.ts';

const MACHINE = ['---', 'machine: { harts: 2, memory: 64M }', 'setup: [{ wait: 1ms }]', '---'];
const HEAD = [...MACHINE, '# Title', '', 'What it is about.', ''];
const TASK = ['### Do', 'Wait.', '```do', '- wait: 1s', '```', '```check'];
const CHECK = ["- expect: { console: alpha, text: 'x' }", '```'];
const WHY = ['## Why', '### Why', 'Why?', '', '- [ ] No', '- [x] Yes'];

const read = (...lines: string[]) => parseLesson(lines.join('\n'), 'folder/My Lesson.md');
function lesson(...lines: string[]): Lesson {
  const result = read(...lines);
  if (!result.ok) throw new Error(result.error.reason);
  return result.value;
}
function mistakes(...lines: string[]): string[] {
  const result = read(...lines);
  if (result.ok) throw new Error('it was read');
  expect(result.error.code).toBe('bad-lesson');
  return result.error.reason.split('\n');
}
/** What a student reads of a step's words. */
const shown = (...words: string[]): readonly Block[] =>
  lesson(...HEAD, '## One', ...words, ...WHY).steps[0]?.text ?? [];

describe('a lesson', () => {
  test('has a machine, steps with what is done and seen, and a question at its end', () => {
    const read = lesson(
      ...[...HEAD, '## One', 'Words.', '### Predict', 'What?', '', '- [x] This', '- [ ] That'],
      ...[...TASK, ...CHECK, '### Seen', 'So it is.', ...WHY],
    );
    expect(read).toMatchObject({
      name: 'my-lesson',
      title: 'Title',
      about: 'What it is about.',
      scenario: { machine: { harts: 2 } },
      steps: [
        {
          title: 'One',
          predict: { right: 0 },
          task: { deeds: [{ kind: 'wait' }], check: [{ kind: 'expect' }] },
        },
        { title: 'Why', task: null, why: { right: 1 } },
      ],
    });
  });

  test('may be written on Windows, with a byte order mark', () => {
    const text = `\ufeff${[...HEAD, '## One', ...TASK, ...CHECK, ...WHY].join('\r\n')}`;
    expect(parseLesson(text, 'a.md').ok).toBe(true);
  });
});

describe('a mistake is told with its file and line', () => {
  test.each<[string, string[], RegExp]>([
    ['no machine', ['# Title'], /:1: a lesson begins with its machine/],
    ['a machine that cannot be', ['---', 'machine: { harts: 99 }', '---', ...HEAD.slice(4), ...WHY], /:2:/],
    ['no title', [...MACHINE, '## One', ...TASK, ...CHECK, ...WHY], /:1: there is no title/],
    ['no step', HEAD, /there is no step/],
    ['no check', [...HEAD, '## One', '### Do', '```do', '- wait: 1s', '```', ...WHY], /:9: .*needs a ```do/],
    ['a block outside of Do', [...HEAD, '## One', '```do', '- wait: 1s', '```', ...WHY], /:10: .*outside/],
    ['no list of steps', [...HEAD, '## One', ...TASK, 'wait: 1s', '```', ...WHY], /:15: .*no list of steps/],
    ['an unknown step', [...HEAD, '## One', ...TASK, '- jump: 1s', '```', ...WHY], /:16:/],
    [
      'a check that does something',
      [...HEAD, '## One', ...TASK, '- wait: 1s', '```', ...WHY],
      /may not stand/,
    ],
    [
      'no right answer',
      [...HEAD, '## Why', '### Why', 'Why?', '', '- [ ] A', '- [ ] B'],
      /:9: a question has/,
    ],
    ['no last question', [...HEAD, '## One', ...TASK, ...CHECK], /asks no "### Why"/],
  ])('%s', (_, lines, told) => {
    const found = mistakes(...lines);
    expect(found.join('\n')).toMatch(told);
    for (const line of found) expect(line).toMatch(/^folder\/My Lesson\.md:\d+: /);
  });

  test('a file that is far too long is not read', () => {
    expect(mistakes('x'.repeat(300_000))[0]).toContain('characters');
  });
});

describe('Markdown of a stranger', () => {
  const kinds = (value: unknown): string[] =>
    [...JSON.stringify(value).matchAll(/"kind":"(\w+)"/g)].map((match) => match[1] ?? '');

  test('has no HTML: it stays the text that it is written in', () => {
    const blocks = shown('<script>alert(1)</script>', '', 'a <img src=x onerror=alert(1)> b');
    expect(new Set(kinds(blocks))).toEqual(new Set(['paragraph', 'text']));
    expect(JSON.stringify(blocks)).toContain('<script>alert(1)</script>');
  });

  test.each([
    'javascript:alert(1)',
    'JaVaScRiPt:alert(1)',
    'data:text/html,x',
    'vbscript:x',
    'file:///etc/passwd',
    '//elsewhere.example/x',
    '/\\elsewhere.example/x',
    'java&#9;script:alert(1)',
  ])('has no link to %s', (href) => {
    expect(kinds(shown(`[words](<${href}>)`))).not.toContain('link');
  });

  test.each(['https://example.org/a', 'http://example.org', 'other.md', '../x#part', '#part'])(
    'may link to %s',
    (href) => expect(kinds(shown(`[words](<${href}>)`))).toContain('link'),
  );

  test('shows no picture, and says so', () => {
    expect(mistakes(...HEAD, '## One', '![words](x.png)', ...WHY)[0]).toMatch(/:10: a picture is not shown/);
  });
});
