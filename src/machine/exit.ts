/** How a kernel ends: by itself (SRST, finisher), by what its console says. The first reason counts. */
import { signal, signalController } from '../protocol/hart-protocol.ts';
import { EXIT_NONE, HEADER, INSTANCE, instanceBlock, MAX_HARTS, REASON_STOP } from '../protocol/layout.ts';

/** Records why the instance ends (EXIT_*, status), stops all its harts and tells the controller. Any thread. */
export function endInstance(
  memory: WebAssembly.Memory,
  instance: number,
  exit: number,
  status: number,
): void {
  const words = new Int32Array(memory.buffer);
  const block = instanceBlock(instance) >> 2;
  if (Atomics.compareExchange(words, block + (INSTANCE.EXIT >> 2), EXIT_NONE, exit) !== EXIT_NONE) return;
  Atomics.store(words, block + (INSTANCE.EXIT_STATUS >> 2), status);
  const owners = new Uint8Array(memory.buffer, HEADER.HART_OWNER, MAX_HARTS);
  for (let hart = 0; hart < MAX_HARTS; hart++) {
    if (Atomics.load(owners, hart) === instance + 1) signal(words, hart, REASON_STOP);
  }
  signalController(words);
}
