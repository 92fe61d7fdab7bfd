/** A service goes from one kernel to another: what becomes of it when one of them fails, or lies, in each phase. */
import { beforeEach, describe, expect, it } from 'vitest';
import type { InstanceId } from '../base/brand.ts';
import { RING, RING_SLOTS, SYSTEM } from '../protocol/channel.ts';
import { CONTROLLER_END, EXIT_PANIC } from '../protocol/layout.ts';
import type { InstanceView, KerfReply } from '../protocol/machine-view.ts';
import { ringOf } from './channels.ts';
import { kernelImage } from './test-image.ts';
import { TestMachine, type TestVoice } from './test-machine.ts';

const MIB = 2 ** 20;
const OK = [0n, 7n, 0x77n] as const;
const ERROR = [-1n, 0n, 0n] as const;

type Name = keyof typeof SYSTEM;
/** What a kernel does when it hears a message: says something, panics, or nothing. */
type Reaction = readonly bigint[] | 'panic' | 'nothing';

let machine: TestMachine;
let reactions: Partial<Record<Name, Reaction>>;
/** What the new kernel says of its own accord once it follows, and once the old one has sealed. */
let ready: Reaction;
let done: Reaction;
let said: string[];
let follow: { kernel: TestVoice; id: bigint } | null;

const view = (name: string): InstanceView => {
  const found = machine.controller.view().instances.find((each) => each.name === name);
  if (!found) throw new Error(`no ${name}`);
  return found;
};
const react = (kernel: TestVoice, answer: number, id: bigint, reaction: Reaction): void => {
  if (reaction === 'panic') machine.exit(kernel.instance, EXIT_PANIC);
  else if (reaction !== 'nothing') kernel.say(answer, id, ...reaction);
};
const handOver = (flags = ''): Promise<KerfReply> => machine.kerf(`handover alpha beta${flags}`);
const states = (): string[] => ['alpha', 'beta'].map((name) => view(name).state);

const ANSWERS: Readonly<Partial<Record<Name, number>>> = {
  HANDOVER_FOLLOW: SYSTEM.HANDOVER_FOLLOWING,
  HANDOVER_SEND: SYSTEM.HANDOVER_SENDING,
  HANDOVER_COMMIT: SYSTEM.HANDOVER_SEALED,
  HANDOVER_MOVE: SYSTEM.HANDOVER_MOVED,
  HANDOVER_CANCEL: SYSTEM.HANDOVER_CANCELLED,
};

beforeEach(async () => {
  machine = new TestMachine({ harts: 4, memory: 64 * MIB });
  machine.files.set('kernel', kernelImage([1]));
  reactions = {};
  ready = OK;
  done = OK;
  said = [];
  follow = null;
  machine.behaviour = {
    system: (kernel, subtype, id) => {
      const name = (Object.keys(SYSTEM) as Name[]).find((each) => SYSTEM[each] === subtype);
      if (!name) return;
      said.push(
        `${view('alpha').id === kernel.instance ? 'alpha' : 'beta'} ${name.replace('HANDOVER_', '')}`,
      );
      react(kernel, ANSWERS[name] ?? 0, id, reactions[name] ?? OK);
      if (name === 'HANDOVER_FOLLOW') follow = { kernel, id };
      if (name === 'HANDOVER_SEND' && follow) react(follow.kernel, SYSTEM.HANDOVER_READY, follow.id, ready);
      if (name === 'HANDOVER_COMMIT' && follow) react(follow.kernel, SYSTEM.HANDOVER_DONE, follow.id, done);
    },
  };
  await machine.kerf(
    'create alpha --cpus 0 --memory 4M',
    'create beta --cpus 1 --memory 4M --peer alpha',
    'create gamma --cpus 2 --memory 4M --peer=',
    'load alpha --kernel kernel',
    'load beta --kernel kernel',
    'exec alpha',
    'exec beta',
  );
});

it('asks both in order, and says what it came to', async () => {
  const reply = await handOver();
  expect(reply.output.split('\n')[0]).toBe('beta serves instead of alpha');
  expect(said).toEqual(['beta FOLLOW', 'alpha SEND', 'alpha COMMIT', 'alpha MOVE']);
  expect(machine.controller.view().phases).toEqual([]);
});

it('waits between --hold and --commit, and commits once', async () => {
  expect(await handOver(' --hold')).toMatchObject({ exitCode: 0 });
  expect([view('alpha').heldFor, view('beta').heldFor]).toEqual(['beta', undefined]);
  expect(machine.controller.view().phases.map(({ phase }) => phase)).toEqual(['ready']);
  expect(said).toEqual(['beta FOLLOW', 'alpha SEND']);
  expect(await handOver(' --commit')).toMatchObject({ exitCode: 0 });
  expect(view('alpha')).not.toHaveProperty('heldFor');
  expect(await handOver(' --commit')).toMatchObject({ error: { code: 'nothing-held' } });
});

it('forgets what is held when one of the two is started again', async () => {
  await handOver(' --hold');
  await machine.kerf('kill beta --force', 'exec beta');
  expect(await handOver(' --commit')).toMatchObject({ error: { code: 'nothing-held' } });
  expect(await handOver()).toMatchObject({ exitCode: 0 });
});

it('is refused without a channel, and for a kernel that does not run', async () => {
  expect(await machine.kerf('handover alpha gamma')).toMatchObject({
    error: { code: 'wrong-state', hint: 'first: kerf load gamma, then kerf exec gamma' },
  });
  await machine.kerf('load gamma --kernel kernel', 'exec gamma');
  expect(await machine.kerf('handover alpha gamma')).toMatchObject({ error: { code: 'no-channel' } });
  expect(said).toEqual([]);
});

describe('alpha serves on, and both are told', () => {
  const CANCELLED = ['beta CANCEL', 'alpha CANCEL'];

  it.each<readonly [string, () => void, string, readonly string[]]>([
    ['beta does not follow', () => (reactions.HANDOVER_FOLLOW = ERROR), 'does not follow', ['beta CANCEL']],
    ['beta does not know it', () => (reactions.HANDOVER_FOLLOW = 'nothing'), 'in 5 s', ['beta CANCEL']],
    ['alpha does not send', () => (reactions.HANDOVER_SEND = ERROR), 'does not send', CANCELLED],
    ['alpha does not know it', () => (reactions.HANDOVER_SEND = 'nothing'), 'in 5 s', CANCELLED],
    ['the state does not arrive', () => (ready = 'nothing'), 'in 30 s', CANCELLED],
    ['beta has no use for the state', () => (ready = ERROR), 'error -1', CANCELLED],
    ['alpha does not seal', () => (reactions.HANDOVER_COMMIT = ERROR), 'does not seal', CANCELLED],
    ['alpha is silent at commit', () => (reactions.HANDOVER_COMMIT = 'nothing'), 'in 1 s', CANCELLED],
    ['beta finds another hash', () => (done = ERROR), 'beta does not serve', CANCELLED],
    ['beta is silent at commit', () => (done = 'nothing'), 'in 5 s', CANCELLED],
    ['beta says another counter', () => (done = [0n, 8n, 0x77n]), 'counter 8', CANCELLED],
    ['beta says another hash', () => (done = [0n, 7n, 0x78n]), 'hash 0x0000000000000078', CANCELLED],
    ['beta answers without a status', () => (done = []), 'no status', CANCELLED],
  ])('when %s', async (_, change, reason, cancelled) => {
    change();
    const reply = await handOver();
    expect(reply.error).toMatchObject({ code: 'handover-failed', reason: expect.stringContaining(reason) });
    expect(reply.error?.reason).toContain('alpha serves on');
    expect(said.filter((each) => each.endsWith('CANCEL'))).toEqual(cancelled);
    expect(said).not.toContain('alpha MOVE');
    expect(states()).toEqual(['active', 'active']);
  });

  it.each(['FOLLOW', 'READY', 'DONE'] as const)('when beta ends at %s', async (at) => {
    if (at === 'FOLLOW') reactions.HANDOVER_FOLLOW = 'panic';
    else if (at === 'READY') ready = 'panic';
    else done = 'panic';
    const reply = await handOver();
    await machine.settle();
    expect(reply.error?.reason).toContain('alpha serves on, and what beta got is of no use (beta has ended)');
    expect(states()).toEqual(['active', 'loaded']);
  });

  it('when alpha says after the commit that nobody follows it: then beta must not serve', async () => {
    reactions.HANDOVER_MOVE = ERROR;
    const reply = await handOver();
    expect(reply.error?.reason).toBe(
      'alpha serves on, and beta has forgotten what it got: alpha does not end its service: it answered with error -1',
    );
    expect(said.filter((each) => each.endsWith('CANCEL'))).toEqual(CANCELLED);
  });

  it('when beta is deaf to the cancel before it could serve: it is left to hear it', async () => {
    ready = ERROR;
    reactions.HANDOVER_CANCEL = 'nothing';
    expect((await handOver()).error?.reason).toContain(
      'alpha is still to go on (alpha did not answer in 1 s), and beta is still to forget what it got (beta did not answer in 1 s)',
    );
    expect(states()).toEqual(['active', 'active']);
  });

  it('when beta is deaf to the cancel and might serve: it is stopped before alpha goes on', async () => {
    done = 'nothing';
    let statesAtCancel: string[] = [];
    const system = machine.behaviour.system;
    machine.behaviour.system = (kernel, subtype, id) => {
      const cancels = subtype === SYSTEM.HANDOVER_CANCEL;
      if (cancels && kernel.instance === view('beta').id) return;
      if (cancels) statesAtCancel = states();
      system?.(kernel, subtype, id);
    };
    expect((await handOver()).error?.reason).toContain(
      'alpha serves on, and beta, which might serve, was stopped (beta did not answer in 1 s): beta is loaded: killed',
    );
    expect(statesAtCancel).toEqual(['active', 'loaded']);
    expect(states()).toEqual(['active', 'loaded']);
  });
});

describe('a kernel of a hand-over that is held ends', () => {
  it.each([
    ['alpha', 'beta CANCEL'],
    ['beta', 'alpha CANCEL'],
  ])('%s: the other one is told, and nothing is held', async (ends, told) => {
    await handOver(' --hold');
    said = [];
    await machine.kerf(`kill ${ends} --force`);
    await machine.settle();
    expect(said).toEqual([told]);
    await machine.kerf(`exec ${ends}`);
    expect(await handOver(' --commit')).toMatchObject({ error: { code: 'nothing-held' } });
    expect(await handOver()).toMatchObject({ exitCode: 0 });
  });

  it('by itself, and is deleted: an instance that gets its number has nothing held', async () => {
    await handOver(' --hold');
    machine.exit(view('beta').id, EXIT_PANIC);
    await machine.settle();
    expect(said.at(-1)).toBe('alpha CANCEL');
    await machine.kerf('unload beta', 'delete beta', 'create beta --cpus 1 --memory 4M --peer alpha');
    await machine.kerf('load beta --kernel kernel', 'exec beta');
    expect(await handOver(' --rollback')).toMatchObject({ error: { code: 'nothing-held' } });
  });

  it('while the ring of the other one is full: it is told at the next look of the controller, once', async () => {
    await handOver(' --hold');
    const channel = machine.channels.between(CONTROLLER_END, view('alpha').id as InstanceId);
    if (!channel) throw new Error('no channel');
    // What its tail says counts: that alpha has taken nothing for a whole ring.
    const at = ringOf(channel, 'a-to-b') + RING.TAIL;
    const tail = machine.view.getUint32(at, true);
    machine.view.setUint32(at, tail - RING_SLOTS, true);
    await machine.kerf('kill beta --force');
    await machine.settle();
    machine.view.setUint32(at, tail, true);
    expect(said).not.toContain('alpha CANCEL');
    // Somebody wakes the controller, about whatever.
    machine.exit(view('gamma').id, EXIT_PANIC);
    await machine.settle();
    expect(said.at(-1)).toBe('alpha CANCEL');
    await machine.kerf('exec beta');
    expect(await handOver()).toMatchObject({ exitCode: 0 });
    expect(said.filter((each) => each === 'alpha CANCEL' || each === 'alpha SEND')).toEqual([
      'alpha SEND',
      'alpha CANCEL',
      'alpha SEND',
    ]);
  });
});

describe('somebody who can ask alpha has no channel to beta', () => {
  beforeEach(async () => {
    await machine.kerf(
      'create delta --cpus 3 --memory 4M --peer alpha',
      'load delta --kernel kernel',
      'exec delta',
    );
  });
  const REFUSED = {
    code: 'no-channel',
    reason: 'alpha cannot hand over to beta: delta can ask alpha, and has no channel to beta',
    hint: 'create beta with --peer alpha,delta',
  };

  it('and would lose its answers: refused before anybody is told', async () => {
    expect(await handOver()).toMatchObject({ error: REFUSED });
    expect(await handOver(' --hold')).toMatchObject({ error: REFUSED });
    expect(said).toEqual([]);
  });

  it('and does not run: it asks nobody', async () => {
    await machine.kerf('kill delta --force');
    expect(await handOver()).toMatchObject({ exitCode: 0 });
  });

  it('and came while it was held: not committed, and still held', async () => {
    await machine.kerf('kill delta --force');
    expect(await handOver(' --hold')).toMatchObject({ exitCode: 0 });
    await machine.kerf('exec delta');
    expect(await handOver(' --commit')).toMatchObject({ error: REFUSED });
    expect(await handOver(' --rollback')).toMatchObject({ exitCode: 0 });
  });
});

describe('the old kernel ends', () => {
  it.each(['HANDOVER_SEND', 'HANDOVER_COMMIT'] as const)(
    'at %s: there is nothing to serve on',
    async (at) => {
      reactions[at] = 'panic';
      ready = at === 'HANDOVER_SEND' ? 'nothing' : OK;
      done = 'nothing';
      const reply = await handOver();
      await machine.settle();
      expect(reply.error?.reason).toContain('alpha has ended, and beta has forgotten what it got');
      expect(states()).toEqual(['loaded', 'active']);
    },
  );

  it('while the state is on its way: nobody waits for the rest of it', async () => {
    ready = 'nothing';
    const began = machine.ticks;
    const ended = handOver();
    await machine.until(() => said.includes('alpha SEND'), 1_000);
    machine.exit(view('alpha').id, EXIT_PANIC);
    expect((await ended).error?.reason).toContain('alpha ended meanwhile');
    expect(machine.ticks - began).toBeLessThan(5_000 * 10_000);
  });

  it('after beta has begun to serve: beta does', async () => {
    reactions.HANDOVER_MOVE = 'panic';
    const reply = await handOver();
    await machine.settle();
    expect(reply.output).toContain('alpha ended meanwhile (panic), so who had asked it has to ask again');
    expect(states()).toEqual(['loaded', 'active']);
  });
});
