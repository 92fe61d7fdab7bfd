/**
 * Goes through a lesson as a student would, without a page: each step is done and has to pass, and before it is done it must
 * not. Twice, each time on a fresh machine: once without a pause, as the page does on the way to a checkpoint, and once
 * with a student who looks on first.
 */
import { TICKS_PER_MS } from '../machine/clock.ts';
import type { Lesson } from '../protocol/lesson.ts';
import { LessonRun, type Broken } from './lesson-run.ts';
import type { LocalMachine } from './make-machine.ts';
import { localHost } from './scenario-host.ts';
import { ScenarioRunner } from './scenario-runner.ts';

/** How long a student looks on, milliseconds: more than a peer's silence takes to be noticed. */
const LOOKS_ON = 600;
/** How long the check is then looked at: what has come is seen at once, and a machine with nothing to do does not move. */
const GLANCE = 60;
/** How long a step may take, milliseconds of machine time, or of host time while the machine is paused. */
const LIMIT = 6000;

/** `step`: its number from 1 on; 0: the setup. */
export interface LessonFault {
  readonly step: number;
  readonly what: string;
}

/** `start`: makes a fresh machine for the lesson, with its files. Gives what is wrong with it; nothing: it can be taught. */
export async function checkLesson(
  lesson: Lesson,
  start: () => Promise<LocalMachine>,
): Promise<readonly LessonFault[]> {
  const straight = await goThrough(lesson, await start(), false);
  return straight.length > 0 ? straight : goThrough(lesson, await start(), true);
}

async function goThrough(lesson: Lesson, machine: LocalMachine, looksOn: boolean): Promise<LessonFault[]> {
  const host = localHost(machine);
  const limit = new Limit(() => host.time());
  const runner = await ScenarioRunner.create(host, { interruption: () => limit.over() });
  const faults: LessonFault[] = [];
  limit.begin(4 * LIMIT);
  const setup = (await runner.run(lesson.scenario.setup)).at(-1);
  if (setup && setup.outcome !== 'held' && setup.outcome !== 'not-judged')
    faults.push({ step: 0, what: `the setup does not hold: ${told(setup)}` });
  const run = new LessonRun(runner);
  for (const [index, step] of lesson.steps.entries()) {
    if (faults.some((fault) => !fault.what.startsWith(EARLY))) break;
    const fault = (broken: Broken, what: string): boolean => {
      if (broken !== null) faults.push({ step: index + 1, what: `${what}: ${told(broken)}` });
      return broken !== null;
    };
    limit.begin(LIMIT);
    if (fault(await run.begin(step), 'what is measured before does not hold') || step.task === null) continue;
    if (looksOn) {
      await runner.run([{ kind: 'wait', ticks: LOOKS_ON * TICKS_PER_MS }]);
      limit.begin(GLANCE);
      if ((await run.check()) === null) faults.push({ step: index + 1, what: EARLY });
      limit.begin(LIMIT);
    }
    if (fault(await run.play(), 'what it does does not hold')) continue;
    limit.begin(LIMIT);
    fault(await run.check(), 'it was done, and the check does not pass');
  }
  await runner.dispose();
  await machine.dispose();
  return faults;
}

const EARLY = 'the check passes before anybody has done anything';

const told = (broken: NonNullable<Broken>): string => `${broken.step}: ${broken.detail}`;

/** So much time from now on, of the machine or, when that stands, of the host. */
class Limit {
  private readonly time: () => number;
  private ticks = 0;
  private until = 0;
  private hostUntil = 0;

  constructor(time: () => number) {
    this.time = time;
  }

  begin(ms: number): void {
    this.ticks = this.time();
    this.until = this.ticks + ms * TICKS_PER_MS;
    this.hostUntil = performance.now() + HOST_TIME * ms;
  }

  over(): string | null {
    return this.time() >= this.until || performance.now() >= this.hostUntil ? 'it takes too long' : null;
  }
}

/** A slow host may take so many times as long for machine time in Repeatable mode. */
const HOST_TIME = 5;
