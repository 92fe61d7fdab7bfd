/** Lessons on the page's store, with a real guest on a machine that moves by itself. */
import { readFileSync } from 'node:fs';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { launch } from './launch.ts';
import { gate, scenarioOf, starting } from './launch.testkit.ts';
import {
  agreeToLesson,
  beginAnew,
  closeLesson,
  doStep,
  nextStep,
  openLesson,
  openLessonFile,
  previousStep,
  stopComing,
  stopDoing,
} from './lesson-player.ts';
import { answer, useLesson } from './lesson-store.ts';
import { forgetMachine, useMachine } from './machine-store.ts';
import type { PageActions } from './page-actions.ts';

const LESSON = `---
machine: { harts: 2, memory: 64M, mode: repeatable }
files: [guests/islet.img]
setup:
  - kerf: create alpha --cpus 0 --memory 16M
  - kerf: load alpha --kernel guests/islet.img
  - kerf: exec alpha
  - expect: { console: alpha, text: 'alpha> ', within: 20s }
---

# One kernel

What a kernel knows.

## Its age

### Do

Ask it.

\`\`\`do
- type: { console: alpha, text: "uptime\\n" }
\`\`\`

\`\`\`check
- expect: { console: alpha, pattern: '^up \\d' }
\`\`\`

## A core more

### Predict

What comes?

- [ ] Nothing
- [x] A line

### Do

\`\`\`do
- kerf: update alpha --cpus +1
\`\`\`

\`\`\`check
- expect: { console: alpha, text: 'core 1 joined' }
\`\`\`

## Never

### Do

\`\`\`do
- expect: { console: alpha, text: 'what it never says' }
\`\`\`

\`\`\`check
- expect: { console: alpha, text: 'what it never says either' }
\`\`\`

## Why

### Why

Why?

- [x] So
- [ ] Not so
`;

const files: Readonly<Record<string, () => BodyInit>> = {
  'https://page.example/lessons/one.md': () => LESSON,
  'https://teacher.example/one.md': () => LESSON,
  'https://page.example/lessons/bad.md': () => LESSON.replace('text:', 'txt:'),
  'guests/islet.img': () => readFileSync('public/guests/islet.img'),
};
const fetched: string[] = [];
/** What the server waits for before it answers. */
let served: Promise<void> = Promise.resolve();
const open: PageActions['open'] = (scenario, following) =>
  launch({ scenario, start: starting(undefined, undefined, true), ...following });
const page = { open };

beforeEach(() => {
  vi.stubGlobal('crossOriginIsolated', true);
  vi.stubGlobal('document', { baseURI: 'https://page.example/' });
  vi.stubGlobal('fetch', (address: string | URL) => {
    fetched.push(String(address));
    const file = files[String(address)];
    return served.then(() => (file ? new Response(file()) : new Response('', { status: 404 })));
  });
});
afterEach(async () => {
  await closeLesson();
  useMachine.getState().machine?.dispose();
  forgetMachine();
  fetched.length = 0;
  vi.unstubAllGlobals();
});

const stage = (): string => useLesson.getState().stage;
const come = (held: () => void): Promise<void> => vi.waitFor(held, { timeout: 20_000, interval: 10 });
const staged = (wanted: string): Promise<void> => come(() => expect(stage()).toBe(wanted));
const cores = (): number => useMachine.getState().view?.harts.filter(({ owner }) => owner === 1).length ?? 0;
const alpha = (): number =>
  useMachine.getState().view?.instances.find(({ name }) => name === 'alpha')?.id ?? 0;

it('a step passes when the student has done it, and the next is on the same machine', async () => {
  expect(await openLesson('one', 0, page)).toBe(true);
  expect(stage()).toBe('begun');
  const { machine } = useMachine.getState();
  await nextStep();
  expect(useLesson.getState().step, 'it was not done').toBe(0);
  await machine?.type(alpha(), 'uptime\n');
  await staged('passed');
  await nextStep();
  expect(useLesson.getState()).toMatchObject({ step: 1, stage: 'begun' });
  expect(useMachine.getState().machine).toBe(machine);

  // It is done for one who asks, on a paused machine too, and that is no more by hand.
  await machine?.togglePause();
  await doStep();
  expect(stage()).toBe('passed');
  expect(cores()).toBe(2);
  expect(machine?.history.scenario('x', '', 0)).toMatchObject({ error: { code: 'not-by-hand' } });

  // Back: the core has not joined, and the answer stays given.
  answer(1, 0);
  answer(1, 1);
  await previousStep(page);
  expect(useLesson.getState()).toMatchObject({ step: 0, stage: 'begun', answers: { 1: 0 } });
  expect(useMachine.getState().machine).not.toBe(machine);
  expect(cores()).toBe(1);
});

it('any step is reached on a fresh machine, on which those before it are done', async () => {
  await openLesson('one', 2, page);
  expect(useLesson.getState()).toMatchObject({ step: 2, stage: 'begun', progress: { done: 8, total: 8 } });
  expect(cores()).toBe(2);
  expect(useMachine.getState().machine?.history.empty, 'nothing was done by hand').toBe(true);

  // What does not come to its end can be stopped, and looking on goes on.
  const doing = doStep();
  await staged('doing');
  await stopDoing();
  await doing;
  expect(stage()).toBe('begun');

  // Nor is there a way past it, but one out of it.
  const beginning = beginAnew(3, page);
  await come(() => expect(useLesson.getState().progress.done).toBe(8));
  stopComing();
  await beginning;
  expect(useLesson.getState()).toMatchObject({ step: 3, stage: 'stopped' });
});

it('the machine of a step is not waited for by one who cancels, and can be asked for again', async () => {
  const opening = openLesson('one', 1, page);
  await come(() => expect(useLesson.getState().progress.done).toBeGreaterThan(0));
  stopComing();
  await opening;
  expect(stage()).toBe('stopped');
  await beginAnew(1, page);
  expect(stage()).toBe('begun');
});

it('another machine that takes the place of its own is said, and left alone', async () => {
  await openLesson('one', 0, page);
  await open(scenarioOf({}));
  expect(stage()).toBe('gone');
  const { machine } = useMachine.getState();
  await doStep();
  await nextStep();
  expect(useMachine.getState().machine).toBe(machine);
  await beginAnew(0, page);
  expect(stage()).toBe('begun');

  const beginning = beginAnew(1, page);
  await open(scenarioOf({}));
  await beginning;
  expect(stage()).toBe('gone');
});

it('a lesson that takes long to come is opened, whatever becomes of the machine of the one before', async () => {
  await openLesson('one', 0, page);
  const slow = gate();
  served = slow.held;
  const opening = openLesson('one', 0, page);
  served = Promise.resolve();
  await open(scenarioOf({}));
  expect(useLesson.getState()).toMatchObject({ open: null, reading: true });
  slow.open();
  expect(await opening).toBe(true);
  expect(useLesson.getState()).toMatchObject({ reading: false, stage: 'begun' });
});

it('a lesson of another server is not fetched before somebody agrees', async () => {
  expect(await openLesson('https://teacher.example/one.md', 0, page)).toBe(false);
  expect(useLesson.getState().foreign?.address.host).toBe('teacher.example');
  expect(fetched).toEqual([]);
  expect(await agreeToLesson(page)).toBe(true);
  expect(useLesson.getState()).toMatchObject({ foreign: null, stage: 'begun' });
});

it('what is no lesson is refused with its line, and the machine stays', async () => {
  await open(scenarioOf({}));
  const { machine } = useMachine.getState();
  for (const [asked, reason] of [
    ['bad', /^bad\.md:8: /],
    ['none', /none\.md cannot be read: the server answers 404/],
    ['javascript:alert(1)', /not by javascript/],
  ] as const) {
    expect(await openLesson(asked, 0, page)).toBe(false);
    expect(useLesson.getState().refusal?.reason).toMatch(reason);
  }
  expect(await openLessonFile(new File(['# Title'], 'my.md'), page)).toBe(false);
  expect(useLesson.getState().refusal?.reason).toMatch(/^my\.md:1: a lesson begins with its machine/);
  expect(useMachine.getState().machine).toBe(machine);
  expect(await openLessonFile(new File([LESSON], 'my.md'), page)).toBe(true);
  expect(useLesson.getState()).toMatchObject({ refusal: null, open: { asked: null } });
});
