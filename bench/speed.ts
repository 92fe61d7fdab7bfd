/**
 * Speed of the interpreter: small integer programs as a guest kernel (S-mode, Sv39, a timer interrupt every 10 ms) against
 * the same C compiled to wasm32 with -O2, in the same process, one after the other.
 */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { heard, kerf, machineWith, root } from './machine.ts';
import { geometricMean, judge, LIMITS, median, miss, type Verdict } from './verdict.ts';

/** Rounds of each program: about half a second of guest. */
const PROGRAMS = {
  sieve: 20,
  sort: 10,
  hash: 10,
  crc: 20,
  interp: 4,
  list: 60,
  matrix: 15,
  fib: 50,
} as const;
const RUNS = 3;
const TICKS_PER_SECOND = 10_000_000;

interface Row {
  readonly name: string;
  readonly instructionsPerSecond: number;
  /** Time of wasm32 / time of the guest. */
  readonly ratio: number;
  /** What is wrong with the guest's outputs, or null. */
  readonly wrong: string | null;
}

/** Prints the table. */
export async function measureSpeed(say: (line: string) => void): Promise<Verdict[]> {
  const module = await WebAssembly.instantiate(await readFile(join(root, 'bench/images/bench.wasm')));
  const rows: Row[] = [];
  for (const [name, rounds] of Object.entries(PROGRAMS)) {
    const runs = [];
    for (let run = 0; run < RUNS; run++) runs.push(await guestRun(name, rounds));
    const native = module.instance.exports[`bench_${name}`] as (n: number) => number;
    const value = native(rounds) >>> 0;
    const seconds = median(Array.from({ length: RUNS }, () => timed(() => native(rounds))));
    const other = runs.find((run) => run.value !== value);
    const guestSeconds = median(runs.map((run) => run.seconds));
    rows.push({
      name,
      instructionsPerSecond: (runs[0]?.instructions ?? 0) / guestSeconds,
      ratio: seconds / guestSeconds,
      wrong: other === undefined ? null : `the guest computed ${other.value}, wasm32 ${value}`,
    });
  }
  say('program    guest MIPS   against wasm32');
  for (const { name, instructionsPerSecond, ratio } of rows) {
    say(
      `${name.padEnd(9)} ${(instructionsPerSecond / 1e6).toFixed(0).padStart(11)} ${ratio.toFixed(4).padStart(16)}`,
    );
  }
  return judgeSpeed(rows);
}

/** Judges the geometric mean of the programs, and their outputs. */
export function judgeSpeed(rows: readonly Row[]): Verdict[] {
  return [
    ...rows.flatMap(({ name, wrong }) => (wrong === null ? [] : [miss(`${name}: ${wrong}`)])),
    judge(LIMITS.speed, geometricMean(rows.map(({ ratio }) => ratio))),
  ];
}

async function guestRun(
  name: string,
  rounds: number,
): Promise<{ readonly value: number; readonly instructions: number; readonly seconds: number }> {
  const machine = await machineWith(1, ['bench/images/bench.img']);
  try {
    await kerf(machine, 'create bench --cpus 0 --memory 32M');
    await kerf(machine, `load bench --kernel bench.img --cmdline "bench=${name} n=${rounds}"`, 'exec bench');
    const id = (await machine.services.view()).instances[0]?.id ?? 1;
    const [, value, instructions, ticks] = await heard(machine, id, /RESULT \S+ (\d+) (\d+) (\d+)\r?\n/);
    return {
      value: Number(value) >>> 0,
      instructions: Number(instructions),
      seconds: Number(ticks) / TICKS_PER_SECOND,
    };
  } finally {
    await machine.dispose();
  }
}

function timed(work: () => void): number {
  const began = performance.now();
  work();
  return (performance.now() - began) / 1000;
}
