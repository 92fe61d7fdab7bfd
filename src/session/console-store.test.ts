import { describe, expect, it } from 'vitest';
import { ConsoleStore } from './console-store.ts';

const KEPT = 128 * 1024;
const PIECE = 64 * 1024;

/** A listener that takes nothing more until it is told to. */
class Slow {
  readonly pieces: { instance: number; bytes: Uint8Array }[] = [];
  private take: () => void = () => undefined;
  readonly listener = (instance: number, bytes: Uint8Array): Promise<void> => {
    this.pieces.push({ instance, bytes });
    return new Promise((settle) => (this.take = settle));
  };

  async ready(): Promise<void> {
    this.take();
    await Promise.resolve();
  }

  text(): string {
    return this.pieces.map(({ bytes }) => new TextDecoder().decode(bytes)).join('');
  }
}

/** What a console says, as a stream whose every byte is known. */
const stream = (from: number, to: number): Uint8Array =>
  Uint8Array.from({ length: to - from }, (_, index) => 32 + ((from + index) % 90));

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

describe('ConsoleStore', () => {
  it('keeps the last 128 KiB of a console that speaks a byte at a time, and passes every byte on', () => {
    const store = new ConsoleStore();
    let heard = 0;
    store.listen((_instance, bytes) => {
      heard += bytes.length;
    });
    const total = 3 * KEPT + 7;
    for (let i = 0; i < total; i++) store.add(1, stream(i, i + 1));
    expect(heard).toBe(total);
    const pieces: Uint8Array[] = [];
    store.listen((_instance, bytes) => void pieces.push(bytes));
    const notice = bytes(`\x18\r\n… ${total - KEPT} bytes not shown\r\n`);
    expect(Buffer.concat(pieces).equals(Buffer.concat([notice, stream(total - KEPT, total)]))).toBe(true);
  });

  it('passes pieces greater than what is kept on whole', () => {
    const store = new ConsoleStore();
    const pieces: Uint8Array[] = [];
    store.listen((_instance, bytes) => void pieces.push(bytes));
    const said = stream(0, 3 * KEPT + 5);
    store.add(1, bytes('abc'));
    store.add(1, said);
    expect(Buffer.concat(pieces).equals(Buffer.concat([bytes('abc'), said]))).toBe(true);
    expect(Math.max(...pieces.map((piece) => piece.length))).toBe(PIECE);
  });

  it('has one piece on its way to a slow listener, and makes one of what comes meanwhile', async () => {
    const store = new ConsoleStore();
    const slow = new Slow();
    store.listen(slow.listener);
    for (const text of ['a', 'b', 'c', 'd']) store.add(1, bytes(text));
    expect(slow.pieces).toHaveLength(1);
    await slow.ready();
    expect(slow.text()).toBe('abcd');
    expect(slow.pieces).toHaveLength(2);
    await slow.ready();
    store.add(1, bytes('e'));
    expect(slow.text()).toBe('abcde');
  });

  it('counts what a slow listener misses, in its place in the text', async () => {
    const store = new ConsoleStore();
    const slow = new Slow();
    store.listen(slow.listener);
    store.add(1, bytes('begin'));
    // As much as a guest prints that never stops; no piece of it is on its way.
    for (let i = 0; i < 100; i++) store.add(1, stream(i * 10_000, (i + 1) * 10_000));
    expect(slow.pieces).toHaveLength(1);
    for (let i = 0; i < 4; i++) await slow.ready();
    const missed = 1_000_000 - KEPT;
    const rest = new TextDecoder().decode(stream(missed, 1_000_000));
    expect(slow.text()).toBe(`begin\x18\r\n… ${missed} bytes not shown\r\n${rest}`);
  });

  it('lets another console through while one speaks without end', async () => {
    const store = new ConsoleStore();
    const slow = new Slow();
    store.listen(slow.listener);
    store.add(1, stream(0, PIECE));
    store.add(1, stream(0, 2 * PIECE));
    store.add(2, bytes('me too'));
    for (let i = 0; i < 2; i++) {
      await slow.ready();
      store.add(1, stream(0, PIECE));
    }
    expect(slow.pieces.map(({ instance }) => instance)).toContain(2);
  });

  it('serves each listener at its own pace, and none that has left', async () => {
    const store = new ConsoleStore();
    const slow = new Slow();
    let fast = '';
    const leaveSlow = store.listen(slow.listener);
    const leaveFast = store.listen((_instance, bytes) => {
      fast += new TextDecoder().decode(bytes);
    });
    store.add(1, bytes('a'));
    store.add(1, bytes('b'));
    expect(fast).toBe('ab');
    leaveSlow();
    leaveFast();
    await slow.ready();
    store.add(1, bytes('c'));
    expect([slow.text(), fast]).toEqual(['a', 'ab']);
  });

  it('begins anew when an instance is deleted and its ID is given again', async () => {
    const store = new ConsoleStore();
    const slow = new Slow();
    store.listen(slow.listener);
    store.add(1, bytes('old'));
    store.add(1, bytes(' words'));
    store.forget(1);
    store.add(1, bytes('new'));
    await slow.ready();
    expect(slow.text()).toBe('oldnew');
  });
});
