/**
 * `archipelago moves`: two islets under load exchange harts, one move after the other, each a transaction of its own. It
 * ends badly when a move fails, when the tables and what a kernel says of itself disagree, or when a kernel stops working.
 */
import { drawFrom } from '../base/random.ts';
import { STATUS } from '../protocol/channel.ts';
import type { LocalMachine } from '../session/make-machine.ts';
import { MemoryGrowth, type Growth } from './memory-growth.ts';
import { statusWord } from './status-word.ts';

export interface MovesOptions {
  readonly count: number;
  readonly seed: number;
  /** The image of guests/islet. */
  readonly image: Uint8Array;
  readonly say: (line: string) => void;
}

export interface MovesResult {
  /** What went wrong, or ''. */
  readonly problem: string;
  readonly moves: number;
  /** Host milliseconds of a move. */
  readonly median: number;
  readonly p99: number;
  readonly longest: number;
  /** Of memory, since the first hundred moves; null: there were no more. */
  readonly growth: Growth | null;
}

/** Harts of the machine; each kernel keeps the one it booted on. */
export const MOVES_HARTS = 5;
/** All but 0 and 3, on which the kernels boot. */
const MOVABLE = [1, 2, 4];
/** More threads than harts, so that there is always one to send elsewhere. */
const THREADS = 4;
const BOOT_LIMIT_MS = 30_000;
/** A kernel that works does so at least once in this time, whatever else the host does. */
const WORK_LIMIT_MS = 30_000;
const REPORT_EVERY = 100;

/** Exchanges harts until `count` moves are done or one went wrong. The machine must have MOVES_HARTS harts and be fresh. */
export async function moves(machine: LocalMachine, options: MovesOptions): Promise<MovesResult> {
  const draw = drawFrom(options.seed);
  const times: number[] = [];
  let problem = await prepare(machine, options.image);
  const memory = new MemoryGrowth();
  while (problem === '' && times.length < options.count) {
    const hart = MOVABLE[draw(MOVABLE.length)] ?? 1;
    const began = performance.now();
    problem = await move(machine, hart);
    times.push(performance.now() - began);
    if (problem === '') problem = await check(machine);
    memory.round();
    if (times.length % REPORT_EVERY === 0) options.say(`${times.length} moves`);
  }
  const sorted = times.toSorted((one, other) => one - other);
  const quantile = (part: number): number => sorted[Math.floor((sorted.length - 1) * part)] ?? 0;
  return {
    problem,
    moves: times.length,
    median: quantile(0.5),
    p99: quantile(0.99),
    longest: quantile(1),
    growth: memory.growth(),
  };
}

async function prepare(machine: LocalMachine, image: Uint8Array): Promise<string> {
  await machine.services.addFile('islet.img', image);
  for (const line of [
    'create alpha --cpus 0-2 --memory 16M',
    'create beta --cpus 3-4 --memory 16M',
    ...['alpha', 'beta'].flatMap((name) => [
      `load ${name} --kernel islet.img --cmdline "beat spin=${THREADS}"`,
      `exec ${name}`,
    ]),
  ]) {
    const reply = await machine.services.kerf(line);
    if (reply.exitCode !== 0) return `kerf ${line}: ${reply.error?.reason ?? ''}`;
  }
  const { instances } = await machine.services.view();
  const up = (): boolean =>
    instances.every(
      (instance) => statusWord(machine, instance, STATUS.HARTS_ONLINE) === maskOf(instance.harts),
    );
  return (await machine.services.engine.until(up, BOOT_LIMIT_MS)) ? '' : 'the kernels did not boot';
}

/** Takes the hart from the kernel that has it and gives it to the other. */
async function move(machine: LocalMachine, hart: number): Promise<string> {
  const { instances } = await machine.services.view();
  const from = instances.find((instance) => instance.harts.includes(hart));
  const to = instances.find((instance) => instance !== from);
  const line = `update ${to?.name ?? ''} --cpus +${hart} --from ${from?.name ?? ''}`;
  const reply = await machine.services.kerf(line);
  return reply.exitCode === 0 ? '' : `kerf ${line}: ${reply.error?.reason ?? ''}`;
}

/** Every kernel runs, knows its harts, and works. */
async function check(machine: LocalMachine): Promise<string> {
  const { instances } = await machine.services.view();
  for (const instance of instances) {
    const { name, harts } = instance;
    if (instance.state !== 'active') return `${name} is ${instance.state}: ${instance.reason}`;
    const online = statusWord(machine, instance, STATUS.HARTS_ONLINE);
    if (online !== maskOf(harts))
      return `${name} owns harts ${harts.join(',')} and says that ${online.toString(2)} are online`;
    const work = statusWord(machine, instance, STATUS.WORK);
    const works = (): boolean => statusWord(machine, instance, STATUS.WORK) > work;
    if (!(await machine.services.engine.until(works, WORK_LIMIT_MS))) return `${name} has stopped working`;
  }
  return '';
}

const maskOf = (harts: readonly number[]): number => harts.reduce((mask, hart) => mask | (1 << hart), 0);
