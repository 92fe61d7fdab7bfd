/**
 * Random commands, from a seed, to kernels that do not do as they are told: deaf, slow, stubborn, lying, refusing; while
 * workers die and kernels end in the middle of it.
 *
 * What holds after each command:
 *   - no hart, page, device or channel has two owners, and every owner exists;
 *   - no hart runs for nobody: its owner is active, and an active kernel has its boot hart;
 *   - no hart is lost, or is left to a worker that is not there.
 * And a command that was refused or failed has changed nothing, unless its answer says what: owners of harts, pages and
 * devices, channels, states and reasons of instances, their kernels and boot IDs, transactions but for those that are listed
 * as failed; and a hart that ran runs. Messages that lie in a ring, the steps that the view shows, and time are not meant;
 * a kernel that is given a hart back may start it, although it had not before.
 */
import { describe, expect, it } from 'vitest';
import { SYSTEM } from '../protocol/channel.ts';
import { EXIT_PANIC, EXIT_SHUTDOWN, HART, HSM_STOPPED, RAM_BASE, RAM_HOST } from '../protocol/layout.ts';
import type { MachineView } from '../protocol/machine-view.ts';
import { longs, node, strings } from '../machine/device-tree/node.ts';
import { writeBlob } from '../machine/device-tree/write-blob.ts';
import { Commands, expectOneOwner, generator, lasting, makeMachine } from './partition.testkit.ts';
import type { Manners, TestMachine, TestVoice } from './test-machine.ts';

const SEEDS = 12;
const LINES = 50;
const MIB = 2 ** 20;
const PAGE = 0x1000;
const MS = 10_000;

type Draw = (below: number) => number;
const one = <T>(draw: Draw, choices: readonly T[]): T => choices[draw(choices.length)] as T;

const manners = (draw: Draw): Partial<Manners> =>
  one<Partial<Manners>>(draw, [
    {},
    {},
    {},
    { deaf: true },
    { stubborn: true },
    { silent: true },
    { silent: true, removeStatus: -1n },
    { pretends: true },
    { addStatus: -3n },
    { removeStatus: -4n },
    { removeStatus: -1n, stops: true },
    { refuses: draw(5) },
    { memoryStatus: -3n },
    { late: true },
    { suspends: true },
    { deviceStatus: { add: -3n, remove: 0n } },
    { deviceStatus: { add: 0n, remove: -3n } },
    { slowness: 900 * MS },
    { slowness: 4_000 * MS },
    { slowness: 6_000 * MS },
  ]);

/** Moves and hand-overs between kernels, most of which may be: harts of the one that is to give them, and free ones. */
function move(machine: TestMachine, draw: Draw): string {
  const name = one(draw, ['alpha', 'beta', 'gamma']);
  const other = one(
    draw,
    ['alpha', 'beta', 'gamma'].filter((each) => each !== name),
  );
  const { instances } = machine.controller.view();
  const hartsOf = (who: string): readonly number[] =>
    instances.find((each) => each.name === who)?.harts.filter((hart) => draw(4) === 0 || hart > 0) ?? [];
  const harts = (from: readonly number[]): string => one(draw, [...from, draw(5)]).toString();
  const free = machine.ownership.hartsOf(null);
  const device = one(draw, ['rng0', 'disk0']);
  return one(draw, [
    `load ${name} --kernel k.img`,
    `exec ${name} --kho`,
    `exec ${name} --kho`,
    `handover ${name} ${other}`,
    `handover ${name} ${other}`,
    `handover ${name} ${other} --${one(draw, ['hold', 'commit', 'abort'])}`,
    `kill ${name}`,
    `update ${name} --cpus +${harts(hartsOf(other))} --from ${other}`,
    `update ${name} --cpus +${harts(hartsOf(other))} --from ${other}`,
    `update ${name} --cpus +${harts(hartsOf(other))},${harts(hartsOf(other))} --from ${other}`,
    `update ${name} --cpus +${harts(free)}`,
    `update ${name} --cpus +${harts(free)}`,
    `update ${name} --cpus -${harts(hartsOf(name))}`,
    `update ${name} --memory +2M --cpus +${harts(hartsOf(other))} --from ${other}`,
    `update ${name} --memory +2M --cpus +${harts(free)} --devices +${device}`,
    `update ${name} --memory +2M`,
    `update ${name} --memory -2M`,
    `update ${name} --devices +${device}`,
    `update ${name} --devices -${device}`,
    `update ${name} --devices +${device} --from ${other}`,
  ]);
}

/** Most kernels run before each command: what does not is made, loaded and started, by kernels with manners. */
async function revive(machine: TestMachine, draw: Draw): Promise<void> {
  machine.mannersOf.clear();
  for (const name of ['alpha', 'beta', 'gamma']) {
    if (draw(4) === 0) continue;
    await machine.kerf(
      `create ${name} --cpu-count ${1 + draw(3)} --memory 8M`,
      `create ${name} --cpu-count 1 --memory 8M`,
    );
    const state = machine.controller.view().instances.find((each) => each.name === name)?.state;
    if (state === 'failed') await machine.kerf(`unload ${name}`);
    if (state !== 'active' || draw(3) === 0)
      await machine.kerf(`load ${name} --kernel k.img`, `exec ${name}`);
  }
  await machine.settle();
}

/** What kernels say to hand-overs: mostly what they should. */
function speak(machine: TestMachine, draw: Draw): void {
  const answers: Readonly<Record<number, number>> = {
    [SYSTEM.HANDOVER_FOLLOW]: SYSTEM.HANDOVER_FOLLOWING,
    [SYSTEM.HANDOVER_SEND]: SYSTEM.HANDOVER_SENDING,
    [SYSTEM.HANDOVER_COMMIT]: SYSTEM.HANDOVER_SEALED,
    [SYSTEM.HANDOVER_MOVE]: SYSTEM.HANDOVER_MOVED,
    [SYSTEM.HANDOVER_CANCEL]: SYSTEM.HANDOVER_CANCELLED,
    [SYSTEM.KHO_FREEZE]: SYSTEM.KHO_FROZEN,
  };
  let follow: { kernel: TestVoice; id: bigint } | null = null;
  const say = (kernel: TestVoice, answer: number, id: bigint): void => {
    const what = draw(12);
    // One that is slow would do so when the command is long over.
    const slow = (machine.mannersOf.get(kernel.instance)?.slowness ?? 0) > 0;
    if (what === 0 && !slow) machine.exit(kernel.instance, EXIT_PANIC);
    else if (what === 1) kernel.say(answer, id, -1n);
    else if (what > 2) kernel.say(answer, id, 0n, 7n, 0x77n, 0n);
  };
  machine.behaviour = {
    boot: (kernel) => say(kernel, SYSTEM.KHO_FINISH, 0n),
    system: (kernel, subtype, id) => {
      const answer = answers[subtype];
      if (answer !== undefined) say(kernel, answer, id);
      if (subtype === SYSTEM.HANDOVER_FOLLOW) follow = { kernel, id };
      if (subtype === SYSTEM.HANDOVER_SEND && follow) say(follow.kernel, SYSTEM.HANDOVER_READY, follow.id);
      if (subtype === SYSTEM.HANDOVER_COMMIT && follow) say(follow.kernel, SYSTEM.HANDOVER_DONE, follow.id);
      if (subtype === SYSTEM.KHO_PRESERVE) preserve(machine, kernel, id);
      if (subtype === SYSTEM.KHO_STOP && draw(4) > 0)
        for (const hart of machine.ownership.hartsOf(kernel.instance))
          machine.setHartWord(hart, HART.HSM, HSM_STOPPED);
    },
  };
}

/** A tree that describes one page, both at the end of the kernel's memory, as far as it has so much. */
function preserve(machine: TestMachine, kernel: TestVoice, id: bigint): void {
  const memory = machine.controller.view().instances.find((each) => each.id === kernel.instance)?.memory;
  if (!memory) return;
  const [kept, tree] = [memory.base + memory.size - 2 * MIB, memory.base + memory.size - MIB];
  const state = node('state', [strings('compatible', 'test,state'), longs('reg', kept, PAGE)]);
  const blob = writeBlob(node('', [strings('compatible', 'kho-v1')], [state]), 0);
  new Uint8Array(machine.memory.buffer).set(blob, RAM_HOST + (tree - RAM_BASE));
  kernel.say(SYSTEM.KHO_PRESERVED, id, 0n, BigInt(tree), BigInt(blob.length));
}

/** In the middle of the next command, sometimes: a worker dies, or a kernel ends by itself. What it is, or ''. */
function mishap(machine: TestMachine, draw: Draw): string {
  const what = draw(12);
  if (what > 2) return '';
  let rounds = draw(12);
  const victim = draw(5);
  machine.beforeRound = () => {
    if (rounds-- !== 0) return;
    const owner = machine.ownership.hartOwner(victim);
    const active = machine.controller
      .view()
      .instances.some(({ id, state }) => id === owner && state === 'active');
    if (what === 0) machine.lose(victim);
    else if (owner !== null && active) machine.exit(owner, what === 1 ? EXIT_PANIC : EXIT_SHUTDOWN);
  };
  return what === 0 ? `the worker of hart ${victim} dies` : `the kernel of hart ${victim} ends`;
}

/** No hart runs for nobody, and none is lost. */
function expectNobodyRuns(machine: TestMachine): void {
  const { harts, instances } = machine.controller.view();
  const active = instances.filter(({ state }) => state === 'active');
  for (const { id, owner, lost } of harts) {
    expect(lost).toBe(false);
    const stopped = machine.hartWord(id, HART.HSM) === HSM_STOPPED;
    if (!stopped) expect(active.map((each) => each.id)).toContain(owner);
  }
  for (const { bootHart, harts: own } of active) expect(own).toContain(bootHart);
}

/** `lasting`, without the steps of the last command and without what harts do. */
async function state(machine: TestMachine): Promise<unknown> {
  const { view, ...rest } = (await lasting(machine)) as { readonly view: MachineView };
  const harts = view.harts.map(({ id, owner }) => ({ id, owner }));
  return { ...rest, view: { ...view, harts, phases: [] } };
}

const online = (machine: TestMachine): readonly number[] =>
  machine.controller.view().harts.flatMap(({ id, hsm }) => (hsm === 'stopped' ? [] : [id]));

/** What an answer says when something is not as it was before, and when it is but for a hart that does not run any more. */
const CHANGED =
  /has failed|has ended|ended meanwhile|could not be|cannot be undone|went to the pool|was stopped|runs .* without the state/;
const STANDS = /stands still|was not taken back|it had stopped/;

describe('random commands to kernels that do not do as they are told', () => {
  it.each(Array.from({ length: SEEDS }, (_, seed) => seed))('seed %i', async (seed) => {
    const machine = makeMachine();
    // The limits on workers, of which the shortest is 100 ms, are some rounds still.
    machine.ticksPerRound = 20 * MS;
    const commands = new Commands(seed);
    const draw = generator(seed + 1000);
    speak(machine, draw);
    const said: string[] = [];
    for (let step = 0; step < LINES; step += 1) {
      const line = draw(6) === 0 ? commands.next() : move(machine, draw);
      await revive(machine, draw);
      for (const id of [0, 1, 2, 3]) machine.mannersOf.set(id, manners(draw));
      const before = await state(machine);
      const ran = online(machine);
      const accident = mishap(machine, draw);
      const reply = await machine.kerf(line);
      machine.beforeRound = () => undefined;
      const kernels = JSON.stringify([...machine.mannersOf], (_key, value: unknown) =>
        typeof value === 'bigint' ? String(value) : value,
      );
      said.push(
        `${line} → ${reply.error?.code ?? 'done'} ${reply.error?.reason ?? ''} ${accident} ${kernels}`,
      );
      try {
        await machine.settle();
        const told = reply.error?.reason;
        if (told !== undefined && accident === '' && !CHANGED.test(told)) {
          expect(await state(machine)).toEqual(before);
          if (!STANDS.test(told)) expect(online(machine)).toEqual(expect.arrayContaining([...ran]));
        }
        expectOneOwner(machine);
        expectNobodyRuns(machine);
      } catch (problem) {
        throw new Error(`after\n${said.join('\n')}`, { cause: problem });
      }
    }
  });
});
