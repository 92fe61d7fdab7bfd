/** Harts and memory move between running islets (Repeatable mode, real guests). */
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { STATUS } from '../protocol/channel.ts';
import {
  HART,
  hartBlock,
  HSM_STARTED,
  HSM_STOPPED,
  OWNER_POOL,
  PAGE_OWNER,
  PAGE_SIZE,
  RAM_BASE,
  RAM_HOST,
} from '../protocol/layout.ts';
import {
  UPDATE_PHASES,
  type InstanceView,
  type KerfReply,
  type MachineView,
  type UpdatePhase,
} from '../protocol/machine-view.ts';
import { TRACE_KIND } from '../protocol/trace.ts';
import { localHost, type ScenarioHost } from './scenario-host.ts';
import { startMachine } from './start-machine.ts';
import type { LocalMachine } from './make-machine.ts';

const islet = fileURLToPath(new URL('../../public/guests/islet.img', import.meta.url));
const SECOND = 10_000_000;
const MIB = 2 ** 20;
const NAMES = ['alpha', 'beta'] as const;
type Name = (typeof NAMES)[number];

let machine: LocalMachine;
let host: ScenarioHost;
let view: MachineView;
const said: Record<Name, string> = { alpha: '', beta: '' };

async function kerf(line: string): Promise<KerfReply> {
  const reply = await machine.services.kerf(line);
  view = await machine.services.view();
  return reply;
}

async function must(line: string): Promise<string> {
  const reply = await kerf(line);
  if (reply.exitCode !== 0) throw new Error(`kerf ${line}: ${reply.error?.reason ?? reply.output}`);
  return reply.output;
}

const instance = (name: Name): InstanceView => {
  const found = view.instances.find((each) => each.name === name);
  if (!found) throw new Error(`no ${name}`);
  return found;
};

/** Types a line and gives back what the kernel says up to its next prompt. */
async function ask(name: Name, line: string): Promise<string> {
  said[name] = '';
  await machine.services.type(instance(name).id, new TextEncoder().encode(`${line}\n`));
  if (!(await host.until(() => said[name].endsWith(`\n${name}> `), 5 * SECOND)))
    throw new Error(`${name}: no prompt after ${line}: ${said[name]}`);
  return said[name];
}

const hsm = (hart: number): number =>
  new Int32Array(machine.memory.buffer)[(hartBlock(hart) + HART.HSM) / 4] ?? -1;

const word = (name: Name, offset: number): number => {
  const status = instance(name).status ?? 0;
  return Number(
    new DataView(machine.memory.buffer).getBigUint64(RAM_HOST + status - RAM_BASE + offset, true),
  );
};

/** Work that a kernel does in 100 ms. */
async function workIn(name: Name): Promise<number> {
  const before = word(name, STATUS.WORK);
  await host.until(() => false, SECOND / 10);
  return word(name, STATUS.WORK) - before;
}

const onlineMask = (name: Name): number => word(name, STATUS.HARTS_ONLINE);

beforeEach(async () => {
  machine = startMachine({
    config: { harts: 6, memory: 128 * MIB, isolation: 'enforced', mode: 'repeatable', seed: 1 },
    workers: {
      hart: () => {
        throw new Error('no workers in Repeatable mode');
      },
    },
    readFile: async () => new Uint8Array(await readFile(islet)),
  });
  host = localHost(machine);
  await must('create alpha --cpus 0-2 --memory 16M');
  await must('create beta --cpus 3 --memory 16M');
  await machine.services.onConsole((id, bytes) => {
    const name = view.instances.find((each) => each.id === id)?.name;
    if (name === 'alpha' || name === 'beta')
      said[name] += new TextDecoder().decode(bytes).replaceAll('\r', '');
  });
  for (const name of NAMES) {
    said[name] = '';
    await must(`load ${name} --kernel islet.img --cmdline beat`);
    await must(`exec ${name}`);
  }
  const up = (): boolean => NAMES.every((name) => said[name].endsWith(`${name}> `));
  if (!(await host.until(up, 10 * SECOND))) throw new Error(`not up: ${JSON.stringify(said)}`);
  await machine.services.takeTrace();
});
afterEach(() => machine.dispose());

describe('a hart', () => {
  test('moves from one kernel to another under load: the threads of the one go on, the other has more', async () => {
    await ask('alpha', 'spin 4');
    await ask('beta', 'spin 2');
    const before = { alpha: await workIn('alpha'), beta: await workIn('beta') };
    expect(await must('update beta --cpus +2 --from alpha')).toBe(
      'beta gets 2 from alpha: it has 2-3, alpha has 0-1',
    );
    expect([onlineMask('alpha'), onlineMask('beta')]).toEqual([0b0011, 0b1100]);
    const after = { alpha: await workIn('alpha'), beta: await workIn('beta') };
    expect(after.alpha).toBeGreaterThan(0);
    expect(after.beta / before.beta).toBeGreaterThan(1.7);
    expect(await ask('alpha', 'cores')).not.toContain('core 2');
    expect((await ask('alpha', 'threads')).match(/^ *\d+ spin .*core [01] /gm)).toHaveLength(4);
    expect(await ask('beta', 'cores')).toMatch(/^core 2 +online +threads 1 +work [1-9]/m);
    expect(said.alpha + said.beta).not.toContain('panic');
  });

  test('passes every phase in order, each with its time in the trace', async () => {
    await must('update beta --cpus +2 --from alpha');
    const { records } = await machine.services.takeTrace();
    const phases = records.filter((record) => record.kind === TRACE_KIND.PHASE);
    expect(phases.map(({ a }) => UPDATE_PHASES[Number(a)])).toEqual([
      'cpu-remove',
      'migrating',
      'stopping',
      'stopped',
      'ownership',
      'cpu-add',
      'starting',
      'online',
    ]);
    const times = phases.map(({ time }) => time);
    expect(times).toEqual([...times].sort((one, other) => one - other));
  });

  test('on which threads sleep and the shell waits goes all the same; all of them wake elsewhere', async () => {
    await ask('alpha', 'beat on');
    const beats = word('alpha', STATUS.BEATS);
    await must('update alpha --cpus -1,2');
    await host.until(() => false, SECOND);
    expect(word('alpha', STATUS.BEATS)).toBeGreaterThanOrEqual(beats + 9);
    expect(word('alpha', STATUS.BEATS_MISSED)).toBe(0);
    expect(await ask('alpha', 'cores')).toMatch(/^core 0 +online/m);
    expect([hsm(1), hsm(2)]).toEqual([HSM_STOPPED, HSM_STOPPED]);
    await must('update alpha --cpus +1,2');
    expect([hsm(1), hsm(2)]).toEqual([HSM_STARTED, HSM_STARTED]);
    expect(onlineMask('alpha')).toBe(0b111);
  });

  test('is not given when a kernel booted on it', async () => {
    expect(await kerf('update alpha --cpus -0')).toMatchObject({ error: { code: 'boot-hart' } });
    expect(await kerf('update alpha --cpus +3 --from beta')).toMatchObject({ error: { code: 'boot-hart' } });
  });

  test.each(['cpu-remove', 'migrating', 'stopping', 'stopped', 'cpu-add', 'starting'] as const)(
    'whose worker dies in %s ends the kernel that has it, and nobody else',
    async (phase: UpdatePhase) => {
      await ask('alpha', 'spin 3');
      let done = false;
      await machine.services.onView((next) => {
        if (done || next.phases.find((each) => each.hart === 2)?.phase !== phase) return;
        done = true;
        void machine.services.engine.crash(2);
      });
      const reply = await kerf('update beta --cpus +2 --from alpha');
      await host.until(() => false, SECOND / 10);
      view = await machine.services.view();
      const states = [instance('alpha').state, instance('beta').state];
      expect(done).toBe(true);
      expect(reply.error?.code).toBe('hart-lost');
      const taken = phase === 'cpu-add' || phase === 'starting';
      expect(states).toEqual(taken ? ['active', 'failed'] : ['failed', 'active']);
      expect(view.harts[2]).toMatchObject({ owner: null, lost: false });
      const survivor = states[0] === 'active' ? 'alpha' : 'beta';
      expect(await ask(survivor, 'cores')).toContain('online');
    },
  );

  test.each([
    // It is nobody's at that instant: another worker takes its place, and the move goes on.
    ['ownership', 'active'],
    // The move is over: the kernel that has the hart now fails, as at any other time, and keeps it.
    ['online', 'failed'],
  ] as const)('whose worker dies in %s: the move is done, and beta is %s', async (phase, state) => {
    await ask('alpha', 'spin 3');
    let done = false;
    await machine.services.onView((next) => {
      if (done || next.phases.find((each) => each.hart === 2)?.phase !== phase) return;
      done = true;
      void machine.services.engine.crash(2);
    });
    expect(await kerf('update beta --cpus +2 --from alpha')).toMatchObject({ exitCode: 0 });
    await host.until(() => false, SECOND / 10);
    view = await machine.services.view();
    expect([done, instance('alpha').state, instance('beta').state]).toEqual([true, 'active', state]);
    expect(view.harts[2]).toMatchObject({ owner: instance('beta').id, lost: false });
    expect(await ask('alpha', 'cores')).toContain('online');
    if (state === 'active') expect(await ask('beta', 'cores')).toMatch(/^core 2 +online/m);
  });

  test(
    'moves thirty times under load: nothing fails, no work stops, no beat is missed',
    { timeout: 120_000 },
    async () => {
      await ask('alpha', 'spin 4');
      await ask('beta', 'spin 3');
      for (let move = 0; move < 30; move += 1) {
        const [from, to] = move % 2 === 0 ? (['alpha', 'beta'] as const) : (['beta', 'alpha'] as const);
        const hart = 1 + (Math.floor(move / 2) % 2);
        await must(`update ${to} --cpus +${hart} --from ${from}`);
        const work = NAMES.map((name) => word(name, STATUS.WORK));
        await host.until(() => false, SECOND / 100);
        NAMES.forEach((name, index) => expect(word(name, STATUS.WORK)).toBeGreaterThan(work[index] ?? 0));
      }
      expect(NAMES.map((name) => word(name, STATUS.BEATS_MISSED))).toEqual([0, 0]);
      expect([onlineMask('alpha'), onlineMask('beta')]).toEqual([0b0111, 0b1000]);
      expect((await ask('alpha', 'threads')).match(/^ *\d+ spin /gm)).toHaveLength(4);
      expect((await ask('beta', 'threads')).match(/^ *\d+ spin /gm)).toHaveLength(3);
    },
  );
});

describe('memory', () => {
  const owners = (base: number, size: number): number[] => [
    ...new Set(
      new Uint8Array(machine.memory.buffer, PAGE_OWNER + (base - RAM_BASE) / PAGE_SIZE, size / PAGE_SIZE),
    ),
  ];

  test('is added to a running kernel, used, refused while it is in use, and taken back clean', async () => {
    const free = view.freeMemory;
    await must('update alpha --memory +8M');
    const [added] = instance('alpha').addedMemory;
    if (!added) throw new Error('nothing was added');
    expect(added.size).toBe(8 * MIB);
    expect(await ask('alpha', 'mem')).toMatch(/^8 MB at 0x[0-9a-f]+ added$/m);
    await ask('alpha', 'hold 20');
    expect(await ask('alpha', 'mem')).toContain('20 MB held');
    expect(await kerf('update alpha --memory -8M')).toMatchObject({ error: { code: 'mem-remove-failed' } });
    expect(instance('alpha').addedMemory).toEqual([added]);
    expect(owners(added.base, added.size)).toEqual([instance('alpha').id + 1]);

    await ask('alpha', 'hold 0');
    await must('update alpha --memory -2M');
    await must(`update alpha --memory -2M@0x${added.base.toString(16)}`);
    expect(instance('alpha').addedMemory).toEqual([{ base: added.base + 2 * MIB, size: 4 * MIB }]);
    await must('update alpha --memory -4M');
    expect([instance('alpha').addedMemory, view.freeMemory]).toEqual([[], free]);
    expect(owners(added.base, added.size)).toEqual([OWNER_POOL]);
    const bytes = new Uint8Array(machine.memory.buffer, RAM_HOST + added.base - RAM_BASE, added.size);
    expect(bytes.every((byte) => byte === 0)).toBe(true);
    expect(await ask('alpha', 'mem')).not.toContain('added');
  });

  test('is reached by the kernel that has it, and by nobody after it is gone', async () => {
    await must('update alpha --memory +2M');
    const base = instance('alpha').addedMemory[0]?.base ?? 0;
    const hex = `0x${base.toString(16)}`;
    expect(await ask('alpha', `poke ${hex} 7`)).toContain(`${hex} <- 0x7`);
    expect(await ask('beta', `peek ${hex}`)).toContain('fault');
    await must('update alpha --memory -2M');
    expect(await ask('alpha', `peek ${hex}`)).toContain('fault');
  });

  test('is in the hash of an instance', async () => {
    await must('kill alpha');
    const id = instance('alpha').id;
    const before = await machine.services.hashMemory(id);
    await must('update alpha --memory +2M');
    const clean = await machine.services.hashMemory(id);
    new Uint8Array(machine.memory.buffer)[
      RAM_HOST + (instance('alpha').addedMemory[0]?.base ?? 0) - RAM_BASE
    ] = 1;
    const changed = await machine.services.hashMemory(id);
    await must('update alpha --memory -2M');
    expect(new Set([before, clean, changed]).size).toBe(3);
    expect(await machine.services.hashMemory(id)).toBe(before);
  });

  test('stays with the instance over its next start, listed in its device tree', async () => {
    await must('update alpha --memory +4M');
    await must('kill alpha');
    await must('update alpha --memory +2M');
    said.alpha = '';
    await must('exec alpha');
    await host.until(() => said.alpha.endsWith('alpha> '), 10 * SECOND);
    const shown = await ask('alpha', 'mem');
    expect(shown).toMatch(/^4 MB at .* added$/m);
    expect(shown).toMatch(/^2 MB at .* added$/m);
    await must('update alpha --memory -4M@0x' + (instance('alpha').addedMemory[0]?.base ?? 0).toString(16));
    expect(instance('alpha').addedMemory.map(({ size }) => size)).toEqual([2 * MIB]);
  });

  test('comes with harts in one command, all or nothing', async () => {
    await ask('alpha', 'hold 1');
    expect(await kerf('update beta --memory +4M --cpus +2 --from alpha')).toMatchObject({ exitCode: 0 });
    expect([instance('beta').harts, instance('beta').addedMemory[0]?.size]).toEqual([[2, 3], 4 * MIB]);
  });
});
