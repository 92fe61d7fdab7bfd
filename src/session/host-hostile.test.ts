/** A host instance that lies, floods, or is gone when its answer comes (real guests, Repeatable mode). */
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { assemble } from '../isa/assemble.ts';
import { HART, hartBlock, RAM_BASE } from '../protocol/layout.ts';
import { MK_FREE, MK_REQUEST, MK_VERBS } from '../protocol/mk.ts';
import { startHostMachine, type HostMachine } from './host-instance.testkit.ts';

const readImage = (name: string): Promise<Uint8Array<ArrayBuffer>> =>
  readFile(fileURLToPath(new URL(`../../public/guests/${name}`, import.meta.url)));
const MS = 10_000;

let m: HostMachine;
beforeEach(async () => {
  m = await startHostMachine(readImage, '0-1');
});
afterEach(() => m.machine.dispose());

const pass = (ms: number): Promise<boolean> => m.host.until(() => false, ms * MS);
const stateOf = (hart: number): number =>
  Atomics.load(
    new Int32Array(m.machine.memory.buffer),
    (hartBlock(hart) + HART.MK_REQUEST + MK_REQUEST.STATE) >> 2,
  );

/** Replaces the host's kernel by a flat program, which both harts run (a0: the hart). */
async function runOnHost(program: string): Promise<void> {
  const both = `
      mv s0, a0
      li a0, 1
      la a1, begin
      li a2, 0
      li a6, 0
      li a7, 0x48534d
      ecall
    begin:
      ${program}`;
  const { bytes } = assemble(both, { base: BigInt(RAM_BASE) });
  await m.machine.services.addFile('wild.bin', new Uint8Array(bytes));
  for (const line of ['kill host --force', 'unload host', 'load host --kernel wild.bin', 'exec host'])
    await m.kerf(line);
  m.replies.length = 0;
}

const mkCall = (verb: number): string => `
      li a6, ${verb}
      li a7, 0x08084d4b
      ecall`;

/** A kernel that acknowledges nothing, so that a kill of it lasts 5 s. */
async function startDeaf(): Promise<void> {
  const { bytes } = assemble('sleep: wfi\n j sleep', { base: BigInt(RAM_BASE) });
  await m.machine.services.addFile('deaf.bin', new Uint8Array(bytes));
  for (const line of ['create deaf --cpus 3 --memory 4M', 'load deaf --kernel deaf.bin', 'exec deaf'])
    await m.kerf(line);
  m.replies.length = 0;
}

describe('a host that', () => {
  test('floods from two harts, and reads no answer: others are served, and it can be killed', async () => {
    await runOnHost(`
    again:
      li a0, 0
      li a1, 0
      ${mkCall(MK_VERBS.help)}
      li t0, 400
    pause:
      addi t0, t0, -1
      bnez t0, pause
      j again`);
    await pass(5);
    expect(m.replies.length).toBeGreaterThan(2);
    await m.kerf('create beta --cpus 4 --memory 4M');
    await m.kerf('delete beta');
    expect(m.replies.filter(({ from }) => from === undefined).map(({ line }) => line)).toEqual([
      'kerf create beta --cpus 4 --memory 4M',
      'kerf delete beta',
    ]);
    // When its ring is full of answers, a hart is served only once in the time for which an answer is kept.
    await pass(20);
    const full = m.replies.length;
    await pass(50);
    expect(m.replies.length - full).toBeLessThanOrEqual(2);
    await m.kerf('kill host --force');
    await pass(6000);
    expect([stateOf(0), stateOf(1)]).toEqual([MK_FREE, MK_FREE]);
  });

  test('names lengths and addresses of all kinds has an error each time, and nothing is carried out', async () => {
    const wrong = [
      ['0', '-1'],
      ['-1', '1024'],
      ['0x10000000', '8'],
      [`0x${(RAM_BASE + 0x400_0000).toString(16)}`, '8'],
      ['0', '1025'],
    ];
    await runOnHost(`
      ${wrong.map(([address, length]) => `li a0, ${address}\n li a1, ${length}\n li a2, ${address}\n li a3, ${length}\n ${mkCall(MK_VERBS.load)}\n beqz a0, taken`).join('\n')}
    park:
      wfi
      j park
    taken:
      li a0, 0
      li a1, 0
      ${mkCall(MK_VERBS.show)}
      j park`);
    await pass(20);
    expect(m.replies).toEqual([]);
    expect([stateOf(0), stateOf(1)]).toEqual([MK_FREE, MK_FREE]);
  });
});

describe('an answer that nobody waits for', () => {
  test('Ctrl-C ends the wait; the command goes on, and that core has to wait for its end', async () => {
    await startDeaf();
    await m.type('host', 'kerf kill deaf\n');
    await pass(300);
    await m.type('host', '\u0003');
    await m.said('host', 'no longer waiting; the command goes on');
    expect(await m.ask('host', 'kerf help', 20)).toContain(
      'the last command of this core is not answered yet',
    );
    await pass(6000);
    expect(m.replies[0]).toMatchObject({ from: 'host', line: 'kerf kill deaf', exitCode: 1 });
    expect(await m.ask('host', 'kerf show deaf')).toContain('deaf (1)');
  });

  test('is dropped when the host has ended meanwhile, and the next kernel there is answered at once', async () => {
    await startDeaf();
    await m.type('host', 'kerf kill deaf\n');
    await pass(300);
    await m.type('host', '\u0003');
    await m.said('host', 'host> ');
    await m.type('host', 'poweroff\n');
    await pass(300);
    await m.kerf('exec host');
    await m.said('host', 'islet on host');
    expect(m.replies.map(({ line, exitCode }) => [line, exitCode])).toEqual([
      ['kerf kill deaf', 1],
      ['kerf exec host', 0],
    ]);
    await pass(1000);
    expect(await m.ask('host', 'kerf kill deaf --force')).toContain('deaf is loaded: killed');
  });

  test('the page kills the host while its command is under way: the kill does not wait for it', async () => {
    await startDeaf();
    await m.type('host', 'kerf kill deaf\n');
    await pass(300);
    await m.kerf('kill host --force');
    expect(m.replies.map(({ line, exitCode }) => [line, exitCode])).toEqual([['kerf kill host --force', 0]]);
    await pass(6000);
    expect(m.replies.map(({ line, exitCode }) => [line, exitCode])).toEqual([
      ['kerf kill host --force', 0],
      ['kerf kill deaf', 1],
    ]);
    await m.kerf('exec host');
    await m.said('host', 'host> ');
    await pass(500);
    expect(await m.ask('host', 'kerf show deaf')).toContain('active');
  });
});

test('any other kernel is denied', async () => {
  await m.kerf('create beta --cpus 2 --memory 8M');
  await m.kerf('load beta --kernel islet.img');
  await m.kerf('exec beta');
  await m.said('beta', 'beta> ');
  m.replies.length = 0;
  expect(await m.ask('beta', 'kerf delete host')).toContain(
    'the firmware denies it: only the host instance (ID 0)',
  );
  expect(m.replies).toEqual([]);
});
