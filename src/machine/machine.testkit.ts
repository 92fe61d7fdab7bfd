/** For tests of the machine: the one memory with owners of harts and pages, and channels, written as the controller does. */
import {
  CHANNEL,
  channelEntry,
  HEADER,
  INSTANCE,
  instanceBlock,
  OWNER_CHANNEL,
  PAGE_OWNER,
} from '../protocol/layout.ts';
import type { Isolation } from '../protocol/machine-view.ts';
import { createMemory } from './memory.ts';

/** 2 MiB of RAM: 512 pages. */
export const TEST_RAM = 0x20_0000;

export class TestMachine {
  readonly memory: WebAssembly.Memory;
  readonly words: Int32Array;
  readonly bytes: Uint8Array;

  /** `owners[h]` is the instance that owns hart h, or null: free. */
  constructor(owners: readonly (number | null)[], isolation: Isolation = 'enforced') {
    this.memory = createMemory({
      harts: owners.length,
      memory: TEST_RAM,
      isolation,
      mode: 'parallel',
      seed: 0,
    });
    this.words = new Int32Array(this.memory.buffer);
    this.bytes = new Uint8Array(this.memory.buffer);
    owners.forEach((owner, hart) => this.giveHart(hart, owner));
  }

  giveHart(hart: number, instance: number | null): void {
    this.bytes[HEADER.HART_OWNER + hart] = instance === null ? 0 : instance + 1;
  }

  givePages(instance: number, first: number, count: number): void {
    this.bytes.fill(instance + 1, PAGE_OWNER + first, PAGE_OWNER + first + count);
  }

  connect(channel: number, a: number, b: number, page: number, pages: number): void {
    const entry = channelEntry(channel) >> 2;
    this.words[entry + (CHANNEL.A >> 2)] = a;
    this.words[entry + (CHANNEL.B >> 2)] = b;
    this.words[entry + (CHANNEL.PAGE >> 2)] = page;
    this.words[entry + (CHANNEL.PAGES >> 2)] = pages;
    this.words[entry + (CHANNEL.IN_USE >> 2)] = 1;
    Atomics.add(this.words, HEADER.CHANNELS_CHANGED >> 2, 1);
    this.bytes.fill(OWNER_CHANNEL + channel, PAGE_OWNER + page, PAGE_OWNER + page + pages);
  }

  disconnect(channel: number): void {
    this.words[(channelEntry(channel) + CHANNEL.IN_USE) >> 2] = 0;
    Atomics.add(this.words, HEADER.CHANNELS_CHANGED >> 2, 1);
  }

  word(at: number): number {
    return (this.words[at >> 2] ?? 0) >>> 0;
  }

  instanceWord(instance: number, offset: number): number {
    return this.word(instanceBlock(instance) + offset);
  }

  setInterruptHart(instance: number, hart: number): void {
    this.words[(instanceBlock(instance) + INSTANCE.INTERRUPT_HART) >> 2] = hart;
  }
}
