/** How a kernel ends: by itself (SRST, finisher), by what its console says. The first reason counts. */
import { signal, signalController } from '../protocol/hart-protocol.ts';
import { EXIT_NONE, HEADER, INSTANCE, instanceBlock, MAX_HARTS, REASON_STOP } from '../protocol/layout.ts';

/** EXIT and EXIT_STATUS of an instance that has not ended itself, as one word. */
const NOT_ENDED = BigInt(EXIT_NONE);

/**
 * Records why the instance ends (EXIT_*) and with what status, both in one write: whoever sees the one sees the other.
 * False: another reason was there first, and stays. Any thread.
 */
export function recordExit(
  memory: WebAssembly.Memory,
  instance: number,
  exit: number,
  status: number,
): boolean {
  const longs = new BigInt64Array(memory.buffer);
  const both = BigInt.asIntN(64, (BigInt(status >>> 0) << 32n) | BigInt(exit));
  const at = (instanceBlock(instance) + INSTANCE.EXIT) >> 3;
  return Atomics.compareExchange(longs, at, NOT_ENDED, both) === NOT_ENDED;
}

/** Records why the instance ends (EXIT_*, status), stops all its harts and tells the controller. Any thread. */
export function endInstance(
  memory: WebAssembly.Memory,
  instance: number,
  exit: number,
  status: number,
): void {
  if (!recordExit(memory, instance, exit, status)) return;
  const words = new Int32Array(memory.buffer);
  const owners = new Uint8Array(memory.buffer, HEADER.HART_OWNER, MAX_HARTS);
  for (let hart = 0; hart < MAX_HARTS; hart++) {
    if (Atomics.load(owners, hart) === instance + 1) signal(words, hart, REASON_STOP);
  }
  signalController(words);
}
