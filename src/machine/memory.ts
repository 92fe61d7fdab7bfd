/** Makes the one memory (protocol/layout.ts) and reads and writes its 64-bit words. */
import { assert } from '../base/assert.ts';
import { drawFrom } from '../base/random.ts';
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
  POOL_DEVICE,
  poolDevice,
  RAM_HOST,
} from '../protocol/layout.ts';
import type { MachineConfig } from '../protocol/machine-view.ts';
import { canShareMemory } from '../base/shared-memory.ts';
import { DEFAULT_DEVICES, POOL_DEVICES } from '../protocol/pool-devices.ts';

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
  const shared = canShareMemory();
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
  createDevices(words, config);
  return memory;
}

function createDevices(words: Uint32Array, { devices = DEFAULT_DEVICES, mode, seed }: MachineConfig): void {
  const draw = drawFrom(seed);
  POOL_DEVICES.forEach(({ name, type }, index) => {
    const at = poolDevice(index);
    words[(at + POOL_DEVICE.TYPE) >> 2] = devices.includes(name) ? type : 0;
    words[(at + POOL_DEVICE.SEEDED) >> 2] = mode === 'repeatable' ? 1 : 0;
    words[(at + POOL_DEVICE.SEED) >> 2] = draw(2 ** 32);
  });
}

/** The unsigned 64-bit word at host address `at` (any alignment); not atomic. */
export function readU64(memory: WebAssembly.Memory, at: number): bigint {
  return new DataView(memory.buffer, at, 8).getBigUint64(0, true);
}
