/**
 * Console output of one kernel on its way to a terminal. Bytes wait here until the terminal asks for them (once a
 * frame); a guest that prints faster than a terminal can draw fills the queue to its bound, then the oldest bytes are
 * dropped and counted, so that neither memory nor a frame's work grows.
 */
/** Most bytes that wait for one terminal. */
export const FEED_LIMIT = 512 * 1024;

export class ConsoleFeed {
  private chunks: Uint8Array[] = [];
  private waiting = 0;
  private droppedBytes = 0;
  private listener: (() => void) | null = null;

  push(bytes: Uint8Array): void {
    this.chunks.push(bytes);
    this.waiting += bytes.length;
    while (this.waiting > FEED_LIMIT && this.chunks.length > 1) {
      const oldest = this.chunks.shift();
      this.waiting -= oldest?.length ?? 0;
      this.droppedBytes += oldest?.length ?? 0;
    }
    this.listener?.();
  }

  /** Takes at most `limit` bytes in order; an empty array when nothing waits. */
  take(limit: number): Uint8Array {
    const size = Math.min(limit, this.waiting);
    const bytes = new Uint8Array(size);
    let filled = 0;
    while (filled < size) {
      const chunk = this.chunks[0];
      if (!chunk) break;
      const part = Math.min(chunk.length, size - filled);
      bytes.set(chunk.subarray(0, part), filled);
      filled += part;
      if (part === chunk.length) this.chunks.shift();
      else this.chunks[0] = chunk.subarray(part);
    }
    this.waiting -= filled;
    return bytes;
  }

  /** Bytes dropped since the last call. */
  takeDropped(): number {
    const dropped = this.droppedBytes;
    this.droppedBytes = 0;
    return dropped;
  }

  /** Sets who is told when bytes arrive (one terminal for a feed); null takes it away. */
  onData(listener: (() => void) | null): void {
    this.listener = listener;
    if (listener && this.waiting > 0) listener();
  }
}
