/**
 * Hears HEADER.CONTROLLER_WAKE in a thread that must not block (the services worker, Node's main thread): calls back
 * after every change, at most once a turn of the event loop, so that a storm of wake-ups cannot starve messages.
 */
import { isShared } from '../base/shared-memory.ts';
import { HEADER } from '../protocol/layout.ts';

/** Where `Atomics.waitAsync` is missing, or as a safety net beside it: how often to look, in ms. */
const LOOK_EVERY_MS = 20;

export class WakeListener {
  private readonly words: Int32Array;
  private readonly heard: () => void;
  private readonly channel = new MessageChannel();
  private readonly timer: ReturnType<typeof setInterval> | null;
  private seen: number;
  private ended = false;

  constructor(memory: WebAssembly.Memory, heard: () => void) {
    this.words = new Int32Array(memory.buffer, 0, 1024);
    this.heard = heard;
    this.seen = this.load();
    this.channel.port1.onmessage = () => this.look();
    const canWait = typeof Atomics.waitAsync === 'function' && isShared(memory);
    this.timer = canWait ? null : setInterval(() => this.look(), LOOK_EVERY_MS);
    if (canWait) this.wait();
  }

  dispose(): void {
    this.ended = true;
    if (this.timer !== null) clearInterval(this.timer);
    this.channel.port1.close();
    // Ends the pending wait.
    Atomics.notify(this.words, HEADER.CONTROLLER_WAKE >> 2);
  }

  private wait(): void {
    if (this.ended) return;
    const result = Atomics.waitAsync(this.words, HEADER.CONTROLLER_WAKE >> 2, this.seen);
    if (result.async) void result.value.then(() => this.channel.port2.postMessage(0));
    else this.channel.port2.postMessage(0);
  }

  private look(): void {
    if (this.ended) return;
    const now = this.load();
    const changed = now !== this.seen;
    this.seen = now;
    try {
      if (changed) this.heard();
    } finally {
      // Also when a listener failed: one bug must not make the machine deaf.
      if (this.timer === null) this.wait();
    }
  }

  private load(): number {
    return Atomics.load(this.words, HEADER.CONTROLLER_WAKE >> 2);
  }
}
