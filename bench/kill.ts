/** How long `kill --force` takes when every hart of the kernel spins with interrupts masked, beside a kill that is asked for. */
import { kerf, machineWith } from './machine.ts';
import { judge, LIMITS, type Verdict } from './verdict.ts';
import { STATUS } from '../src/protocol/channel.ts';
import { HART, hartBlock, RAM_BASE, RAM_HOST } from '../src/protocol/layout.ts';
import type { LocalMachine } from '../src/session/make-machine.ts';

const ROUNDS = 20;
const HARTS = [0, 1];
const BOOT_LIMIT_MS = 30_000;
/** Longer than a kernel that sleeps is ever awake without a reason. */
const SPIN_MS = 50;

/** Prints the figures of both; the longest forced kill is judged. */
export async function measureKill(say: (line: string) => void): Promise<Verdict[]> {
  const machine = await machineWith(HARTS.length, ['public/guests/islet.img']);
  try {
    await kerf(
      machine,
      `create alpha --cpus ${HARTS.join(',')} --memory 8M`,
      'load alpha --kernel islet.img',
    );
    const forced: number[] = [];
    const asked: number[] = [];
    for (let round = 0; round < ROUNDS; round += 1) {
      await boot(machine);
      asked.push(await timed(() => kerf(machine, 'kill alpha')));
      await boot(machine);
      await wedge(machine);
      forced.push(await timed(() => kerf(machine, 'kill alpha --force')));
    }
    const [force, plain] = [figures(forced), figures(asked)];
    say(
      `kill --force of ${HARTS.length} harts that spin with interrupts masked: median ${force.median.toFixed(2)} ms, ` +
        `longest ${force.longest.toFixed(2)} ms of ${ROUNDS}; ` +
        `plain kill: median ${plain.median.toFixed(2)} ms, longest ${plain.longest.toFixed(2)} ms; ` +
        `ratio of the medians ${(force.median / plain.median).toFixed(2)}`,
    );
    return [judge(LIMITS.kill, force.longest)];
  } finally {
    await machine.dispose();
  }
}

/** Starts alpha and waits until all its harts are online. */
async function boot(machine: LocalMachine): Promise<void> {
  await kerf(machine, 'exec alpha');
  const [alpha] = (await machine.services.view()).instances;
  const online = (RAM_HOST + (alpha?.status ?? RAM_BASE) - RAM_BASE + STATUS.HARTS_ONLINE) >> 3;
  const words = new BigUint64Array(machine.memory.buffer);
  const all = HARTS.reduce((mask, hart) => mask | (1n << BigInt(hart)), 0n);
  if (await machine.services.engine.until(() => Atomics.load(words, online) === all, BOOT_LIMIT_MS)) return;
  throw new Error('alpha did not boot');
}

/** Waits until every hart spins: a kernel at its prompt sleeps, and wakes for a moment at most. */
async function wedge(machine: LocalMachine): Promise<void> {
  const [alpha] = (await machine.services.view()).instances;
  await machine.services.type(alpha?.id ?? -1, new TextEncoder().encode('wedge\n'));
  const words = new Int32Array(machine.memory.buffer);
  const awake = (hart: number): boolean => Atomics.load(words, (hartBlock(hart) + HART.IDLE) >> 2) === 0;
  let since = performance.now();
  const spins = (): boolean => {
    if (!HARTS.every(awake)) since = performance.now();
    return performance.now() - since >= SPIN_MS;
  };
  if (!(await machine.services.engine.until(spins, BOOT_LIMIT_MS))) throw new Error('alpha does not spin');
}

async function timed(act: () => Promise<void>): Promise<number> {
  const began = performance.now();
  await act();
  return performance.now() - began;
}

function figures(times: readonly number[]): { median: number; longest: number } {
  const sorted = times.toSorted((one, other) => one - other);
  return { median: sorted[Math.floor((sorted.length - 1) / 2)] ?? 0, longest: sorted.at(-1) ?? NaN };
}
