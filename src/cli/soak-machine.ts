/** What the rounds of a soak do with their machine; the first thing that goes wrong ends them. */
import { STATUS } from '../protocol/channel.ts';
import type { InstanceView } from '../protocol/machine-view.ts';
import { TICKS_PER_MS } from '../machine/clock.ts';
import type { ScenarioHost } from '../session/scenario-host.ts';
import { statusWord } from './status-word.ts';

/** A machine in this process, or the one on the page (bench/page-rounds.ts): the rounds do the same with both. */
export type SoakHost = Pick<ScenarioHost, 'services' | 'memory' | 'until'>;

export interface RoundsOptions {
  readonly seed: number;
  /** The image of guests/islet. */
  readonly image: Uint8Array;
}

/** What a soak does over and over; made by a function that has made the machine ready for the first round. */
export interface Rounds {
  /** In the plural, with nothing around it. */
  readonly what: string;
  /** Resolves with the host milliseconds that it measured. */
  readonly round: () => Promise<number>;
  /** What else there is to say of all rounds until now, or ''. */
  readonly remark: () => string;
}

/** Harts of the machine, for every part. */
export const SOAK_HARTS = 4;
const LIMIT_MS = 30_000;

export class SoakMachine {
  problem = '';
  readonly #machine: SoakHost;
  #beats = 0;

  constructor(machine: SoakHost) {
    this.#machine = machine;
  }

  /** Makes kernels of an image, each of a name with the options that it is created with, and loads them. */
  async create(
    image: Uint8Array,
    commandLine: string,
    kernels: Readonly<Record<string, string>>,
  ): Promise<void> {
    await this.#machine.services.addFile('islet.img', image);
    for (const [name, options] of Object.entries(kernels))
      await this.kerf(`create ${name} --memory 8M ${options}`);
    const options = commandLine === '' ? '' : ` --cmdline "${commandLine}"`;
    for (const name of Object.keys(kernels)) await this.kerf(`load ${name} --kernel islet.img${options}`);
  }

  /** Starts a kernel and waits until all its harts are online. */
  async exec(name: string): Promise<void> {
    await this.kerf(`exec ${name}`);
    const { harts } = await this.instance(name);
    await this.until(name, 'did not boot', (word) => word(STATUS.HARTS_ONLINE) === maskOf(harts));
  }

  async type(name: string, line: string): Promise<void> {
    const { id } = await this.instance(name);
    await this.#machine.services.type(id, new TextEncoder().encode(`${line}\n`));
  }

  /** The kernel beside is active, has been all the time, and beats: more often than when it was last looked at. */
  async checkSurvivor(name: string): Promise<void> {
    const { state, bootId } = await this.instance(name);
    if (state !== 'active' || bootId !== 1) this.fail(`${name} is ${state}, boot ID ${bootId}`);
    const before = this.#beats;
    await this.until(name, `beats no more: ${before} times`, (word) => word(STATUS.BEATS) > before);
    this.#beats = await this.word(name, STATUS.BEATS);
  }

  /** Waits for something about the words of a kernel's status block; `otherwise` is what it did when it never came. */
  async until(
    name: string,
    otherwise: string,
    holds: (word: (offset: number) => number) => boolean,
  ): Promise<void> {
    const instance = await this.instance(name);
    const word = (offset: number): number => statusWord(this.#machine, instance, offset);
    const held = await this.#machine.until(() => this.problem !== '' || holds(word), LIMIT_MS * TICKS_PER_MS);
    if (!held) this.fail(`${name} ${otherwise}`);
  }

  async word(name: string, offset: number): Promise<number> {
    return statusWord(this.#machine, await this.instance(name), offset);
  }

  async instances(): Promise<readonly InstanceView[]> {
    return (await this.#machine.services.view()).instances;
  }

  async instance(name: string): Promise<InstanceView> {
    const found = (await this.instances()).find((each) => each.name === name);
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
}

/** Bit h for each hart h. */
export const maskOf = (harts: readonly number[]): number =>
  harts.reduce((mask, hart) => mask | (1 << hart), 0);

/** Host milliseconds of an action. */
export async function timed(action: () => Promise<unknown>): Promise<number> {
  const began = performance.now();
  await action();
  return performance.now() - began;
}
