/** A hart moves from one running kernel to another: every phase, and every way in which a move does not come off. */
import { beforeEach, describe, expect, it } from 'vitest';
import { signal } from '../protocol/hart-protocol.ts';
import {
  EXIT_PANIC,
  HART,
  HEADER,
  HSM_START_PENDING,
  HSM_STARTED,
  HSM_STOPPED,
  HSM_SUSPENDED,
  INSTANCE,
  instanceBlock,
  REASON_START,
  REASON_STOP,
} from '../protocol/layout.ts';
import {
  UPDATE_PHASES,
  type InstanceView,
  type KerfReply,
  type UpdatePhase,
} from '../protocol/machine-view.ts';
import { TRACE_KIND } from '../protocol/trace.ts';
import { createTraceReader } from '../machine/trace-reader.ts';
import { kernelImage } from './test-image.ts';
import { TestMachine } from './test-machine.ts';

const MIB = 2 ** 20;
const MOVE = 'update beta --cpus +2 --from alpha';
const TICKS_PER_SECOND = 10_000_000;

let machine: TestMachine;

beforeEach(async () => {
  machine = new TestMachine({ harts: 6, memory: 64 * MIB });
  machine.files.set('kernel', kernelImage([0x11]));
  await machine.kerf('create alpha --cpus 0-2 --memory 4M', 'create beta --cpus 3 --memory 4M');
  for (const name of ['alpha', 'beta']) await machine.kerf(`load ${name} --kernel kernel`, `exec ${name}`);
  await machine.kerf('update alpha --cpus -1,2', 'update alpha --cpus +1,2');
  await machine.settle();
  machine.requests.length = 0;
});

const instance = (name: string): InstanceView => {
  const found = machine.controller.view().instances.find((each) => each.name === name);
  if (!found) throw new Error(`no ${name}`);
  return found;
};
const owned = (): (number[] | readonly number[])[] => [
  instance('alpha').harts,
  instance('beta').harts,
  machine.ownership.hartsOf(null),
];
const hsm = (hart: number): number => machine.hartWord(hart, HART.HSM);
const atPhase = (phase: UpdatePhase): Promise<boolean> =>
  machine.until(() => machine.controller.view().phases.some((each) => each.phase === phase), 1000);
const pause = (id: number, on: 0 | 1): number =>
  Atomics.store(machine.words, (instanceBlock(id) + INSTANCE.PAUSED) >> 2, on);
const why = (reply: KerfReply): string => `${reply.error?.code}: ${reply.error?.reason}`;

describe('a move between running kernels', () => {
  it('is one command, and goes through every phase once, each in the trace with the time at which it began', async () => {
    const reader = createTraceReader(machine.memory);
    reader.drain();
    const seen: string[] = [];
    machine.controller.onChange(() => {
      const phase = machine.controller.view().phases.find((each) => each.hart === 2);
      const text = phase ? `${phase.instance} ${phase.phase}` : '';
      if (text !== '' && seen.at(-1) !== text) seen.push(text);
    });
    expect(await machine.kerf(MOVE)).toMatchObject({
      exitCode: 0,
      output: 'beta gets 2 from alpha: it has 2-3, alpha has 0-1',
    });
    const whole = [
      '1 cpu-remove',
      '1 migrating',
      '1 stopping',
      '1 stopped',
      '2 ownership',
      '2 cpu-add',
      '2 starting',
      '2 online',
    ];
    expect(seen).toEqual(whole);
    const records = reader.drain().records.filter((record) => record.kind === TRACE_KIND.PHASE);
    expect(records.map(({ a, c }) => `${c} ${UPDATE_PHASES[Number(a)]}`)).toEqual(whole);
    expect(records.every(({ b }) => b === 2n)).toBe(true);
    const times = records.map(({ time }) => time);
    expect(times).toEqual([...times].sort((one, other) => one - other));
    expect(machine.controller.view().phases).toEqual([]);
    expect(owned()).toEqual([
      [0, 1],
      [2, 3],
      [4, 5],
    ]);
    expect(hsm(2)).toBe(HSM_STARTED);
    expect(machine.requests).toEqual(['1 CPU_REMOVE 2', '2 CPU_ADD 2']);
  });

  it('is done when the kernel has started the hart, and idles there by HART_SUSPEND', async () => {
    machine.mannersOf.set(2, { suspends: true });
    const began = machine.ticks;
    expect(await machine.kerf(MOVE)).toMatchObject({ exitCode: 0 });
    expect(machine.ticks - began).toBeLessThan(TICKS_PER_SECOND);
    expect([instance('beta').harts, hsm(2)]).toEqual([[2, 3], HSM_SUSPENDED]);
    expect(await machine.kerf('update beta --cpus -2')).toMatchObject({ exitCode: 0 });
    expect(hsm(2)).toBe(HSM_STOPPED);
  });

  it('is the same in two commands, by way of the pool', async () => {
    expect(await machine.kerf('update alpha --cpus -2')).toMatchObject({
      output: 'hart 2 left alpha: it has 0-1',
    });
    expect([owned(), hsm(2)]).toEqual([[[0, 1], [3], [2, 4, 5]], HSM_STOPPED]);
    expect(await machine.kerf('update beta --cpus +2')).toMatchObject({
      output: 'hart 2 joined beta: it has 2-3',
    });
  });

  it('drops what the hart remembers before the next kernel has it', async () => {
    const fences = machine.hartWord(2, HART.FENCE_REQUEST);
    await machine.kerf(MOVE);
    expect(machine.hartWord(2, HART.FENCE_REQUEST)).toBeGreaterThan(fences);
    expect(machine.hartWord(2, HART.FENCE_ACK)).toBe(machine.hartWord(2, HART.FENCE_REQUEST));
  });

  it('is not disturbed by a kernel that starts the hart again at the last moment', async () => {
    const starts = (): number => machine.starts.filter(({ hart }) => hart === 2).length;
    const before = starts();
    let once = true;
    machine.controller.onChange(() => {
      const phase = machine.controller.view().phases.find((each) => each.hart === 2)?.phase;
      if (!once || phase !== 'ownership') return;
      once = false;
      machine.setHartWord(2, HART.HSM, HSM_START_PENDING);
      signal(machine.words, 2, REASON_START);
    });
    expect(await machine.kerf(MOVE)).toMatchObject({ exitCode: 0 });
    await machine.settle();
    expect([owned(), hsm(2)]).toEqual([
      [
        [0, 1],
        [2, 3],
        [4, 5],
      ],
      HSM_STARTED,
    ]);
    expect(once).toBe(false);
    // Alpha's start was undone before beta was asked: beta started it once more.
    expect(starts() - before).toBe(2);
    expect(machine.replaced).toEqual([]);
  });

  it('asks only kernels that run', async () => {
    await machine.kerf('kill beta');
    expect(await machine.kerf(MOVE)).toMatchObject({ exitCode: 0 });
    await machine.kerf('update beta --cpus -2', 'exec beta', 'kill alpha');
    machine.requests.length = 0;
    expect(await machine.kerf('update beta --cpus +1 --from alpha')).toMatchObject({ exitCode: 0 });
    expect(owned()).toEqual([[0], [1, 3], [2, 4, 5]]);
    expect(machine.requests).toEqual(['2 CPU_ADD 1']);
  });

  it('needs both to run, if they are to answer', async () => {
    pause(1, 1);
    expect(why(await machine.kerf(MOVE))).toContain('paused: alpha is paused');
    pause(1, 0);
    pause(2, 1);
    expect(why(await machine.kerf(MOVE))).toContain('paused: beta is paused');
    pause(2, 0);
    Atomics.store(machine.words, HEADER.PAUSED >> 2, 1);
    expect(why(await machine.kerf('update alpha --cpus -2'))).toContain('paused: the machine is paused');
    expect(machine.requests).toEqual([]);
  });

  it('changes nothing with --dry-run, and nothing when refused', async () => {
    expect(await machine.kerf(`${MOVE} --dry-run`)).toMatchObject({
      output: 'beta gets 2 from alpha; nothing was changed',
    });
    expect(why(await machine.kerf('update beta --cpus +0 --from alpha'))).toContain('boot-hart');
    expect([machine.requests, owned()]).toEqual([[], [[0, 1, 2], [3], [4, 5]]]);
  });
});

describe('a kernel that does not give the hart', () => {
  it.each([
    ['never acknowledges', { deaf: true }, 'alpha did not acknowledge it in 5 s'],
    ['refuses', { removeStatus: -4n }, 'alpha answered with error -4'],
    ['lies', { pretends: true }, 'alpha said that hart 2 is stopped, but it runs'],
  ])('%s: the hart runs on there', async (_what, manners, reason) => {
    Object.assign(machine.manners, manners);
    const began = machine.ticks;
    expect(why(await machine.kerf(MOVE))).toBe(`cpu-remove-failed: hart 2 stays with alpha: ${reason}`);
    expect(machine.ticks - began).toBeLessThan(6 * TICKS_PER_SECOND);
    expect(machine.controller.view().phases).toMatchObject([{ hart: 2, phase: 'failed' }]);
    expect([owned(), hsm(2)]).toEqual([[[0, 1, 2], [3], [4, 5]], HSM_STARTED]);
    expect(instance('alpha').state).toBe('active');
  });

  it('is told to keep it, should it come to read the request too late', async () => {
    machine.manners.deaf = true;
    await machine.kerf(MOVE);
    machine.manners.deaf = false;
    await machine.settle();
    expect(machine.requests).toEqual(['1 CPU_REMOVE 2', '1 CPU_ADD 2']);
    expect([owned(), hsm(2)]).toEqual([[[0, 1, 2], [3], [4, 5]], HSM_STARTED]);
    // Its late answers are not taken for those to the next request.
    expect(await machine.kerf(MOVE)).toMatchObject({ exitCode: 0 });
  });

  it('gets it back when it has stopped it all the same', async () => {
    Object.assign(machine.manners, { removeStatus: -1n, stops: true });
    expect(why(await machine.kerf(MOVE))).toBe(
      'cpu-remove-failed: hart 2 stays with alpha: alpha answered with error -1 (it had stopped; given back to alpha, which has started it again)',
    );
    expect(machine.requests).toEqual(['1 CPU_REMOVE 2', '1 CPU_ADD 2']);
    expect([owned(), hsm(2)]).toEqual([[[0, 1, 2], [3], [4, 5]], HSM_STARTED]);
  });

  it('and acknowledges nothing: the hart that stopped is given back', async () => {
    machine.manners.silent = true;
    const reason = why(await machine.kerf(MOVE));
    expect(reason).toContain('hart 2 stays with alpha: alpha did not acknowledge it in 5 s (it had stopped;');
    expect([owned(), hsm(2)]).toEqual([[[0, 1, 2], [3], [4, 5]], HSM_STARTED]);
  });

  it('and ends meanwhile: it keeps the hart', async () => {
    machine.manners.deaf = true;
    const reply = machine.kerf(MOVE);
    await atPhase('cpu-remove');
    machine.exit(1, EXIT_PANIC);
    expect(why(await reply)).toBe('cpu-remove-failed: hart 2 stays with alpha: alpha ended meanwhile');
    await machine.settle();
    expect(instance('alpha')).toMatchObject({ state: 'loaded', reason: 'panic', harts: [0, 1, 2] });
    expect(instance('beta').state).toBe('active');
  });
});

describe('a kernel that does not take the hart', () => {
  it.each([
    ['refuses', { addStatus: -3n }, 'beta answered with error -3'],
    ['lies', { pretends: true }, 'beta said that hart 2 is online, but it has not started it'],
    ['never acknowledges', { deaf: true }, 'beta did not acknowledge it in 5 s'],
  ])('%s: it is given back', async (_what, manners, reason) => {
    machine.mannersOf.set(2, manners);
    expect(why(await machine.kerf(MOVE))).toBe(`cpu-add-failed: hart 2 was given back to alpha: ${reason}`);
    expect([owned(), hsm(2)]).toEqual([[[0, 1, 2], [3], [4, 5]], HSM_STARTED]);
    expect(machine.requests.filter((each) => each.startsWith('1'))).toEqual([
      '1 CPU_REMOVE 2',
      '1 CPU_ADD 2',
    ]);
    expect(machine.controller.view().phases).toMatchObject([{ hart: 2, phase: 'failed' }]);
  });

  it('several harts: all or nothing, undone in reverse', async () => {
    machine.mannersOf.set(2, { refuses: 2 });
    expect(why(await machine.kerf('update beta --cpus +1,2 --from alpha'))).toBe(
      'cpu-add-failed: hart 2 was given back to alpha: beta answered with error -3; hart 1 was moved back',
    );
    expect(owned()).toEqual([[0, 1, 2], [3], [4, 5]]);
    expect([1, 2].map(hsm)).toEqual([HSM_STARTED, HSM_STARTED]);
    expect(why(await machine.kerf('update beta --cpus +4,5', 'update beta --cpus 2-3'))).toContain(
      'hart-not-free',
    );
  });

  it('harts of the pool, too', async () => {
    machine.mannersOf.set(2, { refuses: 5 });
    expect(why(await machine.kerf('update beta --cpus +4,5'))).toBe(
      'cpu-add-failed: hart 5 was taken back to the pool: beta answered with error -3; hart 4 was moved back',
    );
    expect(owned()).toEqual([[0, 1, 2], [3], [4, 5]]);
  });

  it('and neither does its old owner: it stands still there, and that is said', async () => {
    machine.mannersOf.set(1, { addStatus: -5n });
    machine.mannersOf.set(2, { addStatus: -3n });
    expect(why(await machine.kerf(MOVE))).toBe(
      'cpu-add-failed: hart 2 was given back to alpha, where it stands still because alpha answered with error -5: beta answered with error -3',
    );
    expect([owned(), hsm(2)]).toEqual([[[0, 1, 2], [3], [4, 5]], HSM_STOPPED]);
  });

  it('and ends meanwhile: it is given back', async () => {
    machine.mannersOf.set(2, { deaf: true });
    const reply = machine.kerf(MOVE);
    await atPhase('cpu-add');
    machine.exit(2, EXIT_PANIC);
    expect(why(await reply)).toBe('cpu-add-failed: hart 2 was given back to alpha: beta ended meanwhile');
    await machine.settle();
    expect(instance('beta')).toMatchObject({ state: 'loaded', reason: 'panic' });
    expect([owned(), hsm(2)]).toEqual([[[0, 1, 2], [3], [4, 5]], HSM_STARTED]);
  });
});

describe('a kernel that has started the hart, and was too late to say so', () => {
  const asked = (): string[] => machine.requests.filter((each) => each.startsWith('2'));

  it('is asked for it again before it is taken back', async () => {
    machine.mannersOf.set(2, { silent: true });
    expect(why(await machine.kerf(MOVE))).toBe(
      'cpu-add-failed: hart 2 was given back to alpha: beta did not acknowledge it in 5 s',
    );
    expect(asked()).toEqual(['2 CPU_ADD 2', '2 CPU_REMOVE 2']);
    expect([owned(), hsm(2)]).toEqual([[[0, 1, 2], [3], [4, 5]], HSM_STARTED]);
    expect([instance('beta').state, machine.replaced]).toEqual(['active', []]);
    machine.mannersOf.delete(2);
    expect(await machine.kerf(MOVE)).toMatchObject({ exitCode: 0 });
  });

  it('and does not let go of it: it has failed, like one that loses a hart', async () => {
    machine.mannersOf.set(2, { silent: true, removeStatus: -1n });
    expect(why(await machine.kerf(MOVE))).toBe(
      'cpu-add-failed: hart 2 was given back to alpha: beta did not acknowledge it in 5 s, and has failed: it ran on the hart, and did not let go of it when asked',
    );
    await machine.settle();
    expect(instance('beta')).toMatchObject({
      state: 'failed',
      reason: 'hart 2 was taken from it by force: it did not let go of it when asked',
      harts: [3],
    });
    expect([instance('alpha').state, machine.replaced]).toEqual(['active', []]);
    expect([owned(), hsm(2), hsm(3)]).toEqual([[[0, 1, 2], [3], [4, 5]], HSM_STARTED, HSM_STOPPED]);
  });

  it('and says that it has refused it: it is asked for it all the same', async () => {
    machine.mannersOf.set(2, { addStatus: -1n });
    let started = false;
    machine.controller.onChange(() => {
      if (started || machine.ownership.hartOwner(2) !== 2) return;
      started = true;
      machine.setHartWord(2, HART.HSM, HSM_STARTED);
    });
    expect(why(await machine.kerf(MOVE))).toBe(
      'cpu-add-failed: hart 2 was given back to alpha: beta answered with error -1',
    );
    expect(asked()).toEqual(['2 CPU_ADD 2', '2 CPU_REMOVE 2']);
  });

  it('reads the request when the hart is gone: it finds the opposite behind it, and its answers are nobody’s', async () => {
    machine.mannersOf.set(2, { deaf: true });
    const began = machine.ticks;
    await machine.kerf(MOVE);
    // Nobody waits for what it cannot have begun.
    expect(machine.ticks - began).toBeLessThan(6 * TICKS_PER_SECOND);
    machine.mannersOf.delete(2);
    await machine.settle();
    expect(asked()).toEqual(['2 CPU_ADD 2', '2 CPU_REMOVE 2']);
    expect([owned(), hsm(2)]).toEqual([[[0, 1, 2], [3], [4, 5]], HSM_STARTED]);
    expect(await machine.kerf(MOVE)).toMatchObject({ exitCode: 0 });
  });
});

describe('a hart whose worker dies', () => {
  /** The hart is lost at the instant at which the phase begins. */
  const loseAt = (phase: UpdatePhase): void => {
    let done = false;
    machine.controller.onChange(() => {
      const now = machine.controller.view().phases.find((each) => each.hart === 2)?.phase;
      if (done || now !== phase) return;
      done = true;
      machine.lose(2);
    });
  };

  it.each(['cpu-remove', 'migrating', 'stopping', 'stopped'] as const)(
    'in %s: the kernel that gives it has failed, the hart is in the pool',
    async (phase) => {
      // It does not come to the end of what it was asked for: a hart that has is between two owners.
      machine.mannersOf.set(1, phase === 'cpu-remove' ? { deaf: true } : { silent: true });
      loseAt(phase);
      expect(why(await machine.kerf(MOVE))).toBe(
        'hart-lost: hart 2 went to the pool: its worker died while alpha owned it, which has failed',
      );
      await machine.settle();
      expect(instance('alpha')).toMatchObject({
        state: 'failed',
        reason: 'the worker of hart 2 died: out of memory',
      });
      expect(instance('beta').state).toBe('active');
      expect([owned(), hsm(2)]).toEqual([[[0, 1], [3], [2, 4, 5]], HSM_STOPPED]);
      expect(machine.controller.view().harts.some(({ lost }) => lost)).toBe(false);
      expect(await machine.kerf('update beta --cpus +2')).toMatchObject({ exitCode: 0 });
    },
  );

  it('between two owners: it has a new one, and the move goes on', async () => {
    loseAt('ownership');
    expect(await machine.kerf(MOVE)).toMatchObject({ exitCode: 0 });
    await machine.settle();
    expect(machine.replaced).toEqual([2]);
    expect([instance('alpha').state, instance('beta').state]).toEqual(['active', 'active']);
    expect([owned(), hsm(2)]).toEqual([
      [
        [0, 1],
        [2, 3],
        [4, 5],
      ],
      HSM_STARTED,
    ]);
  });

  it.each(['cpu-add', 'starting'] as const)(
    'in %s: the kernel that takes it has failed, the hart is in the pool',
    async (phase) => {
      machine.mannersOf.set(2, { silent: true });
      loseAt(phase);
      expect(why(await machine.kerf(MOVE))).toBe(
        'hart-lost: hart 2 went to the pool: its worker died while beta owned it, which has failed',
      );
      await machine.settle();
      expect(instance('beta')).toMatchObject({ state: 'failed', harts: [3] });
      expect(instance('alpha').state).toBe('active');
      expect([owned(), hsm(2)]).toEqual([[[0, 1], [3], [2, 4, 5]], HSM_STOPPED]);
    },
  );

  /** Beta has started hart 2 and does not say so; the hart looks at nothing any more. Resolves when it is asked to stop. */
  async function hangInBeta(): Promise<void> {
    machine.mannersOf.set(2, { silent: true });
    await machine.until(() => hsm(2) === HSM_STARTED && machine.ownership.hartOwner(2) === 2, 10_000);
    machine.hung.add(2);
    const asked = (): boolean => (machine.hartWord(2, HART.REASONS) & REASON_STOP) !== 0;
    expect(await machine.until(asked, 20_000)).toBe(true);
  }

  const TAKEN =
    'cpu-add-failed: hart 2 was given back to alpha: beta did not acknowledge it in 5 s, and has failed: it ran on the hart, and did not let go of it when asked';

  it('hangs when it is taken back: the kernel that still runs on it has failed, like any that loses a worker', async () => {
    const [reply] = await Promise.all([machine.kerf(MOVE), hangInBeta()]);
    expect(why(reply)).toBe(TAKEN);
    await machine.settle();
    expect(machine.replaced).toEqual([2]);
    expect(instance('beta')).toMatchObject({ state: 'failed', harts: [3] });
    expect(instance('alpha').state).toBe('active');
    expect([owned(), hsm(2)]).toEqual([[[0, 1, 2], [3], [4, 5]], HSM_STARTED]);
  });

  it('is slow when it is taken back, on a busy host: it keeps its worker', async () => {
    const slow = async (): Promise<void> => {
      await hangInBeta();
      await machine.until(() => false, 1_000);
      machine.hung.delete(2);
    };
    const [reply] = await Promise.all([machine.kerf(MOVE), slow()]);
    expect(why(reply)).toBe(TAKEN);
    expect(machine.replaced).toEqual([]);
    await machine.settle();
    expect([instance('alpha').state, instance('beta').state]).toEqual(['active', 'failed']);
  });

  it('online: the move is over, and the kernel has failed like any other', async () => {
    loseAt('online');
    await machine.kerf(MOVE);
    await machine.settle();
    expect(instance('beta')).toMatchObject({ state: 'failed', harts: [2, 3] });
    expect(instance('alpha').state).toBe('active');
  });
});
