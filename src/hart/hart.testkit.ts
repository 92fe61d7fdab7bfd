/** A whole machine of one hart in the environment of environment.testkit.ts, not yet started. */
import { HART, hartBlock, RAM_BASE, RAM_HOST } from '../protocol/layout.ts';
import { TestEnvironment } from './environment.testkit.ts';
import { Hart } from './hart.ts';
import { createInterpreterModule } from './interpreter.ts';

const WASM_PAGE = 0x1_0000;

export interface TestMachine {
  readonly memory: WebAssembly.Memory;
  readonly env: TestEnvironment;
  readonly hart: Hart;
  /** Guest RAM from RAM_BASE. */
  readonly ram: DataView;
  /** Copies bytes to a guest-physical address. */
  load(address: number, bytes: Uint8Array): void;
  /** Word of the hart's block, for what HartCore does not show. */
  word(offset: number): number;
  /** ORs bits into HART.MIP as a device would. */
  raise(mipBits: number): void;
  lower(mipBits: number): void;
}

/** A machine of one hart with `ramSize` bytes of RAM (a multiple of 64 KiB), the hart not yet started. */
export function createTestMachine(ramSize = 0x10_0000): TestMachine {
  const pages = (RAM_HOST + ramSize) / WASM_PAGE;
  const limits = { shared: true, initial: pages, maximum: pages };
  const memory = new WebAssembly.Memory(limits);
  const words = new Int32Array(memory.buffer);
  const env = new TestEnvironment(memory, ramSize);
  const hart = new Hart(memory, createInterpreterModule(limits), 0, env);
  const block = hartBlock(0);
  const bytes = new Uint8Array(memory.buffer);
  return {
    memory,
    env,
    hart,
    ram: new DataView(memory.buffer, RAM_HOST, ramSize),
    load: (address, content) => bytes.set(content, RAM_HOST + (address - RAM_BASE)),
    word: (offset) => Atomics.load(words, (block + offset) >> 2),
    raise: (bits) => void Atomics.or(words, (block + HART.MIP) >> 2, bits),
    lower: (bits) => void Atomics.and(words, (block + HART.MIP) >> 2, ~bits),
  };
}
