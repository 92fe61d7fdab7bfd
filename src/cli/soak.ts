/**
 * `archipelago soak`: a kernel started and killed over and over, and one handed over to its next self under load. It ends
 * badly when a round fails. (The third thing that goes on for long, harts that move under load, is moves.ts.)
 */
import { drawFrom } from '../base/random.ts';
import { STATUS } from '../protocol/channel.ts';
import { RAM_BASE, RAM_HOST } from '../protocol/layout.ts';
import type { InstanceView } from '../protocol/machine-view.ts';
import type { LocalMachine } from '../session/start-machine.ts';
import { MemoryGrowth, type Growth } from './memory-growth.ts';

export interface SoakOptions {
  readonly rounds: number;
  readonly seed: number;
  /** The image of guests/islet. */
  readonly image: Uint8Array;
  readonly say: (line: string) => void;
}

export interface SoakResult {
  /** What went wrong, or ''. */
  readonly problem: string;
  readonly rounds: number;
  /** Host milliseconds of a round. */
  readonly median: number;
  readonly longest: number;
  readonly growth: Growth | null;
}

/** Harts of the machine, for either part. */
export const SOAK_HARTS = 4;
const LIMIT_MS = 30_000;
const REPORT_EVERY = 100;

/** Starts alpha and kills it, by a message or by force, drawn from the seed; beta beats beside it and must not notice. */
export async function soakExecKill(machine: LocalMachine, options: SoakOptions): Promise<SoakResult> {
  const soak = new Soak(machine);
  const draw = drawFrom(options.seed);
  await soak.create(options.image, 'beat');
  await soak.exec('beta');
  const round = async (): Promise<void> => {
    await soak.exec('alpha');
    await soak.kerf(`kill alpha${draw(2) === 0 ? ' --force' : ''}`);
    const alpha = await soak.instance('alpha');
    if (alpha.state !== 'loaded') soak.fail(`alpha is ${alpha.state}: ${alpha.reason}`);
    await soak.checkSurvivor('beta');
  };
  return soak.run(options, 'rounds of exec and kill', round);
}

/** Hands beta over to a new kernel in place while alpha sends it requests that it repeats until they are answered. */
export async function soakHandOver(machine: LocalMachine, options: SoakOptions): Promise<SoakResult> {
  const soak = new Soak(machine);
  await soak.create(options.image, '');
  for (const name of ['beta', 'alpha']) await soak.exec(name);
  await soak.type('beta', 'serve on');
  await soak.type('alpha', 'request beta 1000000 1000 retry');
  await soak.untilGrown('alpha', STATUS.REQUESTS_ANSWERED, 'does not get answers');
  const round = async (): Promise<void> => {
    await soak.kerf('load beta --kernel islet.img');
    const output = await soak.kerf('exec beta --kho');
    if (!output.includes('as before')) soak.fail(`the state is not what it was: ${output}`);
    await soak.untilGrown('alpha', STATUS.REQUESTS_ANSWERED, 'gets no answers after a hand-over');
    const dropped = await soak.word('alpha', STATUS.REQUESTS_DROPPED);
    if (dropped !== 0) soak.fail(`${dropped} requests were dropped`);
  };
  return soak.run(options, 'hand-overs', round);
}

class Soak {
  problem = '';
  readonly #machine: LocalMachine;
  #beats = 0;

  constructor(machine: LocalMachine) {
    this.#machine = machine;
  }

  async create(image: Uint8Array, commandLine: string): Promise<void> {
    await this.#machine.services.addFile('islet.img', image);
    await this.kerf('create alpha --cpus 0-1 --memory 8M');
    await this.kerf('create beta --cpus 2-3 --memory 8M --peer alpha');
    const options = commandLine === '' ? '' : ` --cmdline "${commandLine}"`;
    for (const name of ['alpha', 'beta']) await this.kerf(`load ${name} --kernel islet.img${options}`);
  }

  /** Rounds until there were enough or one failed. */
  async run(options: SoakOptions, what: string, round: () => Promise<void>): Promise<SoakResult> {
    const times: number[] = [];
    const memory = new MemoryGrowth();
    while (this.problem === '' && times.length < options.rounds) {
      const began = performance.now();
      await round();
      times.push(performance.now() - began);
      memory.round();
      if (times.length % REPORT_EVERY === 0) options.say(`${times.length} ${what}`);
    }
    const sorted = times.toSorted((one, other) => one - other);
    return {
      problem: this.problem,
      rounds: times.length,
      median: sorted[Math.floor((sorted.length - 1) / 2)] ?? 0,
      longest: sorted.at(-1) ?? 0,
      growth: memory.growth(),
    };
  }

  /** Starts a kernel and waits until all its harts are online. */
  async exec(name: string): Promise<void> {
    await this.kerf(`exec ${name}`);
    const { harts } = await this.instance(name);
    const mask = harts.reduce((bits, hart) => bits | (1 << hart), 0);
    const up = await this.#until(name, STATUS.HARTS_ONLINE, (online) => online === mask);
    if (!up) this.fail(`${name} did not boot`);
  }

  async type(name: string, line: string): Promise<void> {
    const { id } = await this.instance(name);
    await this.#machine.services.type(id, new TextEncoder().encode(`${line}\n`));
  }

  /** The kernel beside is active, has been all the time, and has gone on beating. */
  async checkSurvivor(name: string): Promise<void> {
    const { state, bootId } = await this.instance(name);
    if (state !== 'active' || bootId !== 1) this.fail(`${name} is ${state}, boot ID ${bootId}`);
    const beats = await this.word(name, STATUS.BEATS);
    if (beats < this.#beats) this.fail(`${name} has beaten ${beats} times, and ${this.#beats} times before`);
    this.#beats = beats;
  }

  async untilGrown(name: string, offset: number, otherwise: string): Promise<void> {
    const before = await this.word(name, offset);
    if (!(await this.#until(name, offset, (now) => now > before))) this.fail(`${name} ${otherwise}`);
  }

  async word(name: string, offset: number): Promise<number> {
    return statusWord(this.#machine, await this.instance(name), offset);
  }

  async instance(name: string): Promise<InstanceView> {
    const found = (await this.#machine.services.view()).instances.find((each) => each.name === name);
    if (!found) throw new Error(`${name} was not created`);
    return found;
  }

  /** Returns what the command prints. */
  async kerf(line: string): Promise<string> {
    if (this.problem !== '') return '';
    const reply = await this.#machine.services.kerf(line);
    if (reply.exitCode !== 0) this.fail(`kerf ${line}: ${reply.error?.reason ?? ''}`);
    return reply.output;
  }

  fail(problem: string): void {
    if (this.problem === '') this.problem = problem;
  }

  async #until(name: string, offset: number, holds: (word: number) => boolean): Promise<boolean> {
    const instance = await this.instance(name);
    return this.#machine.services.engine.until(
      () => this.problem !== '' || holds(statusWord(this.#machine, instance, offset)),
      LIMIT_MS,
    );
  }
}

function statusWord(machine: LocalMachine, instance: InstanceView, offset: number): number {
  const at = RAM_HOST + (instance.status ?? RAM_BASE) - RAM_BASE + offset;
  return Number(Atomics.load(new BigUint64Array(machine.memory.buffer), at >>> 3));
}
