/** A whole machine of one hart in the environment of environment.testkit.ts, not yet started. */
import { assert } from '../base/assert.ts';
import { assemble } from '../isa/assemble.ts';
import { HART, hartBlock, RAM_BASE, RAM_HOST } from '../protocol/layout.ts';
import { TestEnvironment } from './environment.testkit.ts';
import { Hart } from './hart.ts';
import { EXIT } from './interpreter-abi.ts';
import { createInterpreterModule } from './interpreter.ts';

const WASM_PAGE = 0x1_0000;
/** More than any program of a test needs: one that does not end is noticed. */
const MOST_INSTRUCTIONS = 100_000;

interface TestMachine {
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
function createTestMachine(ramSize = 0x10_0000): TestMachine {
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

/** `text` assembled at the start of RAM, in a machine whose hart is about to execute it. */
export interface TestProgram extends TestMachine {
  /** Address of a label. */
  at(label: string): bigint;
  /** Runs until WFI, which every program of a test ends with; the number of instructions that it took. */
  finish(): number;
}

/** Assembles `text` at RAM_BASE and starts the hart there in `privilege`. */
export function createTestProgram(text: string, privilege: 1 | 3 = 3): TestProgram {
  const machine = createTestMachine();
  const program = assemble(text, { base: BigInt(RAM_BASE) });
  machine.load(RAM_BASE, program.bytes);
  machine.env.firmwareMode = privilege === 1;
  machine.hart.start(BigInt(RAM_BASE), 0n, privilege);
  return {
    ...machine,
    at: (label) => {
      const address = program.symbols.get(label);
      assert(address !== undefined, `the program has no label ${label}`);
      return address;
    },
    finish: () => {
      const exit = machine.hart.run(MOST_INSTRUCTIONS);
      assert(exit === EXIT.WFI, `the program ended with ${exit} at pc ${machine.hart.pc().toString(16)}`);
      return MOST_INSTRUCTIONS - machine.word(HART.BUDGET);
    },
  };
}
