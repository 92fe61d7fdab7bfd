import { beforeAll, expect, test } from 'vitest';
import { makeElf, makeImage } from '../machine/loaders/loaders.testkit.ts';
import type { ImagePlace, ImageReport } from '../protocol/image-report.ts';
import { RAM_BASE } from '../protocol/layout.ts';
import { TestMachine } from './test-machine.ts';

const MIB = 2 ** 20;
const machine = new TestMachine({ harts: 4, memory: 64 * MIB });

beforeAll(async () => {
  machine.files.set('k.img', makeImage({ imageSize: 0x1000n }));
  await machine.kerf('create alpha --cpus 0 --memory 16M');
  await machine.kerf('create small --cpus 1 --memory 4M');
});

const report = (file: Uint8Array, place: ImagePlace, name = 'own'): ImageReport =>
  machine.controller.reportImage(name, file, place);
const instance = (name: string): number =>
  machine.controller.view().instances.find((each) => each.name === name)!.id;
const newKernel = (mib: number, base = ''): ImagePlace => ({ kind: 'new', memory: mib * MIB, base });
const elfAt = (address: number, memsz = 0x1000n): Uint8Array =>
  makeElf({ entry: BigInt(address), segments: [{ vaddr: BigInt(address), memsz }] });

test('a kernel that is there: where the image lies in its memory, below the device tree', () => {
  const { memory } = machine.controller.view().instances.find(({ name }) => name === 'alpha')!;
  const { base } = memory!;
  const file = makeImage({ textOffset: 0x2000n, imageSize: 0x8000n });
  const { placement, needs } = report(file, { kind: 'kernel', instance: instance('alpha') });
  expect(placement).toEqual({
    ok: true,
    value: {
      memory: { base, size: 16 * MIB },
      room: 16 * MIB - 0x1_0000,
      entry: base + 0x2000,
      segments: [{ address: base + 0x2000, fileSize: file.length, memorySize: 0x8000 }],
    },
  });
  expect(needs).toEqual({ base: null, size: 2 * MIB });
});

test('what is said is what load does', async () => {
  const file = makeImage({ imageSize: BigInt(4 * MIB - 0x1_0000 + 1) });
  machine.files.set('large.img', file);
  const { placement } = report(file, { kind: 'kernel', instance: instance('small') }, 'large.img');
  const reply = await machine.kerf('load small --kernel large.img');
  expect(placement).toMatchObject({ ok: false, error: { code: 'image-too-large' } });
  expect(placement).toMatchObject({ error: { reason: reply.error?.reason, hint: reply.error?.hint } });
});

test('a kernel that is not there yet: where the pool has room, and at the base that is asked for', () => {
  const file = makeImage();
  const base = (asked: ImagePlace): unknown => {
    const { placement } = report(file, asked);
    return placement?.ok ? placement.value.memory.base - RAM_BASE : placement?.error.code;
  };
  expect(base(newKernel(16))).toBe(20 * MIB);
  expect(base(newKernel(16, '0x82000000'))).toBe(32 * MIB);
  expect(base(newKernel(16, 'top'))).toBe('bad-address');
  expect(base(newKernel(64))).toBe('not-enough-memory');
  expect(base(newKernel(4, '0x80000000'))).toBe('memory-overlap');
});

test('an ELF says which memory it needs', () => {
  const file = elfAt(RAM_BASE + 41 * MIB, 0x20_0000n);
  const { needs, placement } = report(file, newKernel(16));
  expect(needs).toEqual({ base: RAM_BASE + 40 * MIB, size: 4 * MIB });
  expect(placement).toMatchObject({ ok: false, error: { code: 'elf-segment-above-memory' } });
  expect(report(file, newKernel(4, '0x82800000')).placement).toMatchObject({
    ok: true,
    value: { entry: RAM_BASE + 41 * MIB },
  });
});

test.each([
  ['below RAM', elfAt(0x1000)],
  ['above RAM', elfAt(RAM_BASE + 64 * MIB)],
  ['at the end of RAM, with no room for the device tree', elfAt(RAM_BASE + 64 * MIB - 0x1000)],
  ['larger than RAM', makeImage({ imageSize: BigInt(64 * MIB) })],
  ['as large as can be said', makeImage({ imageSize: (1n << 64n) - 1n })],
])('no memory of this machine will do: %s', (_, file) => {
  const { description, needs, placement } = report(file, newKernel(16));
  expect(description.ok).toBe(true);
  expect(needs).toBeNull();
  expect(placement?.ok).toBe(false);
});

test('the next of a kernel that runs has to fit into the scratch region', () => {
  const file = makeImage({ imageSize: BigInt(4 * MIB + 1) });
  const next = (name: string, image: Uint8Array): string | undefined => {
    const { placement } = report(image, { kind: 'next', instance: instance(name) });
    return placement?.ok ? 'fits' : placement?.error.code;
  };
  expect(next('alpha', makeImage({ imageSize: BigInt(4 * MIB) }))).toBe('fits');
  expect(next('alpha', file)).toBe('image-too-large');
  expect(next('small', file)).toBe('no-scratch');
});

test('a file that is no image has no place, and a kernel that is gone has none to give', () => {
  const text = report(new TextEncoder().encode('<b>no kernel</b>'.repeat(9)), newKernel(16), '<b>.img');
  expect(text.description).toMatchObject({ ok: false, error: { code: 'not-a-kernel' } });
  expect(text.placement).toBeNull();
  expect(report(makeImage(), { kind: 'kernel', instance: 99 }).placement).toMatchObject({
    error: { code: 'no-such-instance' },
  });
});

test('to tell changes nothing', () => {
  const before = JSON.stringify(machine.controller.view());
  report(makeImage(), newKernel(16));
  report(makeImage(), { kind: 'kernel', instance: instance('alpha') });
  expect(JSON.stringify(machine.controller.view())).toBe(before);
});
