import { describe, expect, it } from 'vitest';
import { BUFFERS, FLAGS, FOREIGN, machineWith, type Driver } from './virtio.testkit.ts';

const HEADER = BUFFERS;
const DATA = BUFFERS + 0x400;
const STATUS = BUFFERS + 0x3f0;

/** One request of three descriptors: header, data, status. Returns the status byte, or what it was before. */
function request(
  driver: Driver,
  type: number,
  sector: bigint,
  length: number,
  options: { readonly data?: number; readonly write?: boolean } = {},
): number {
  driver.bytes(STATUS, 1)[0] = 0x99;
  const header = driver.bytes(HEADER, 16);
  const view = new DataView(header.buffer, header.byteOffset);
  view.setUint32(0, type, true);
  view.setBigUint64(8, sector, true);
  const write = options.write ?? type !== 1;
  driver.descriptor(0, { address: HEADER, length: 16, flags: FLAGS.NEXT, next: length > 0 ? 1 : 2 });
  const flags = FLAGS.NEXT | (write ? FLAGS.WRITE : 0);
  driver.descriptor(1, { address: options.data ?? DATA, length, flags, next: 2 });
  driver.descriptor(2, { address: STATUS, length: 1, flags: FLAGS.WRITE });
  driver.offer(0);
  return driver.bytes(STATUS, 1)[0] ?? -1;
}

const IN = 0;
const OUT = 1;
const FLUSH = 4;
const GET_ID = 8;

describe('a disk', () => {
  it('keeps sectors that were written', () => {
    const { driver } = machineWith('disk0');
    driver.start();
    driver.bytes(DATA, 1024).fill(0xa5);
    expect(request(driver, OUT, 3n, 1024)).toBe(0);
    driver.bytes(DATA, 1536).fill(0);
    expect(request(driver, IN, 2n, 1536)).toBe(0);
    const read = driver.bytes(DATA, 1536);
    expect(read.subarray(0, 512).every((byte) => byte === 0)).toBe(true);
    expect(read.subarray(512).every((byte) => byte === 0xa5)).toBe(true);
    expect(driver.usedEntry(0)).toEqual({ id: 0, length: 1 });
    expect(driver.usedEntry(1)).toEqual({ id: 0, length: 1537 });
  });

  it('keeps them through a reset and in the hands of another kernel', () => {
    const { driver, words } = machineWith('disk0');
    driver.start();
    driver.bytes(DATA, 512).fill(7);
    request(driver, OUT, 2047n, 512);
    words.setPlace(null);
    words.powerOn();
    words.setPlace({ instance: 1, slot: 0 });
    driver.start();
    driver.setAvailable(0);
    driver.bytes(DATA, 512).fill(0);
    expect(request(driver, IN, 2047n, 512)).toBe(0);
    expect(driver.bytes(DATA, 512).every((byte) => byte === 7)).toBe(true);
  });

  it.each([
    ['behind the end', IN, 2048n, 512],
    ['across the end', IN, 2047n, 1024],
    ['at a sector that no disk has', OUT, 0xffff_ffff_ffff_ffffn, 512],
    ['of half a sector', OUT, 0n, 256],
    ['longer than size_max and seg_max allow', OUT, 0n, 0x8000_0000],
  ])('answers a request %s with an I/O error', (_, type, sector, length) => {
    const { driver } = machineWith('disk0');
    driver.start();
    expect(request(driver, type, sector, length)).toBe(1);
    expect(driver.needsReset()).toBe(false);
  });

  it('says its name, and what it cannot do', () => {
    const { driver } = machineWith('disk0');
    driver.start();
    expect(request(driver, GET_ID, 0n, 20)).toBe(0);
    expect(new TextDecoder().decode(Uint8Array.from(driver.bytes(DATA, 5)))).toBe('disk0');
    // FLUSH was not offered: what is written is written.
    expect(request(driver, FLUSH, 0n, 0)).toBe(2);
  });

  it.each([
    ['data in the memory of another kernel', { data: FOREIGN }],
    ['data that begins outside RAM', { data: 0x1000 }],
  ])('needs a reset after %s', (_, options) => {
    const { driver } = machineWith('disk0');
    driver.start();
    expect(request(driver, IN, 0n, 512, options)).toBe(0x99);
    expect(driver.needsReset()).toBe(true);
  });

  it('needs a reset after a request without a whole header, and one without a status', () => {
    for (const [length, flags] of [
      [8, FLAGS.NEXT],
      [16, 0],
    ] as const) {
      const { driver } = machineWith('disk0');
      driver.start();
      driver.descriptor(0, { address: HEADER, length, flags, next: 1 });
      driver.descriptor(1, { address: STATUS, length: 1, flags: FLAGS.WRITE });
      driver.offer(0);
      expect(driver.needsReset()).toBe(true);
    }
  });
});
