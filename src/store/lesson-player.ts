/**
 * Goes through a lesson on the page: opens it, brings its machine to a step, looks on while the student does what the step
 * asks, and does it for one who asks for that. A step that was passed is followed by the next on the machine as it stands;
 * the way to any other is a fresh machine on which all steps before it are done (session/lesson-run.ts).
 */
import type { Result } from '../base/result.ts';
import type { Lesson, LessonStep } from '../protocol/lesson.ts';
import { LessonRun, type Broken } from '../session/lesson-run.ts';
import type { ScenarioRunner } from '../session/scenario-runner.ts';
import type { ConnectedMachine } from './connected-machine.ts';
import { fetchLesson, fileAddressOf, lessonAddress, readLessonFile } from './lesson-source.ts';
import { NO_LESSON, useLesson, type OpenLesson } from './lesson-store.ts';
import { reportTrouble, unlessGone, useMachine } from './machine-store.ts';
import type { PageActions } from './page-actions.ts';

/** What a lesson needs of the page: it replaces the machine. */
export type LessonPage = Pick<PageActions, 'open'>;

/** The machine of the lesson, with the run that has begun a step on it. */
interface Reached {
  readonly machine: ConnectedMachine;
  readonly runner: ScenarioRunner;
  readonly run: LessonRun;
}

let reached: Reached | null = null;
/** Counts what was asked for: the latest counts, and what is under way for an earlier one gives up. */
let asked = 0;
/** What is under way on the machine of the lesson. */
let running: Promise<void> = Promise.resolve();
/** For whom the runner waits: it gives up when something else is asked for. */
let waits = 0;
const interruption = (): string | null => (waits === asked ? null : 'something else was chosen');

function ask(): number {
  asked += 1;
  return asked;
}

/**
 * Opens a lesson by its name or address at a step, an index; one of another server is only asked about. False: there is none,
 * or none yet, and the machine stays as it is.
 */
export async function openLesson(word: string, step: number, page: LessonPage): Promise<boolean> {
  const address = lessonAddress(word, document.baseURI);
  if (!address.ok) return refused(address);
  if (address.value.origin !== new URL(document.baseURI).origin) {
    await closeLesson();
    useLesson.setState({ foreign: { address: address.value, asked: word, step } });
    return false;
  }
  return readAndOpen(address.value, word, step, page);
}

/** Opens the lesson of another server that was asked about. */
export async function agreeToLesson(page: LessonPage): Promise<boolean> {
  const { foreign } = useLesson.getState();
  return foreign !== null && readAndOpen(foreign.address, foreign.asked, foreign.step, page);
}

export async function openLessonFile(file: File, page: LessonPage): Promise<boolean> {
  const lesson = await readLessonFile(file);
  return lesson.ok ? show({ lesson: lesson.value, asked: null, address: null }, 0, page) : refused(lesson);
}

async function readAndOpen(address: URL, word: string, step: number, page: LessonPage): Promise<boolean> {
  const mine = ask();
  useLesson.setState({ ...NO_LESSON, reading: true });
  // What becomes of its machine meanwhile is no matter of the one that is read.
  void leave();
  const lesson = await fetchLesson(address);
  if (mine !== asked) return false;
  if (!lesson.ok) return refused(lesson);
  return show({ lesson: lesson.value, asked: word, address: address.href }, step, page);
}

async function refused({ error }: Result<unknown> & { ok: false }): Promise<false> {
  await closeLesson();
  useLesson.setState({ refusal: error });
  return false;
}

async function show(open: OpenLesson, step: number, page: LessonPage): Promise<true> {
  const last = open.lesson.steps.length - 1;
  const known = Number.isInteger(step) && step >= 0 ? Math.min(step, last) : 0;
  useLesson.setState({ ...NO_LESSON, open });
  await beginAnew(known, page);
  return true;
}

/** The machine stays. */
export async function closeLesson(): Promise<void> {
  ask();
  useLesson.setState(NO_LESSON);
  await leave();
}

/** The machine of the lesson is nobody's any more. */
async function leave(): Promise<void> {
  const left = reached;
  reached = null;
  if (left !== null) await unlessGone(left.machine, () => left.runner.dispose());
}

/** Begins a step on a fresh machine, on which all steps before it are done. Resolves when it has begun, or did not. */
export async function beginAnew(step: number, page: LessonPage): Promise<void> {
  const { open } = useLesson.getState();
  if (open === null || step < 0 || step >= open.lesson.steps.length) return;
  const mine = ask();
  reached = null;
  const { lesson } = open;
  const before = lesson.steps.slice(0, step);
  const setup = lesson.scenario.setup.length;
  const total = setup + before.reduce((sum, { task }) => sum + stepsOf(task), 0);
  let done = 0;
  const tell = (count: number): void => {
    if (mine !== asked) return;
    done = count;
    useLesson.setState({ progress: { done: Math.min(done, total), total } });
  };
  useLesson.setState({ step, stage: 'coming', broken: null });
  tell(0);
  waits = mine;
  const followed: { runner?: ScenarioRunner; machine?: ConnectedMachine } = {};
  const stayed = await page.open(lesson.scenario, {
    fileAddress: fileAddressOf(open.address),
    runner: {
      interruption,
      onStep: () => {
        if (done < setup) tell(done + 1);
      },
    },
    follow: (runner, machine) => Object.assign(followed, { runner, machine }),
  });
  const { runner, machine } = followed;
  if (mine !== asked) {
    if (runner && machine) await unlessGone(machine, () => runner.dispose());
    return;
  }
  if (!stayed || !runner || !machine) {
    useLesson.setState({ stage: stayed ? 'stopped' : 'gone' });
    return;
  }
  reached = { machine, runner, run: new LessonRun(runner) };
  watch(machine);
  machine.history.goOn(before.flatMap(({ task }) => task?.deeds ?? []));
  const held = await onMachine(mine, reached, async ({ run }) => {
    for (const one of before) {
      const broken = await run.through(one);
      if (broken !== null) return broken;
      tell(done + stepsOf(one.task));
    }
    machine.history.ready(machine.reader.time());
    return null;
  });
  if (held) await beginHere(mine, lesson, step);
}

const stepsOf = (task: LessonStep['task']): number =>
  task === null ? 0 : task.before.length + task.deeds.length + task.check.length;

/** From a step that was passed to the next, on the machine as it stands. */
export async function nextStep(): Promise<void> {
  const { open, step, stage } = useLesson.getState();
  const next = step + 1;
  if (open === null || stage !== 'passed' || next >= open.lesson.steps.length) return;
  const mine = ask();
  useLesson.setState({ step: next, stage: 'coming', broken: null, progress: { done: 0, total: 0 } });
  await beginHere(mine, open.lesson, next);
}

export async function previousStep(page: LessonPage): Promise<void> {
  await beginAnew(useLesson.getState().step - 1, page);
}

/** Nobody waits for the machine any more: it stays as far as it has come. */
export function stopComing(): void {
  if (useLesson.getState().stage !== 'coming') return;
  ask();
  useLesson.setState({ stage: 'stopped' });
}

async function beginHere(mine: number, lesson: Lesson, index: number): Promise<void> {
  const step = lesson.steps[index];
  if (reached === null || step === undefined) return;
  const held = await onMachine(mine, reached, ({ run }) => run.begin(step));
  if (!held || mine !== asked) return;
  useLesson.setState({ stage: step.task === null ? 'passed' : 'begun' });
  if (step.task !== null) running = lookOn(mine, reached);
}

async function lookOn(mine: number, on: Reached): Promise<void> {
  const passed = await onMachine(mine, on, ({ run }) => run.check());
  if (passed && mine === asked) useLesson.setState({ stage: 'passed' });
}

/** Does for the student what the step asks for. A machine that is paused goes on. */
export async function doStep(): Promise<void> {
  const { open, step, stage } = useLesson.getState();
  const on = reached;
  if (open === null || on === null || stage !== 'begun') return;
  const mine = ask();
  useLesson.setState({ stage: 'doing', broken: null });
  await running;
  if (mine !== asked) return;
  const { history } = on.machine;
  if (history.empty) history.goOn(open.lesson.steps[step]?.task?.deeds ?? []);
  else history.notByHand(`The lesson ${open.lesson.name}`);
  running = onMachine(mine, on, async ({ run, machine }) => {
    if (useMachine.getState().view?.run === 'paused') await machine.services.resume();
    return run.play();
  }).then(async () => {
    // What did not hold is told; the student may have done it all the same.
    if (mine !== asked || reached !== on) return;
    useLesson.setState({ stage: 'begun' });
    await lookOn(mine, on);
  });
  await running;
}

/** What has been begun for the student is not gone on with. */
export async function stopDoing(): Promise<void> {
  const on = reached;
  if (on === null || useLesson.getState().stage !== 'doing') return;
  const mine = ask();
  await running;
  if (mine !== asked || reached !== on) return;
  useLesson.setState({ stage: 'begun' });
  running = lookOn(mine, on);
}

/** Whether all of it held. What did not is told, unless something else was asked for or the machine has gone. */
async function onMachine(
  mine: number,
  on: Reached,
  work: (on: Reached) => Promise<Broken>,
): Promise<boolean> {
  if (mine !== asked) return false;
  waits = mine;
  try {
    const done = await unlessGone(on.machine, async () => ({ broken: await work(on) }));
    if (done === null) return false;
    if (done.broken !== null && mine === asked)
      useLesson.setState(({ stage }) => ({
        broken: done.broken,
        stage: stage === 'coming' ? 'stopped' : stage,
      }));
    return done.broken === null;
  } catch (error) {
    reportTrouble({
      kind: 'services-lost',
      detail: error instanceof Error ? error.message : String(error),
    });
    return false;
  }
}

/** Says so when another machine takes the place of this one, which is not the lesson's. */
function watch(machine: ConnectedMachine): void {
  const forget = useMachine.subscribe((state) => {
    if (state.machine === machine) return;
    forget();
    if (reached?.machine !== machine) return;
    reached = null;
    ask();
    useLesson.setState({ stage: 'gone' });
  });
}
