import { describe, expect, it, vi } from 'vitest';
import { ConsoleFeed, FEED_LIMIT } from './console-feed.ts';

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const text = (data: Uint8Array): string => new TextDecoder().decode(data);

describe('ConsoleFeed', () => {
  it('gives bytes in order, across chunks and limits', () => {
    const feed = new ConsoleFeed();
    feed.push(bytes('hello '));
    feed.push(bytes('world'));
    expect(text(feed.take(8))).toBe('hello wo');
    expect(text(feed.take(8))).toBe('rld');
    expect(feed.take(8)).toHaveLength(0);
  });

  it('keeps a bound, drops the oldest and says how much', () => {
    const feed = new ConsoleFeed();
    const chunk = new Uint8Array(64 * 1024);
    for (let k = 0; k < 20; k++) feed.push(chunk.map(() => k));
    const kept = feed.take(Number.MAX_SAFE_INTEGER);
    expect(kept.length).toBe(FEED_LIMIT);
    expect(kept.at(-1)).toBe(19);
    expect(feed.takeDropped()).toBe(20 * chunk.length - FEED_LIMIT);
    expect(feed.takeDropped()).toBe(0);
  });

  it('tells a listener, also about what came before it', () => {
    const feed = new ConsoleFeed();
    feed.push(bytes('early'));
    const listener = vi.fn();
    feed.onData(listener);
    feed.push(bytes('late'));
    expect(listener).toHaveBeenCalledTimes(2);
    feed.onData(null);
    feed.push(bytes('later'));
    expect(listener).toHaveBeenCalledTimes(2);
  });
});
