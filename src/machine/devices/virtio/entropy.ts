/** Entropy device (virtio 1.2, 5.4): fills buffers with random bytes, 4 KiB of a chain at most (5.4.6.1 allows fewer). */
import { drawFrom } from '../../../base/random.ts';
import { ACCESS } from '../../../hart/interpreter-abi.ts';
import { POOL_DEVICE } from '../../../protocol/layout.ts';
import type { DeviceWords } from './device-words.ts';
import { SegmentCursor } from './guest-bytes.ts';
import type { ChainHandler } from './split-queue.ts';

const CHAIN_LIMIT = 4096;

export function entropyHandler(memory: WebAssembly.Memory, device: DeviceWords): ChainHandler {
  const bytes = new Uint8Array(memory.buffer);
  // The host fills no shared memory.
  const drawn = new Uint8Array(CHAIN_LIMIT);
  const draw = device.load(POOL_DEVICE.SEEDED) === 1 ? seeded(device) : fromHost;
  return ({ readable, writable }, guest) => {
    if (readable.length > 0) return null;
    const cursor = new SegmentCursor(guest, writable, ACCESS.STORE);
    let written = 0;
    while (written < CHAIN_LIMIT) {
      const piece = cursor.next(CHAIN_LIMIT - written);
      if (piece === null) break;
      const part = drawn.subarray(0, piece.length);
      draw(part);
      bytes.set(part, piece.host);
      written += piece.length;
    }
    return cursor.refused ? null : written;
  };
}

function fromHost(into: Uint8Array<ArrayBuffer>): void {
  crypto.getRandomValues(into);
}

/** The same for the same requests on every host, so that a run can be repeated. */
const seeded = (device: DeviceWords) => (into: Uint8Array) => {
  const next = drawFrom(Atomics.add(device.words, (device.at + POOL_DEVICE.SEED) >> 2, 1));
  for (let n = 0; n < into.length; n++) into[n] = next(256);
};
