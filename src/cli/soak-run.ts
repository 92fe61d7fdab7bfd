/** Rounds in this process, one after the other, until there were enough or one went wrong. */
import { localHost } from '../session/scenario-host.ts';
import type { LocalMachine } from '../session/make-machine.ts';
import { sampleText, type Growth } from './growth.ts';
import { MemoryGrowth } from './memory-growth.ts';
import { SoakMachine, type Rounds, type RoundsOptions } from './soak-machine.ts';

export interface SoakOptions extends RoundsOptions {
  readonly rounds: number;
  readonly say: (line: string) => void;
}

export interface SoakResult {
  /** What went wrong, or ''. */
  readonly problem: string;
  readonly rounds: number;
  /** Host milliseconds of what a round measures. */
  readonly median: number;
  readonly p99: number;
  readonly longest: number;
  /** Of memory, since the first hundred rounds; null: there were no more. */
  readonly growth: Growth | null;
}

const REPORT_EVERY = 100;

/** `prepare` makes the machine, which must be fresh, ready for the rounds that it gives back. */
export async function soak(
  machine: LocalMachine,
  prepare: (soak: SoakMachine, options: RoundsOptions) => Promise<Rounds>,
  options: SoakOptions,
): Promise<SoakResult> {
  const soaked = new SoakMachine(localHost(machine));
  const { what, round, remark } = await prepare(soaked, options);
  const times: number[] = [];
  const memory = new MemoryGrowth();
  await memory.sample();
  while (soaked.problem === '' && times.length < options.rounds) {
    times.push(await round());
    await memory.round();
    if (times.length % REPORT_EVERY === 0)
      options.say(`${times.length} ${what}; ${sampleText(await memory.sample())}`);
  }
  if (remark() !== '') options.say(remark());
  return {
    problem: soaked.problem,
    rounds: times.length,
    ...quantiles(times),
    growth: await memory.growth(),
  };
}

/** Zeros when there are no times. */
export function quantiles(times: readonly number[]): { median: number; p99: number; longest: number } {
  const sorted = times.toSorted((one, other) => one - other);
  const quantile = (part: number): number => sorted[Math.floor((sorted.length - 1) * part)] ?? 0;
  return { median: quantile(0.5), p99: quantile(0.99), longest: quantile(1) };
}
