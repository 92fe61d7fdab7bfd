/**
 * What every kernel's console has said: kept bounded for whoever opens it later, and passed on as fast as each listener
 * takes it. A listener that returns a promise gets its next piece when that is fulfilled; what comes meanwhile is one
 * piece then, and what the bounded store could not keep for it so long is counted and said in its place.
 */

/** Bytes kept for each console. */
const KEPT = 128 * 1024;
/** Most bytes in one piece for a listener. */
const PIECE = 64 * 1024;

/** May return a promise: it is fulfilled when the listener can take more. */
export type ConsoleListener = (instance: number, bytes: Uint8Array) => void | Promise<void>;

/** The last bytes of one console: room for twice of what is kept, so that old ones are moved out seldom. */
interface Kept {
  readonly bytes: Uint8Array<ArrayBuffer>;
  length: number;
  /** Bytes that were ever said, up to the end of `length`. */
  said: number;
}

interface Subscriber {
  readonly listener: ConsoleListener;
  /** How much of what a console ever said was passed on, or given up. */
  readonly heard: Map<number, number>;
  /** A piece is on its way. */
  busy: boolean;
}

export class ConsoleStore {
  private readonly kept = new Map<number, Kept>();
  private readonly subscribers = new Set<Subscriber>();

  add(instance: number, bytes: Uint8Array): void {
    const kept = this.kept.get(instance) ?? { bytes: new Uint8Array(2 * KEPT), length: 0, said: 0 };
    this.kept.set(instance, kept);
    for (let from = 0; from < bytes.length; from += KEPT) {
      append(kept, bytes.subarray(from, from + KEPT));
      for (const subscriber of this.subscribers) this.serve(subscriber);
    }
  }

  /** Replays what is kept, then calls back with everything new. Returns how to stop that. */
  listen(listener: ConsoleListener): () => void {
    const subscriber: Subscriber = { listener, heard: new Map(), busy: false };
    this.subscribers.add(subscriber);
    this.serve(subscriber);
    return () => this.subscribers.delete(subscriber);
  }

  /** The last bytes of a console, at most `limit` ≤ 128 KiB. */
  tail(instance: number, limit: number): Uint8Array {
    const kept = this.kept.get(instance);
    return kept ? kept.bytes.slice(Math.max(0, kept.length - limit), kept.length) : new Uint8Array();
  }

  /** An instance was deleted: its ID may be given again. */
  forget(instance: number): void {
    this.kept.delete(instance);
    for (const subscriber of this.subscribers) subscriber.heard.delete(instance);
  }

  /** Passes on what a listener has not heard, piece by piece, until it has all or is not ready for more. */
  private serve(subscriber: Subscriber): void {
    while (!subscriber.busy && this.subscribers.has(subscriber)) {
      const piece = this.nextPiece(subscriber);
      if (piece === null) return;
      const taken = subscriber.listener(piece.instance, piece.bytes);
      if (!(taken instanceof Promise)) continue;
      subscriber.busy = true;
      // One that fails is a bug, its error is not caught, and it hears no more.
      void taken.then(() => {
        subscriber.busy = false;
        this.serve(subscriber);
      });
    }
  }

  private nextPiece(subscriber: Subscriber): { instance: number; bytes: Uint8Array } | null {
    const { heard } = subscriber;
    for (const [instance, kept] of this.kept) {
      const from = heard.get(instance) ?? 0;
      if (from === kept.said) continue;
      const first = Math.max(from, kept.said - KEPT);
      const start = kept.length - (kept.said - first);
      const bytes = kept.bytes.slice(start, Math.min(start + PIECE, kept.length));
      // Last in the order, so that one console that never ends does not keep another from being heard.
      this.kept.delete(instance);
      this.kept.set(instance, kept);
      heard.set(instance, first + bytes.length);
      return { instance, bytes: first === from ? bytes : joined(notShown(first - from), bytes) };
    }
    return null;
  }
}

function append(kept: Kept, bytes: Uint8Array): void {
  if (kept.length + bytes.length > kept.bytes.length) {
    kept.bytes.copyWithin(0, kept.length - KEPT, kept.length);
    kept.length = KEPT;
  }
  kept.bytes.set(bytes, kept.length);
  kept.length += bytes.length;
  kept.said += bytes.length;
}

/** A line of its own; CAN ends an escape sequence that lost its end. */
const notShown = (count: number): Uint8Array =>
  new TextEncoder().encode(`\x18\r\n… ${count} bytes not shown\r\n`);

function joined(a: Uint8Array, b: Uint8Array): Uint8Array {
  const both = new Uint8Array(a.length + b.length);
  both.set(a);
  both.set(b, a.length);
  return both;
}
