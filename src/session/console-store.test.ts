import { describe, expect, it } from 'vitest';
import { ConsoleStore } from './console-store.ts';

const KEPT = 128 * 1024;

describe('ConsoleStore', () => {
  it('keeps the last 128 KiB of a console that speaks a byte at a time, and passes every byte on', () => {
    const store = new ConsoleStore();
    let heard = 0;
    store.listen((_instance, bytes) => (heard += bytes.length));
    const total = 3 * KEPT + 7;
    for (let i = 0; i < total; i++) store.add(1, Uint8Array.of(i % 251));
    expect(heard).toBe(total);
    let replayed = new Uint8Array();
    store.listen((_instance, bytes) => (replayed = Uint8Array.from(bytes)));
    expect(replayed).toHaveLength(KEPT);
    expect(replayed.every((byte, index) => byte === (total - KEPT + index) % 251)).toBe(true);
  });

  it('takes pieces greater than what is kept', () => {
    const store = new ConsoleStore();
    store.add(1, new Uint8Array(3).fill(1));
    store.add(1, new Uint8Array(3 * KEPT).fill(2));
    const sizes: number[] = [];
    store.listen((_instance, bytes) => sizes.push(bytes.filter((byte) => byte === 2).length));
    expect(sizes).toEqual([KEPT]);
  });
});
