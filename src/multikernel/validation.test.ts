import { beforeEach, describe, expect, it } from 'vitest';
import type { InstanceId } from '../base/brand.ts';
import type { Result } from '../base/result.ts';
import { CHANNEL_PAGES } from '../protocol/channel.ts';
import {
  CONTROLLER_END,
  HEADER,
  MAX_CHANNELS,
  OWNER_POOL,
  PAGE_SIZE,
  RAM_BASE,
  RAM_HOST,
} from '../protocol/layout.ts';
import { ChannelTable } from './channels.ts';
import { DeviceTable } from './device-table.ts';
import { InstanceTable, type Instance } from './instances.ts';
import { parseKerf } from './kerf-parser.ts';
import { channelOwner, instanceOwner, Ownership } from './ownership.ts';
import { planCreate, type CreatePlan } from './plan-create.ts';
import { bootHart, planUpdate, type UpdatePlan } from './plan-update.ts';
import type { MachineState } from './validation.ts';

const MIB = 2 ** 20;
const RAM_MIB = 64;

class TestState implements MachineState {
  readonly buffer = new SharedArrayBuffer(RAM_HOST);
  readonly ownership: Ownership;
  readonly channels = new ChannelTable(this.buffer);
  readonly instances = new InstanceTable();
  readonly devices = new DeviceTable(this.buffer);
  readonly lostHarts = new Set<number>();
  readonly workerless = new Set<number>();

  constructor(harts: number, ramMib: number) {
    const header = new DataView(this.buffer);
    header.setUint32(HEADER.HARTS, harts, true);
    header.setUint32(HEADER.RAM_PAGES, (ramMib * MIB) / PAGE_SIZE, true);
    this.ownership = new Ownership(this.buffer);
  }

  lost(hart: number): boolean {
    return this.lostHarts.has(hart) || this.workerless.has(hart);
  }

  /** Active instances of these tests have booted on their lowest hart. */
  interruptHart(instance: Instance): number {
    return this.ownership.hartsOf(instance.id)[0] ?? -1;
  }

  noWorker(hart: number): string | null {
    return this.workerless.has(hart) ? 'Error: cannot load\n    at somewhere' : null;
  }

  plan(line: string): Result<CreatePlan> {
    const parsed = parseKerf(line);
    if (!parsed.ok || parsed.value.verb !== 'create') throw new Error(`not a create: ${line}`);
    return planCreate(this, parsed.value);
  }

  update(line: string): Result<UpdatePlan> {
    const parsed = parseKerf(line);
    if (!parsed.ok || parsed.value.verb !== 'update') throw new Error(`not an update: ${line}`);
    return planUpdate(this, parsed.value);
  }

  /** Plans and enters in the tables, as the controller does. */
  create(line: string): Instance {
    const plan = this.plan(line);
    if (!plan.ok) throw new Error(plan.error.reason);
    const instance = this.instances.add(plan.value);
    instance.state = 'ready';
    this.ownership.setPages(plan.value.run, instanceOwner(plan.value.id));
    for (const hart of plan.value.harts) this.ownership.setHartOwner(hart, plan.value.id);
    for (const { a, b, run } of plan.value.channels) {
      this.ownership.setPages(run, channelOwner(this.channels.add(a, b, run).id));
    }
    return instance;
  }
}

let state: TestState;

beforeEach(() => {
  state = new TestState(4, RAM_MIB);
});

const expectRefusal = (result: Result<unknown>, code: string, reason: string, hint: string): void => {
  expect(result.ok ? null : result.error).toEqual({ code, reason, hint });
};

describe('create', () => {
  it('fixes harts, memory from the bottom at 2M, and channels from the top', () => {
    const plan = state.plan('create alpha --cpus 1,0 --memory 16M');
    expect(plan).toMatchObject({
      ok: true,
      value: {
        id: 1,
        harts: [0, 1],
        bootChoice: null,
        memory: { base: 0x8000_0000, size: 16 * MIB },
        entry: 's',
      },
    });
    const top = (RAM_MIB * MIB) / PAGE_SIZE - CHANNEL_PAGES;
    expect(plan.ok ? plan.value.channels : []).toEqual([
      { a: CONTROLLER_END, b: 1, run: { page: top, pages: CHANNEL_PAGES } },
    ]);
  });

  it('connects to every instance, to those named, or to none', () => {
    state.create('create alpha --cpus 0 --memory 2M');
    state.create('create beta --cpus 1 --memory 2M');
    const peers = (flags: string): readonly string[] => {
      const plan = state.plan(`create gamma --cpu-count 1 --memory 2M ${flags}`);
      return plan.ok ? plan.value.peers : ['refused'];
    };
    expect(peers('')).toEqual(['alpha', 'beta']);
    expect(peers('--peer beta')).toEqual(['beta']);
    expect(peers('--peer=')).toEqual([]);
  });

  it('takes the lowest free harts by count, past those that are lost', () => {
    state.create('create alpha --cpus 1 --memory 2M');
    state.lostHarts.add(0);
    expect(state.plan('create beta --cpu-count 2 --memory 2M')).toMatchObject({ value: { harts: [2, 3] } });
  });

  it('takes memory at any page when a base is given', () => {
    expect(state.plan('create alpha --cpus 0 --memory 2M --memory-base 0x80001000')).toMatchObject({
      ok: true,
    });
  });

  it('uses the memory that a deleted instance left', () => {
    const alpha = state.create('create alpha --cpus 0 --memory 4M');
    state.create('create beta --cpus 1 --memory 4M');
    state.ownership.setPages({ page: 0, pages: (4 * MIB) / PAGE_SIZE }, OWNER_POOL);
    state.instances.remove(alpha.id);
    expect(state.plan('create gamma --cpus 2 --memory 4M')).toMatchObject({
      value: { id: 1, memory: { base: 0x8000_0000 } },
    });
    expect(state.plan('create gamma --cpus 2 --memory 6M')).toMatchObject({
      value: { memory: { base: 0x8080_0000 } },
    });
  });
});

describe('create is refused', () => {
  beforeEach(() => {
    state.create('create alpha --cpus 0,1 --memory 16M');
  });

  it.each(['Beta', '9lives', 'a_b', '-a', 'abcdefghijklmnop', 'ü', ''])('for the name "%s"', (name) => {
    expectRefusal(
      state.plan(`create "${name}" --cpus 2 --memory 2M`),
      'bad-name',
      `"${name}" cannot be the name of an instance`,
      'a name is 1 to 15 small letters, digits and hyphens, and begins with a letter',
    );
  });

  it.each([
    [
      'create alpha --cpus 2 --memory 2M',
      'name-taken',
      'alpha exists already: instance 1, ready',
      'choose another name, or delete that instance',
    ],
    [
      'create beta --cpus 2,3,2 --memory 2M',
      'hart-twice',
      'beta: hart 2 is given twice',
      'name each hart once',
    ],
    [
      'create beta --cpus 3-4 --memory 2M',
      'no-such-hart',
      'beta cannot have hart 4: this machine has harts 0-3',
      'free harts: 2-3',
    ],
    [
      'create beta --cpus 1,2 --memory 2M',
      'hart-not-free',
      'beta cannot have hart 1: alpha owns it and is ready',
      'free harts: 2-3; to take it: kerf update alpha --cpus -1',
    ],
    [
      'create beta --cpu-count 3 --memory 2M',
      'not-enough-harts',
      'beta asks for 3 harts and 2 of 4 are free (2-3)',
      'ask for fewer, or free some: kerf update NAME --cpus -LIST',
    ],
    [
      'create beta --cpus 2 --boot-cpu 0 --memory 2M',
      'boot-hart-not-owned',
      'beta cannot boot on hart 0: its harts are 2',
      'name one of them with --boot-cpu, or leave it out: the lowest boots',
    ],
    [
      'create beta --cpus 2 --memory 2097153',
      'memory-not-aligned',
      'beta: 2097153 bytes are not whole pages of 4K',
      'round the size to 4K',
    ],
    [
      'create beta --cpus 2 --memory 1M',
      'memory-too-small',
      'beta asks for 1M, and no kernel lives in less than 2M',
      'ask for more with --memory',
    ],
    [
      'create beta --cpus 2 --memory 1G',
      'not-enough-memory',
      'beta asks for 1G of memory and the pool has 48624K free',
      'ask for less, or delete an instance',
    ],
    [
      'create beta --cpus 2 --memory 2M --memory-base 0x84000800',
      'base-not-aligned',
      'beta: the base 0x84000800 is 2048 bytes beyond a page boundary',
      'a base is a multiple of 4K, and of 2M for a RISC-V Image',
    ],
    [
      'create beta --cpus 2 --memory 2M --memory-base 0x7fffe000',
      'memory-outside',
      'beta asks for 0x7fffe000-0x801fdfff, and RAM is 0x80000000-0x83ffffff',
      'choose a base inside RAM, or leave --memory-base out',
    ],
    [
      'create beta --cpus 2 --memory 4M --memory-base 0x83e00000',
      'memory-outside',
      'beta asks for 0x83e00000-0x841fffff, and RAM is 0x80000000-0x83ffffff',
      'choose a base inside RAM, or leave --memory-base out',
    ],
    [
      'create beta --cpus 2 --memory 4M --memory-base 0x80e00000',
      'memory-overlap',
      'beta asks for 0x80e00000-0x811fffff, alpha has 0x80000000-0x80ffffff: they overlap in 0x80e00000-0x80ffffff',
      'choose another base, or leave --memory-base out',
    ],
    [
      'create beta --cpus 2 --memory 2M --memory-base 0x83e00000',
      'memory-overlap',
      'beta asks for 0x83e00000-0x83ffffff, the management channel of alpha has 0x83f7c000-0x83ffffff: they overlap in 0x83f7c000-0x83ffffff',
      'choose another base, or leave --memory-base out',
    ],
    [
      'create beta --cpus 2 --memory 2M --peer beta',
      'peer-self',
      'beta cannot be its own peer',
      'name other instances with --peer',
    ],
    [
      'create beta --cpus 2 --memory 2M --peer alpha,alpha',
      'peer-twice',
      'beta: the peer alpha is given twice',
      'name each peer once',
    ],
    [
      'create beta --cpus 2 --memory 2M --peer gamma',
      'no-such-peer',
      'beta: there is no instance "gamma" to be its peer',
      'the instances are alpha',
    ],
    [
      'create beta --cpus 2 --memory 47M',
      'no-channel-memory',
      'beta needs 1056K for 2 channels beside its memory, and the pool would have 496K left',
      'name fewer peers with --peer, or delete an instance, or ask for less with --memory',
    ],
  ])('%s', (line, code, reason, hint) => {
    expectRefusal(state.plan(line), code, reason, hint);
  });

  it('for a hart of a running instance, with the way to get it', () => {
    const alpha = state.instances.byName('alpha');
    if (alpha) alpha.state = 'active';
    expectRefusal(
      state.plan('create beta --cpus 0 --memory 2M'),
      'hart-not-free',
      'beta cannot have hart 0: alpha owns it and is active',
      'free harts: 2-3; to take it: kerf kill alpha, then kerf update alpha --cpus -0',
    );
    expectRefusal(
      state.plan('create beta --cpus 1 --memory 2M'),
      'hart-not-free',
      'beta cannot have hart 1: alpha owns it and is active',
      'free harts: 2-3; to take it: kerf update alpha --cpus -1',
    );
  });

  it('for a hart whose worker died', () => {
    state.lostHarts.add(2);
    expectRefusal(
      state.plan('create beta --cpus 2 --memory 2M'),
      'hart-lost',
      'beta cannot have hart 2: its worker died and has not been replaced yet',
      'try again in a moment',
    );
  });

  it.each(['--cpus 2', '--cpu-count 2'])('for %s where a hart has no worker and gets none', (cpus) => {
    state.workerless.add(2);
    state.workerless.add(3);
    expectRefusal(
      state.plan(`create beta ${cpus} --memory 2M`),
      'hart-no-worker',
      'beta cannot run on hart 2: hart 2 has no worker: Error: cannot load',
      'use other harts; only a new machine has new workers',
    );
  });

  it('for memory that is free only in pieces', () => {
    const middle = { page: (32 * MIB) / PAGE_SIZE, pages: 1 };
    state.ownership.setPages(middle, instanceOwner(9 as InstanceId));
    expectRefusal(
      state.plan('create beta --cpus 2 --memory 40M'),
      'memory-in-pieces',
      'beta asks for 40M of memory; 48620K are free, but the largest piece at a 2M boundary has 30192K',
      'ask for less, or delete an instance',
    );
  });

  it('when no channel is left', () => {
    for (let n = 1; n < MAX_CHANNELS; n += 1)
      state.channels.add(CONTROLLER_END, 1 as InstanceId, { page: 0, pages: 0 });
    expectRefusal(
      state.plan('create beta --cpus 2 --memory 2M'),
      'no-channel',
      'beta needs 2 channels and 0 of 128 are left',
      'name fewer peers with --peer, or delete an instance',
    );
  });

  it('when every ID is taken', () => {
    for (let id = 2; id < 64; id += 1) {
      state.instances.add({
        id: id as InstanceId,
        name: `i${id}`,
        entry: 's',
        bootChoice: null,
        memory: { base: 0 as never, size: 0 },
      });
    }
    expectRefusal(
      state.plan('create beta --cpus 2 --memory 2M'),
      'too-many-instances',
      'beta would be one instance more than 63',
      'delete an instance first',
    );
  });
});

describe('update', () => {
  beforeEach(() => {
    state.create('create alpha --cpus 0,1 --memory 4M');
    state.create('create beta --cpus 3 --memory 4M');
  });

  it.each([
    ['+2', [2], []],
    ['-1', [], [1]],
    ['1,2', [2], [0]],
    ['0-1', [], []],
  ])('--cpus %s adds %j and removes %j', (list, add, remove) => {
    expect(state.update(`update alpha --cpus ${list}`)).toMatchObject({ ok: true, value: { add, remove } });
  });

  it.each([
    [
      'update gamma --cpus 2',
      'no-such-instance',
      'there is no instance "gamma"',
      'the instances are alpha, beta',
    ],
    [
      'update alpha --cpus +9',
      'no-such-hart',
      'alpha cannot have hart 9: this machine has harts 0-3',
      'free harts: 2',
    ],
    ['update alpha --cpus +2,2', 'hart-twice', 'alpha: hart 2 is given twice', 'name each hart once'],
    [
      'update alpha --cpus 0,3',
      'hart-not-free',
      'alpha cannot have hart 3: beta owns it and is ready',
      'free harts: 2; to take it: kerf update beta --cpus -3',
    ],
    [
      'update alpha --cpus +1',
      'hart-owned-already',
      'alpha owns hart 1 already: its harts are 0-1',
      'name a free hart',
    ],
    [
      'update alpha --cpus -3',
      'hart-not-owned',
      'alpha cannot give hart 3 away: its harts are 0-1',
      'name one of them',
    ],
  ])('%s is refused', (line, code, reason, hint) => {
    expectRefusal(state.update(line), code, reason, hint);
  });

  it.each(['-0', '1', '-0-1', '1,2'])('--cpus %s does not take the boot hart of a running kernel', (list) => {
    const alpha = state.instances.byName('alpha');
    if (alpha) alpha.state = 'active';
    expectRefusal(
      state.update(`update alpha --cpus ${list}`),
      'boot-hart',
      'alpha is active and cannot give hart 0 away: it booted there, and takes its interrupts there',
      'it can give 1; or stop it first: kerf kill alpha',
    );
  });

  it('takes any other hart of a running kernel, and moves it', () => {
    const alpha = state.instances.byName('alpha');
    if (alpha) alpha.state = 'active';
    expect(state.update('update alpha --cpus -1')).toMatchObject({ ok: true, value: { remove: [1] } });
    expect(state.update('update beta --cpus +1 --from alpha')).toMatchObject({
      ok: true,
      value: { add: [1], donor: { name: 'alpha' } },
    });
  });

  it.each([
    [
      'update beta --cpus +0 --from alpha',
      'boot-hart',
      'alpha is active and cannot give hart 0 away: it booted there, and takes its interrupts there',
      'it can give 1; or stop it first: kerf kill alpha',
    ],
    [
      'update beta --cpus +2 --from alpha',
      'hart-not-owned',
      'alpha cannot give hart 2 away: its harts are 0-1',
      'name one of them',
    ],
    [
      'update beta --cpus +3 --from beta',
      'from-self',
      'beta cannot take harts or devices from itself',
      'name another instance with --from',
    ],
    [
      'update beta --cpus +1 --from gamma',
      'no-such-instance',
      'there is no instance "gamma"',
      'the instances are alpha, beta',
    ],
    [
      'update alpha --memory +1M',
      'memory-not-blocks',
      'alpha: 1M are not whole blocks of 2M, in which memory comes and goes',
      'round the size to 2M',
    ],
    [
      'update alpha --memory +2M@0x80100000',
      'base-not-aligned',
      'alpha: the base 0x80100000 is not at a 2M boundary',
      'memory comes and goes in blocks of 2M',
    ],
    [
      'update alpha --memory +2M@0x80400000',
      'memory-overlap',
      'alpha asks for 0x80400000-0x805fffff, beta has 0x80400000-0x807fffff: they overlap in 0x80400000-0x805fffff',
      'choose another base, or leave --memory-base out',
    ],
    [
      'update alpha --memory -2M',
      'memory-not-added',
      'alpha cannot give 2M in one piece: the memory added to it is none',
      'what it was created with it keeps until it is deleted',
    ],
    [
      'update alpha --memory -2M@0x80000000',
      'memory-not-added',
      'alpha cannot give 0x80000000-0x801fffff: the memory added to it is none',
      'what it was created with it keeps until it is deleted',
    ],
  ])('%s is refused', (line, code, reason, hint) => {
    const alpha = state.instances.byName('alpha');
    if (alpha) alpha.state = 'active';
    expectRefusal(state.update(line), code, reason, hint);
  });

  it('takes memory where it was added: the end of what came last, or where it is told', () => {
    const alpha = state.instances.byName('alpha');
    const page = (0x8080_0000 - RAM_BASE) / PAGE_SIZE;
    if (alpha) alpha.added = [{ page, pages: 2048 }];
    expect(state.update('update alpha --memory -2M')).toMatchObject({
      ok: true,
      value: { memory: { kind: 'remove', run: { page: page + 1536, pages: 512 } } },
    });
    expect(state.update('update alpha --memory -4M@0x80800000')).toMatchObject({
      ok: true,
      value: { memory: { run: { page, pages: 1024 } } },
    });
    expect(state.update('update alpha --memory -16M').ok).toBe(false);
    expect(state.update('update alpha --memory -4M@0x80e00000').ok).toBe(false);
  });

  it('is refused on a failed instance', () => {
    const alpha = state.instances.byName('alpha');
    if (alpha) Object.assign(alpha, { state: 'failed', reason: 'the worker of hart 0 died' });
    expectRefusal(
      state.update('update alpha --cpus +2'),
      'wrong-state',
      'update works on an instance that is ready or loaded or active; alpha is failed (the worker of hart 0 died)',
      'first: kerf unload alpha',
    );
  });

  it('boots on the hart asked for while it is owned, else on the lowest', () => {
    const gamma = state.create('create gamma --cpus 2 --memory 2M --boot-cpu 2');
    expect(bootHart(gamma, [1, 2])).toBe(2);
    expect(bootHart(gamma, [1, 3])).toBe(1);
    expect(bootHart(gamma, [])).toBe(null);
  });
});
