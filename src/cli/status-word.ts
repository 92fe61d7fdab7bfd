/** Words of a kernel's status block, read where they lie. */
import { RAM_BASE, RAM_HOST } from '../protocol/layout.ts';
import type { InstanceView } from '../protocol/machine-view.ts';

/** The word at `offset` (protocol/channel.ts, STATUS); 0 where there is no such block. */
export function statusWord(
  machine: { readonly memory: WebAssembly.Memory },
  instance: InstanceView,
  offset: number,
): number {
  if (instance.status === null) return 0;
  const at = RAM_HOST + instance.status - RAM_BASE + offset;
  return Number(Atomics.load(new BigUint64Array(machine.memory.buffer), at >>> 3));
}
