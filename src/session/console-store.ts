/** What every kernel's console has said: kept bounded for whoever opens it later, passed on as it comes. */

/** Bytes kept for each console. */
const KEPT = 128 * 1024;

/** The last bytes of one console: room for twice of what is kept, so that old ones are moved out seldom. */
interface Kept {
  readonly bytes: Uint8Array<ArrayBuffer>;
  length: number;
}

export class ConsoleStore {
  private readonly kept = new Map<number, Kept>();
  private readonly listeners = new Set<(instance: number, bytes: Uint8Array) => void>();

  add(instance: number, bytes: Uint8Array): void {
    const kept = this.kept.get(instance) ?? { bytes: new Uint8Array(2 * KEPT), length: 0 };
    this.kept.set(instance, kept);
    const added = bytes.subarray(Math.max(0, bytes.length - KEPT));
    if (kept.length + added.length > kept.bytes.length) {
      kept.bytes.copyWithin(0, kept.length - KEPT, kept.length);
      kept.length = KEPT;
    }
    kept.bytes.set(added, kept.length);
    kept.length += added.length;
    for (const listener of this.listeners) listener(instance, bytes);
  }

  /** Replays what is kept, then calls back with everything new. Returns how to stop that. */
  listen(listener: (instance: number, bytes: Uint8Array) => void): () => void {
    for (const [instance, { bytes, length }] of this.kept)
      listener(instance, bytes.slice(Math.max(0, length - KEPT), length));
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  /** An instance was deleted: its ID may be given again. */
  forget(instance: number): void {
    this.kept.delete(instance);
  }
}
