/** What every kernel's console has said: kept bounded for whoever opens it later, passed on as it comes. */

/** Bytes kept for each console. */
const KEPT = 128 * 1024;

export class ConsoleStore {
  private readonly kept = new Map<number, Uint8Array[]>();
  private readonly listeners = new Set<(instance: number, bytes: Uint8Array) => void>();

  add(instance: number, bytes: Uint8Array): void {
    const chunks = this.kept.get(instance) ?? [];
    this.kept.set(instance, chunks);
    chunks.push(bytes);
    let total = chunks.reduce((sum, chunk) => sum + chunk.length, 0);
    while (total > KEPT && chunks.length > 1) total -= chunks.shift()?.length ?? 0;
    for (const listener of this.listeners) listener(instance, bytes);
  }

  /** Replays what is kept, then calls back with everything new. Returns how to stop that. */
  listen(listener: (instance: number, bytes: Uint8Array) => void): () => void {
    for (const [instance, chunks] of this.kept) for (const chunk of chunks) listener(instance, chunk);
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  /** An instance was deleted: its ID may be given again. */
  forget(instance: number): void {
    this.kept.delete(instance);
  }
}
