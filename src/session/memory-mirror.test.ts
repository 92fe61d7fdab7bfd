/** A page without shared memory: what it reads is a copy, and the copy tells what is true at each answer. */
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { isShared } from '../base/shared-memory.ts';
import { assemble } from '../isa/assemble.ts';
import { kernelImage } from '../multikernel/test-image.ts';
import { STATUS_SIZE } from '../protocol/channel.ts';
import { HART, hartBlock, HEADER, INSTANCE, instanceBlock, RAM_BASE, RAM_HOST } from '../protocol/layout.ts';
import type { MachineHandle } from '../protocol/services-api.ts';
import { connectMachine } from './connect-machine.ts';
import type { LocalMachine } from './make-machine.ts';
import { makeMachine } from './make-machine.ts';
import { MemoryMirror, packMirror } from './memory-mirror.ts';
import { serveMachine } from './serve-machine.ts';
import { createSoloEngine } from './solo-engine.ts';

const LOOP = '1:\n addi s1, s1, 1\n j 1b\n';
const CONFIG = {
  harts: 2,
  memory: 64 * 2 ** 20,
  isolation: 'enforced',
  mode: 'repeatable',
  seed: 1,
} as const;

let channel: MessageChannel;
let local: LocalMachine;
let machine: MachineHandle;

beforeEach(async () => {
  vi.stubGlobal('crossOriginIsolated', false);
  channel = new MessageChannel();
  serveMachine((config) => {
    local = makeMachine(config, (memory, interpreter, heard) =>
      createSoloEngine(memory, interpreter, { harts: config.harts, seed: config.seed, heard, paced: true }),
    );
    return local;
  }, channel.port1);
  const worker = Object.assign(channel.port2, { terminate: () => channel.port2.close() });
  machine = await connectMachine(worker, CONFIG, 'http://127.0.0.1/');
});
afterEach(async () => {
  machine.dispose();
  channel.port1.close();
  await local.dispose();
  vi.unstubAllGlobals();
});

async function boot(): Promise<void> {
  await machine.services.addFile('k', kernelImage([...assemble(LOOP, { base: 0n }).bytes]));
  for (const line of ['create a --cpus 0-1 --memory 16M', 'load a --kernel k', 'exec a'])
    expect(await machine.services.kerf(line)).toMatchObject({ exitCode: 0 });
}

const u32 = (memory: WebAssembly.Memory, at: number): number =>
  new DataView(memory.buffer).getUint32(at, true);

test('the page gets a memory of its own, which tells what a command has done when it is answered', async () => {
  expect(isShared(local.memory)).toBe(false);
  expect(machine.memory).not.toBe(local.memory);
  expect(u32(machine.memory, HEADER.HART_OWNER) & 0xffff).toBe(0);
  await boot();
  const [a] = (await machine.services.view()).instances;
  expect(u32(machine.memory, HEADER.HART_OWNER) & 0xffff).toBe(((a!.id + 1) << 8) | (a!.id + 1));
  expect(u32(machine.memory, instanceBlock(a!.id) + INSTANCE.ACTIVE)).toBe(1);
});

test('after a pause the copy is exact, in all that a page reads and in nothing else', async () => {
  await boot();
  await vi.waitFor(() => expect(u32(machine.memory, hartBlock(0) + HART.INSTRET)).toBeGreaterThan(0));
  await machine.services.pause();
  const view = await machine.services.view();
  const status = view.instances[0]!.status!;
  const [from, to] = [new Uint8Array(local.memory.buffer), new Uint8Array(machine.memory.buffer)];
  const ranges = [
    [0, HEADER.POOL_DEVICES],
    [hartBlock(0) + HART.PC, hartBlock(0) + HART.F],
    [hartBlock(1) + HART.WAKE, hartBlock(1) + HART.MK_REQUEST],
    [RAM_HOST + status - RAM_BASE, RAM_HOST + status - RAM_BASE + STATUS_SIZE],
  ] as const;
  for (const [begin, end] of ranges)
    expect(
      Buffer.compare(from.subarray(begin, end), to.subarray(begin, end)),
      `0x${begin.toString(16)}`,
    ).toBe(0);
  // Its code is not copied along; whoever wants memory asks for it.
  const { base } = view.instances[0]!.memory!;
  expect(u32(local.memory, RAM_HOST + base - RAM_BASE)).not.toBe(0);
  expect(u32(machine.memory, RAM_HOST + base - RAM_BASE)).toBe(0);
  const copied = await machine.services.copyMemory(base, 4096);
  const place = RAM_HOST + base - RAM_BASE;
  expect(Buffer.compare(copied, from.subarray(place, place + 4096))).toBe(0);
});

test('the copy follows the machine without being asked', async () => {
  await boot();
  const retired = (): number => u32(machine.memory, hartBlock(0) + HART.INSTRET);
  const before = retired();
  await vi.waitFor(() => expect(retired()).toBeGreaterThan(before));
});

test('a copy asks for no more after its end, nor after an answer that did not come', async () => {
  vi.useFakeTimers();
  try {
    const packet = { places: new Uint32Array([64, 4]), bytes: new Uint8Array([1, 2, 3, 4]) };
    const request = vi.fn(() => Promise.resolve(packet));
    const mirror = new MemoryMirror(CONFIG, request);
    void mirror.follow();
    await vi.advanceTimersByTimeAsync(100);
    const asked = request.mock.calls.length;
    expect(asked).toBeGreaterThan(2);
    expect(u32(mirror.memory, 64)).toBe(0x04030201);
    mirror.end();
    await vi.advanceTimersByTimeAsync(1000);
    expect(request).toHaveBeenCalledTimes(asked);

    const gone = vi.fn(() => Promise.reject(new Error('the worker is gone')));
    await new MemoryMirror(CONFIG, gone).follow();
    expect(gone).toHaveBeenCalledTimes(1);
  } finally {
    vi.useRealTimers();
  }
});

test('copies of memory end where RAM ends', async () => {
  expect(await machine.services.copyMemory(RAM_BASE + CONFIG.memory - 16, 64)).toHaveLength(16);
  expect(await machine.services.copyMemory(RAM_BASE + CONFIG.memory, 64)).toHaveLength(0);
  expect(await machine.services.copyMemory(RAM_BASE, -1)).toHaveLength(0);
});

test('a packet is as large as what is read, not as the memory', async () => {
  await boot();
  const { bytes } = packMirror(local.memory, CONFIG, await machine.services.view());
  expect(bytes.length).toBeLessThan(64 * 1024);
});
