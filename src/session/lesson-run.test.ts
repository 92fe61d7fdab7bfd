/** One who goes through a lesson, on a machine that follows a script. */
import { expect, it } from 'vitest';
import { STATUS } from '../protocol/channel.ts';
import { RAM_HOST } from '../protocol/layout.ts';
import { parseLesson } from './lesson-file.ts';
import { LessonRun } from './lesson-run.ts';
import { ScenarioRunner } from './scenario-runner.ts';
import { Script } from './scenario.testkit.ts';

const LESSON = `---
machine: { harts: 2, memory: 64M }
---

# Lost beats

Who is silent is missed.

## Miss some

### Do

\`\`\`before
- measure: { name: before, status: { kernel: alpha, word: missed } }
\`\`\`

\`\`\`do
- wait: 1ms
\`\`\`

\`\`\`check
- measure: { name: after, status: { kernel: alpha, word: missed } }
- measure: { name: more, difference: { of: after, from: before }, more-than: 4 }
- measure: { name: times, ratio: { of: more, to: before }, more-than: 2.75 }
\`\`\`

## Why

### Why

Why?

- [x] So
- [ ] Not so
`;

it('a check of numbers that are made of others looks at those again, too', async () => {
  const script = new Script();
  const status = (at: number, value: bigint): void =>
    new DataView(script.memory.buffer).setBigUint64(RAM_HOST + 0x1000 + at, value, true);
  status(STATUS.MAGIC, 1n);
  status(STATUS.BEATS_MISSED, 2n);
  script.at(300, () => status(STATUS.BEATS_MISSED, 5n));
  script.at(600, () => status(STATUS.BEATS_MISSED, 7n));
  script.at(900, () => status(STATUS.BEATS_MISSED, 8n));
  const lesson = parseLesson(LESSON, 'lost.md');
  const step = lesson.ok ? lesson.value.steps[0] : undefined;
  if (step === undefined) throw new Error(lesson.ok ? 'no step' : lesson.error.reason);

  const late = (): string | null => (script.time() > 20_000_000 ? 'it never passes' : null);
  const runner = await ScenarioRunner.create(script, { interruption: late });
  const run = new LessonRun(runner);
  expect(await run.begin(step)).toBe(null);
  expect(await run.check()).toBe(null);
  expect(runner.measurements.latest('more'), 'the ratio was too small before').toBe(6);
  expect(script.time()).toBe(9_000_000);
});
