/** Makes the one memory (protocol/layout.ts) and reads and writes its 64-bit words. */
import { assert } from '../base/assert.ts';
import {
  HART,
  hartBlock,
  HEADER,
  HSM_STOPPED,
  LAYOUT_VERSION,
  MAGIC,
  MAX_HARTS,
  MAX_RAM,
  PAGE_SIZE,
  PHASE_SAFE,
  RAM_HOST,
} from '../protocol/layout.ts';
import type { MachineConfig } from '../protocol/machine-view.ts';

const WASM_PAGE = 65536;
const BIG = 0x20_0000;

/**
 * A fresh memory with its header written, every hart STOPPED and SAFE and everything free. Shared where the platform
 * has shared memory. `config.harts` is 1 … 16 and `config.memory` a multiple of 2 MiB up to 3 GiB (checked by whoever
 * took the configuration in).
 */
export function createMemory(config: MachineConfig): WebAssembly.Memory {
  assert(config.harts >= 1 && config.harts <= MAX_HARTS, `${config.harts} harts`);
  assert(
    config.memory > 0 && config.memory <= MAX_RAM && config.memory % BIG === 0,
    `RAM of ${config.memory} bytes`,
  );
  const pages = (RAM_HOST + config.memory) / WASM_PAGE;
  const shared = typeof SharedArrayBuffer === 'function';
  const memory = new WebAssembly.Memory({ initial: pages, maximum: pages, shared });
  const words = new Uint32Array(memory.buffer);
  words[HEADER.MAGIC >> 2] = MAGIC;
  words[HEADER.VERSION >> 2] = LAYOUT_VERSION;
  words[HEADER.HARTS >> 2] = config.harts;
  words[HEADER.RAM_PAGES >> 2] = config.memory / PAGE_SIZE;
  words[HEADER.ENFORCED >> 2] = config.isolation === 'enforced' ? 1 : 0;
  // Number 0 stands for a trace record that is being written.
  words[HEADER.TRACE_SEQUENCE >> 2] = 1;
  for (let hart = 0; hart < MAX_HARTS; hart++) {
    words[(hartBlock(hart) + HART.PHASE) >> 2] = PHASE_SAFE;
    words[(hartBlock(hart) + HART.HSM) >> 2] = HSM_STOPPED;
  }
  return memory;
}

/** The unsigned 64-bit word at host address `at` (any alignment); not atomic. */
export function readU64(memory: WebAssembly.Memory, at: number): bigint {
  return new DataView(memory.buffer, at, 8).getBigUint64(0, true);
}
