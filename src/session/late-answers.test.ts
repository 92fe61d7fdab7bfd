/** Real guests that are too late with what they were to get: a core, memory, a device. */
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { afterEach, expect, test } from 'vitest';
import { MESSAGE, SLOT } from '../protocol/channel.ts';
import { NO_INTERRUPT_HART } from '../multikernel/kernel-messages.ts';
import { raiseInterrupt } from '../protocol/hart-protocol.ts';
import { INSTANCE, instanceBlock } from '../protocol/layout.ts';
import { TRACE_KIND } from '../protocol/trace.ts';
import { HOST, instanceOf, ringBetween, tryKerf } from './faults.testkit.ts';
import { startGuests, type Guests } from './guests.testkit.ts';

const folder = fileURLToPath(new URL('../../public/guests/', import.meta.url));
const readImage = async (name: string): Promise<Uint8Array<ArrayBuffer>> =>
  new Uint8Array(await readFile(folder + name));

const MOVE = 'update beta --cpus +2 --from alpha';
const SSIP = 1 << 1;
const RFENCE = 0x5246_4e43n;

let guests: Guests;
afterEach(() => guests.machine.dispose());

/** Changes the number of the next request to add a core before beta reads it: what beta answers is to nothing that was asked. */
async function confuseNext(): Promise<void> {
  const ring = await ringBetween(guests, HOST, 'beta');
  let done = false;
  await guests.machine.services.onView((view) => {
    if (done || !view.phases.some(({ phase }) => phase === 'cpu-add')) return;
    done = true;
    // The request is sent behind the phase that it is in.
    queueMicrotask(() => ring.write(ring.slot(ring.head - 1) + SLOT.BUFFER + MESSAGE.ID, 0n));
  });
}

test('a core that is online without the controller’s hearing of it is given back, and the kernel fences as before', async () => {
  guests = await startGuests(readImage, 4, [
    { name: 'alpha', cpus: '0,2' },
    { name: 'beta', cpus: '1,3', peers: ['alpha'] },
  ]);
  await guests.kerf('update beta --memory +2M');
  await confuseNext();
  const began = guests.host.time();
  const refused = await tryKerf(guests, MOVE);
  expect(refused.error?.reason).toBe('hart 2 was given back to alpha: beta did not acknowledge it in 5 s');
  expect(guests.host.time() - began).toBeLessThan(60_000_000);
  expect(guests.heard('beta')).toMatch(/core 2 joined[^]*core 2 left/);
  expect(await guests.ask('beta', 'cores')).not.toContain('core 2');
  expect(await guests.ask('alpha', 'cores')).toContain('core 2  online');

  await guests.machine.services.takeTrace();
  await guests.kerf('update beta --memory -2M');
  const { records } = await guests.machine.services.takeTrace();
  const fences = records.filter(
    ({ kind, a, instance }) => kind === TRACE_KIND.SBI && a === RFENCE && instance === 2,
  );
  expect([fences.length > 0, fences.filter(({ c }) => c !== 0)]).toEqual([true, []]);
  await guests.kerf(MOVE);
  expect(await guests.ask('beta', 'cores')).toContain('core 2  online');
});

test('what was offered to a kernel that did not hear of it is not touched when it does', async () => {
  guests = await startGuests(readImage, 4, [
    { name: 'alpha', cpus: '0' },
    { name: 'beta', cpus: '1', peers: ['alpha'] },
  ]);
  const cores = await guests.ask('beta', 'cores');
  const memory = await guests.ask('beta', 'mem');
  const words = new Int32Array(guests.machine.memory.buffer);
  const interruptHart = (instanceBlock((await instanceOf(guests, 'beta')).id) + INSTANCE.INTERRUPT_HART) >> 2;
  for (const [line, code] of [
    ['--memory +2M', 'mem-add-failed'],
    ['--cpus +2', 'cpu-add-failed'],
    ['--devices +rng0', 'device-add-failed'],
  ] as const) {
    // Nobody rings it: it reads what is sent to it only when somebody does.
    Atomics.store(words, interruptHart, NO_INTERRUPT_HART);
    const began = guests.host.time();
    expect((await tryKerf(guests, `update beta ${line}`)).error?.code).toBe(code);
    expect(guests.host.time() - began).toBeLessThan(55_000_000);
    Atomics.store(words, interruptHart, 1);
    raiseInterrupt(words, 1, SSIP);
    await guests.pass(100);
    expect(guests.heard('beta')).not.toMatch(/join|stay|left/);
    expect([await guests.ask('beta', 'cores'), await guests.ask('beta', 'mem')]).toEqual([cores, memory]);
    await guests.kerf(`update beta ${line}`);
    await guests.kerf(`update beta ${line.replace('+', '-')}`);
    await guests.ask('beta', 'uptime');
  }
});
