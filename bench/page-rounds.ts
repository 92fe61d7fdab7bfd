/**
 * The rounds of a soak on the page (bench/page-soak.ts): one script that is put into the page, where it asks the page's own
 * machine, by the kerf lines that gestures send. So what the page keeps of each line, and draws, is part of what is measured.
 */
import { TICKS_PER_MS } from '../src/machine/clock.ts';
import { SoakMachine, type Rounds, type SoakHost } from '../src/cli/soak-machine.ts';
import { SOAK_PARTS } from '../src/cli/soak-parts.ts';

/** What some rounds came to. */
export interface RoundsDone {
  /** What went wrong, or ''. */
  readonly problem: string;
  /** Host milliseconds of each round. */
  readonly times: readonly number[];
  /** Of all rounds until now, or ''. */
  readonly remark: string;
}

declare global {
  interface Window {
    soakRounds: {
      /** Makes the page's machine, which must be fresh, ready for the rounds of a part; what went wrong, or ''. */
      prepare(part: string, seed: number): Promise<string>;
      /** So many more rounds, or fewer when one goes wrong. */
      run(count: number): Promise<RoundsDone>;
    };
  }
}

/** Milliseconds between two looks at the memory: a run of requests lasts for half a second, and must be met in its middle. */
const LOOK_EVERY = 5;
/** More than the page keeps of the kerf history. */
const KERF_LINES = 320;
/** More than the services keep of the trace: memory that is set apart for it is used then. */
const TRACE_RECORDS = 250_000;
/** Milliseconds for a console to print some hundred lines. */
const FILL_LIMIT = 60_000;

let soak: SoakMachine | null = null;
let rounds: Rounds | null = null;

window.soakRounds = {
  async prepare(name, seed) {
    const part = SOAK_PARTS[name];
    if (part === undefined) throw new Error(`there is no part ${name}`);
    const file = await fetch('guests/islet.img');
    if (!file.ok) throw new Error(`guests/islet.img: ${file.status}`);
    soak = new SoakMachine(pageMachine());
    rounds = await part.prepare(soak, { seed, image: new Uint8Array(await file.arrayBuffer()) });
    await fillPage(soak);
    return soak.problem;
  },
  async run(count) {
    if (soak === null || rounds === null) throw new Error('prepare() comes first');
    const times: number[] = [];
    while (soak.problem === '' && times.length < count) times.push(await rounds.round());
    return { problem: soak.problem, times, remark: rounds.remark() };
  },
};

/**
 * A console keeps thousands of lines, the page hundreds of kerf lines, and the services records of the trace by the hundred
 * thousand: more than a hundred rounds bring. They are full before the first round, as on a page that is open for a day, so that what grows afterwards has no bound.
 */
async function fillPage(soaked: SoakMachine): Promise<void> {
  for (const { name, state } of await soaked.instances()) {
    if (state !== 'active') await soaked.exec(name);
    await fillConsole(soaked, name);
    if (state !== 'active') await soaked.kerf(`kill ${name}`);
  }
  for (let line = 0; line < KERF_LINES; line++) await soaked.kerf('help kill');
  await fillTrace(soaked);
}

/** With faults: writes of a running kernel into the memory of the one beside. */
async function fillTrace(soaked: SoakMachine): Promise<void> {
  const instances = await soaked.instances();
  const from = instances.find(({ state }) => state === 'active');
  const memory = instances.find((instance) => instance !== from)?.memory;
  if (!from || !memory) throw new Error('filling the trace takes two kernels of which one runs');
  await soaked.type(
    from.name,
    `wild ${TRACE_RECORDS} 1 0x${memory.base.toString(16)} 0x${memory.size.toString(16)}`,
  );
  const done = `wild: ${TRACE_RECORDS} writes`;
  const said = (): boolean => (window.archipelago.consoleText(from.name) ?? '').includes(done);
  if (!(await until(said, 5 * FILL_LIMIT, 50))) soaked.fail(`${from.name} did not end its wild writes`);
}

/** Until its lines no longer become more. */
async function fillConsole(soaked: SoakMachine, name: string): Promise<void> {
  const text = (): string => window.archipelago.consoleText(name) ?? '';
  const lines = (): number => text().split('\n').length;
  for (let before = 0, filled = 0; lines() > before && soaked.problem === ''; filled++) {
    before = lines();
    for (let times = 0; times < 10; times++) await soaked.type(name, 'help');
    await soaked.type(name, `filled${filled}`);
    if (!(await until(() => text().includes(`filled${filled}: not a command`), FILL_LIMIT, 50)))
      soaked.fail(`the console of ${name} does not answer`);
  }
}

function pageMachine(): SoakHost {
  const { services, memory } = window.archipelago;
  if (services === null || memory === null) throw new Error('the page has no machine');
  return {
    services,
    memory,
    until: (condition, ticks) => until(condition, ticks / TICKS_PER_MS, LOOK_EVERY),
  };
}

/** False: it did not hold within `limit`, milliseconds like `every`. */
function until(condition: () => boolean, limit: number, every: number): Promise<boolean> {
  const end = performance.now() + limit;
  return new Promise((resolve) => {
    const look = (): void => {
      if (condition()) resolve(true);
      else if (performance.now() >= end) resolve(false);
      else setTimeout(look, every);
    };
    look();
  });
}
