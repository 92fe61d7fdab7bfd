/** Refusals that need more than one command: by what came before, and by what a kernel does. The whole text of each. */
import { describe, expect, it } from 'vitest';
import { HEADER } from '../protocol/layout.ts';
import { errorMachine, everything } from './kerf-errors.testkit.ts';

describe('refused after other commands', () => {
  it.each([
    [
      ['load beta --kernel k.img', 'update beta --cpus -2'],
      'exec beta',
      1,
      'no-harts',
      'beta is loaded and owns no hart to boot on',
      'give it one: kerf update beta --cpus +N (free harts: 2-3)',
    ],
    [
      Array.from({ length: 16 }, () => 'update alpha --memory +2M'),
      'update alpha --memory +2M',
      1,
      'too-many-regions',
      'alpha has 16 pieces of added memory already',
      'take one first: kerf update alpha --memory -SIZE@ADDR',
    ],
    [
      [],
      'init --input long.dts',
      3,
      'source-too-long',
      'long.dts has 1048577 bytes, and device tree source at most 1048576',
      'name a file with device tree source',
    ],
    [
      [],
      'show tx_9',
      1,
      'no-such-transaction',
      'there is no transaction "tx_9"',
      'those kept are tx_1 to tx_2: kerf show --overlays',
    ],
    [
      ['delete beta', 'create beta --cpus 2 --memory 8M'],
      'rollback tx_2',
      1,
      'transaction-overtaken',
      'tx_2 changed beta, and that instance has been deleted since',
      'there is nothing left to undo',
    ],
    [
      ['delete beta'],
      'rollback tx_3',
      1,
      'transaction-final',
      'tx_3 deleted an instance, and what that held is not kept',
      'make it anew with kerf create',
    ],
    [
      ['rollback tx_2'],
      'rollback tx_2',
      1,
      'transaction-removed',
      'tx_2 is removed already',
      'see: kerf show --overlays',
    ],
    [
      [
        'load alpha --kernel k.img',
        'create small --cpus 3 --memory 4M',
        'load small --kernel k.img',
        'exec small',
      ],
      'load small --kernel k.img',
      1,
      'no-scratch',
      'small has 4M of memory, too little to start another kernel beside what the running one preserves',
      'create it with --memory 8M or more',
    ],
    [
      ['kill alpha', 'unload alpha'],
      'handover alpha beta --commit',
      1,
      'wrong-state',
      'handover works on an instance that is active; alpha is ready',
      'first: kerf load alpha, then kerf exec alpha',
    ],
    [
      ['load beta --kernel k.img', 'exec beta'],
      'handover alpha beta --commit',
      1,
      'nothing-held',
      'no hand-over from alpha to beta waits for --commit',
      'begin one: kerf handover alpha beta --hold',
    ],
    [
      ['load beta --kernel k.img', 'exec beta'],
      'handover alpha alpha',
      1,
      'no-channel',
      'alpha cannot hand over to alpha: there is no channel between them',
      'name another instance',
    ],
    [
      ['delete beta', 'create beta --cpus 2 --memory 8M --peer=', 'load beta --kernel k.img', 'exec beta'],
      'handover alpha beta',
      1,
      'no-channel',
      'alpha cannot hand over to beta: there is no channel between them',
      'create beta with --peer alpha',
    ],
  ])('%s: kerf %s', async (lines, line, exit, code, reason, hint) => {
    const machine = await errorMachine({ 'long.dts': ' '.repeat(2 ** 20 + 1) });
    for (const each of lines) expect(await machine.kerf(each)).toMatchObject({ exitCode: 0 });
    const before = await everything(machine);
    expect(await machine.kerf(line)).toMatchObject({ exitCode: exit, error: { code, reason, hint } });
    expect(await everything(machine)).toEqual(before);
  });
});

describe('refused for what a kernel does', () => {
  const hint = 'stop its harts at once: kerf kill alpha --force';

  it('kill: it agrees and goes on, it does not answer, its ring is full, the machine is paused', async () => {
    const machine = await errorMachine();
    machine.manners.stubborn = true;
    expect((await machine.kerf('kill alpha')).error).toEqual({
      code: 'not-stopped',
      reason: 'alpha acknowledged, but its harts were not stopped after 30 s',
      hint,
    });
    machine.manners.deaf = true;
    expect((await machine.kerf('kill alpha')).error).toEqual({
      code: 'no-answer',
      reason: 'alpha is active and did not acknowledge the request to shut down in 5 s',
      hint: `a kernel that does not know the message never will; ${hint}`,
    });
    for (let n = 1; n < 64; n += 1) await machine.kerf('kill alpha');
    expect((await machine.kerf('kill alpha')).error).toEqual({
      code: 'ring-full',
      reason: 'alpha is active and takes no messages: its ring is full',
      hint,
    });
    Atomics.store(machine.words, HEADER.PAUSED >> 2, 1);
    expect((await machine.kerf('kill alpha')).error).toEqual({
      code: 'paused',
      reason: 'the machine is paused, and alpha has to run to shut down',
      hint: 'resume first',
    });
  });

  it.each([
    ['--cpus +3', 'cpu-add-failed', 'hart 3 was taken back to the pool: alpha answered with error -3'],
    ['--cpus -1', 'cpu-remove-failed', 'hart 1 stays with alpha: alpha answered with error -4'],
    [
      '--memory +2M',
      'mem-add-failed',
      'memory 0x81000000-0x811fffff was taken back to the pool: alpha answered with error -5',
    ],
    ['--devices +rng0', 'device-add-failed', 'rng0 was taken back to the pool: alpha answered with error -6'],
    ['--devices -rng1', 'device-remove-failed', 'rng1 stays with alpha: alpha answered with error -7'],
  ])('update %s: it answers with an error', async (change, code, reason) => {
    const machine = await errorMachine();
    machine.manners.addStatus = -3n;
    machine.manners.removeStatus = -4n;
    machine.manners.memoryStatus = -5n;
    machine.manners.deviceStatus = { add: -6n, remove: -7n };
    const { error } = await machine.kerf(`update alpha ${change}`);
    expect(error).toEqual({
      code,
      reason: expect.stringMatching(new RegExp(`^${reason}( \\(.*\\))?$`)),
      hint: 'see what the kernel says: kerf console alpha; or stop it first: kerf kill alpha',
    });
  });

  it('update --memory -SIZE: it keeps what it was given', async () => {
    const machine = await errorMachine();
    await machine.kerf('update alpha --memory +2M');
    machine.manners.memoryStatus = -5n;
    expect((await machine.kerf('update alpha --memory -2M')).error).toEqual({
      code: 'mem-remove-failed',
      reason: 'memory 0x81000000-0x811fffff stays with alpha: alpha answered with error -5',
      hint: 'see what the kernel says: kerf console alpha; or stop it first: kerf kill alpha',
    });
  });
});

describe('what the hint says to do helps', () => {
  it.each([
    ['create gamma --cpus 0 --memory 4M', []],
    ['create gamma --cpus 1 --memory 4M', []],
    ['create gamma --cpus 2 --memory 4M', []],
    ['create gamma --cpus 3 --memory 4M --devices rng1', []],
    ['create gamma --cpus 1 --memory 4M', ['lose 0']],
    ['create gamma --cpus 3 --memory 4M --devices rng1', ['lose 0']],
  ])('kerf %s %j', async (line, before) => {
    const machine = await errorMachine();
    if (before.length > 0) {
      machine.lose(0);
      await machine.settle();
    }
    const { error } = await machine.kerf(line);
    expect(error?.code).toMatch(/-not-free$/);
    const way = error?.hint.split('to take it: ')[1]?.split(', then ') ?? [];
    for (const each of way) expect(await machine.kerf(each)).toMatchObject({ exitCode: 0 });
    expect(await machine.kerf(line)).toMatchObject({ exitCode: 0 });
  });
});
