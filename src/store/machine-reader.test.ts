import { describe, expect, it } from 'vitest';
import { STATUS } from '../protocol/channel.ts';
import {
  CHANNEL,
  channelEntry,
  HART,
  hartBlock,
  HEADER,
  MAX_HARTS,
  MAX_RAM,
  RAM_BASE,
  RAM_HOST,
} from '../protocol/layout.ts';
import { MachineReader } from './machine-reader.ts';

function machine(ram = 0x1_0000): {
  reader: MachineReader;
  words: Uint32Array;
  longs: BigUint64Array;
  doubles: Float64Array;
} {
  const pages = Math.ceil((RAM_HOST + ram) / 0x1_0000);
  const memory = new WebAssembly.Memory({ initial: pages, maximum: pages, shared: true });
  return {
    reader: new MachineReader(memory, 'parallel'),
    words: new Uint32Array(memory.buffer),
    longs: new BigUint64Array(memory.buffer),
    doubles: new Float64Array(memory.buffer),
  };
}

describe('MachineReader', () => {
  it('reads the status block at its guest-physical address', () => {
    const { reader, longs } = machine();
    const status = RAM_BASE + 0x1200;
    longs[(RAM_HOST + 0x1200 + STATUS.BEATS) / 8] = 42n;
    longs[(RAM_HOST + 0x1200 + STATUS.WORK) / 8] = 7n;
    expect(reader.beats(status)).toBe(42);
    expect(reader.work(status)).toBe(7);
    expect(reader.keepsStatus(status)).toBe(false);
  });

  it('reads a status block at the end of the largest memory', () => {
    const { reader, longs } = machine(MAX_RAM);
    const at = MAX_RAM - 0x1000;
    longs[(RAM_HOST + at + STATUS.BEATS) / 8] = 42n;
    expect(reader.beats(RAM_BASE + at)).toBe(42);
  });

  it('reads nothing beyond the memory for a status address that lies', () => {
    const { reader } = machine();
    expect(reader.beats(RAM_BASE + 0x4000_0000)).toBe(0);
  });

  it('reads doorbells by row and column and counters above 2^31 as positive', () => {
    const { reader, words } = machine();
    words[(HEADER.DOORBELLS + (3 * MAX_HARTS + 1) * 4) / 4] = 9;
    words[(hartBlock(2) + HART.BUSY_US) / 4] = 0xffff_fff0;
    expect(reader.doorbells(3, 1)).toBe(9);
    expect(reader.doorbells(1, 3)).toBe(0);
    expect(reader.busyMicroseconds(2)).toBe(0xffff_fff0);
  });

  it('reads how many doorbells of a channel were held back, of both directions', () => {
    const { reader, words } = machine();
    words[(channelEntry(3) + CHANNEL.LIMITED_AB) / 4] = 0xffff_fff0;
    words[(channelEntry(3) + CHANNEL.LIMITED_BA) / 4] = 2;
    expect([reader.doorbellsLimited(3), reader.doorbellsLimited(2)]).toEqual([0xffff_fff2, 0]);
  });

  it('stands still while the clock is frozen, and keeps the last time while it is being written', () => {
    const { reader, words, doubles } = machine();
    words[HEADER.CLOCK_FROZEN / 4] = 1;
    doubles[HEADER.CLOCK_TICKS_BASE / 8] = 12_345;
    expect(reader.time()).toBe(12_345);
    words[HEADER.CLOCK_SEQ / 4] = 1;
    doubles[HEADER.CLOCK_TICKS_BASE / 8] = 99_999;
    expect(reader.time()).toBe(12_345);
  });
});
