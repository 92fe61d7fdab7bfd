/** Repeatable mode: the trace does not depend on the host, the host is heard, and a machine that stands rests. */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { assemble } from '../isa/assemble.ts';
import { kernelImage } from '../multikernel/test-image.ts';
import { startMachine } from './start-machine.ts';
import type { LocalMachine } from './make-machine.ts';

const islet = new Uint8Array(
  readFileSync(fileURLToPath(new URL('../../public/guests/islet.img', import.meta.url))),
);
const MS = 10_000;

const machines: LocalMachine[] = [];
afterEach(async () => {
  vi.restoreAllMocks();
  for (const machine of machines.splice(0)) await machine.dispose();
});

function start(options: { seed?: number; paced?: boolean } = {}): LocalMachine {
  const machine = startMachine({
    config: {
      harts: 3,
      memory: 128 * 2 ** 20,
      isolation: 'enforced',
      mode: 'repeatable',
      seed: options.seed ?? 1,
    },
    workers: {
      hart: () => {
        throw new Error('no workers in Repeatable mode');
      },
    },
    paced: options.paced ?? false,
  });
  machines.push(machine);
  return machine;
}

async function kerf(machine: LocalMachine, ...lines: string[]): Promise<void> {
  for (const line of lines) {
    const reply = await machine.services.kerf(line);
    if (reply.exitCode !== 0) throw new Error(`kerf ${line}: ${reply.error?.reason ?? reply.output}`);
  }
}

async function boot(machine: LocalMachine, image: Uint8Array = islet): Promise<void> {
  await machine.services.addFile('kernel.img', image);
  await kerf(
    machine,
    'create alpha --cpus 0 --memory 16M',
    'create beta --cpus 1 --memory 16M --peer alpha',
    'load alpha --kernel kernel.img',
    'load beta --kernel kernel.img',
    'exec alpha',
    'exec beta',
  );
}

const time = (machine: LocalMachine): number => machine.services.engine.clock.time();

/** The hash of the trace as it is after the first round that ends at `ms` or later. */
async function traceAt(machine: LocalMachine, ms: number): Promise<string> {
  let digest = '';
  await machine.services.engine.until(() => {
    if (time(machine) < ms * MS) return false;
    digest ||= machine.services.trace.digest();
    return true;
  }, 10_000);
  return digest;
}

/** A host on which each look at the clock finds so much more time gone. */
function hostClock(step: () => number): void {
  let now = performance.now();
  vi.spyOn(performance, 'now').mockImplementation(() => (now += step()));
}

describe('the trace', () => {
  /** Commands, a kernel that ends by itself beside an expectation, and a hart that joins. */
  async function story(seed: number): Promise<string> {
    const machine = start({ seed });
    await boot(machine);
    const { services } = machine;
    let said = '';
    await services.onConsole((_, bytes) => {
      said += new TextDecoder().decode(bytes);
    });
    const prompts = (): boolean => said.includes('alpha> ') && said.includes('beta> ');
    expect(await services.engine.until(prompts, 2000)).toBe(true);
    await services.type(2, new TextEncoder().encode('panic now\n'));
    await Promise.all([
      services.engine.until(() => said.includes('panic: now'), 2000),
      services.kerf('update alpha --cpus +2'),
      services.engine.until(() => false, 3.3),
    ]);
    await services.kerf('kill alpha');
    return traceAt(machine, 1000);
  }

  test('is the same however often the host takes the thread, and another for another seed', async () => {
    hostClock(() => 0);
    const undisturbed = await story(7);
    hostClock(() => 5);
    expect(await story(7)).toBe(undisturbed);
    hostClock(() => Math.random() * 3);
    expect(await story(7)).toBe(undisturbed);
    expect(await story(8)).not.toBe(undisturbed);
  });

  test('is the same at the pace of any host as at no pace', async () => {
    const free = start();
    await boot(free);
    const expected = await traceAt(free, 300);
    for (const step of [12, 90]) {
      hostClock(() => step * Math.random());
      const paced = start({ paced: true });
      await boot(paced);
      expect(await traceAt(paced, 300)).toBe(expected);
      vi.restoreAllMocks();
    }
  });

  test('does not know how long the host was paused', async () => {
    const machine = start();
    await boot(machine);
    const before = time(machine);
    // Far more host time than the machine has lived.
    hostClock(() => 60_000);
    await machine.services.pause();
    await machine.services.resume();
    expect(time(machine)).toBe(before);
  });
});

describe('a long wait', () => {
  test('lets a pause in, stands while it lasts, and goes on after it', async () => {
    const machine = start();
    const { services } = machine;
    await boot(machine);
    const wait = services.engine.until(() => false, 3_600_000);
    const paused = await new Promise<number>((settle) =>
      setTimeout(() => void services.pause().then(() => settle(time(machine))), 0),
    );
    expect(paused).toBeLessThan(3_600_000 * MS);
    // Host time goes by in a pause, machine time does not.
    expect(await services.engine.until(() => false, 20)).toBe(false);
    expect(time(machine)).toBe(paused);
    await services.resume();
    expect(await services.engine.until(() => time(machine) > paused + 5 * MS, Infinity)).toBe(true);
    await machine.dispose();
    expect(await wait).toBe(false);
  });

  test('of a kerf command does not hold up a timer', async () => {
    const machine = start();
    await boot(machine, kernelImage([...assemble('1: j 1b', { base: 0n }).bytes]));
    // Acknowledges nothing: five seconds of machine time, in which it never sleeps.
    const kill = machine.services.kerf('kill alpha').then(() => 'answered');
    const first = await Promise.race([kill, new Promise((settle) => setTimeout(() => settle('timer'), 0))]);
    expect(first).toBe('timer');
    await machine.dispose();
    await kill;
  });

  test('takes no turns while nothing can happen', async () => {
    const machine = start();
    const { services } = machine;
    await boot(machine);
    await services.pause();
    let looks = 0;
    const began = performance.now();
    await services.engine.until(() => {
      looks += 1;
      return performance.now() - began > 50;
    }, Infinity);
    // One look in five milliseconds, beside the first few.
    expect(looks).toBeLessThan(30);
  });
});

describe('a machine whose harts all sleep', () => {
  /** Sets the timer (SBI TIME extension) and sleeps. */
  const sleeper = (timer: string): Uint8Array =>
    kernelImage([
      ...assemble(
        `
        li a7, 0x54494d45
        li a6, 0
        li a0, ${timer}
        ecall
        li t0, 32
        csrw sie, t0
      1: wfi
        j 1b
        `,
        { base: 0n },
      ).bytes,
    ]);

  test.each([
    ['with no timer', '-1'],
    ['with a timer in the far future', '1 << 60'],
  ])('%s stands until it is roused when nobody waits for a time', async (_, timer) => {
    const machine = start();
    await boot(machine, sleeper(timer));
    let roused = false;
    const wait = machine.services.engine.until(() => roused, Infinity);
    setTimeout(() => (roused = true), 30);
    expect(await wait).toBe(true);
    expect(time(machine)).toBeLessThan(1000 * MS);
  });

  test('jumps to the end of the shortest wait, and no further', async () => {
    const machine = start();
    await boot(machine, sleeper('1 << 60'));
    await machine.services.engine.until(() => false, 1);
    const before = time(machine);
    await Promise.all([
      machine.services.engine.until(() => false, 25_000),
      machine.services.engine
        .until(() => false, 123)
        .then(() => expect(time(machine)).toBe(before + 123 * MS)),
    ]);
    expect(time(machine)).toBe(before + 25_000 * MS);
  });

  test('asks whoever waits at every ten milliseconds of a long sleep', async () => {
    const machine = start();
    await boot(machine, sleeper('600000000'));
    await machine.services.engine.until(() => false, 1);
    const target = time(machine) + 100 * MS;
    await machine.services.engine.until(() => time(machine) >= target, Infinity);
    expect(time(machine)).toBeLessThanOrEqual(target + 10 * MS);
  });
});

test('an error in a condition is its own waiter’s', async () => {
  const machine = start();
  await boot(machine);
  let looks = 0;
  const broken = machine.services.engine.until(() => {
    looks += 1;
    if (looks > 1) throw new Error('broken');
    return false;
  }, 100);
  const whole = machine.services.engine.until(() => false, 10);
  await expect(broken).rejects.toThrow('broken');
  expect(await whole).toBe(false);
});
