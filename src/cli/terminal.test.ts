import { describe, expect, test } from 'vitest';
import { EscapeKeys } from './terminal.ts';

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const read = (...chunks: string[]): { forGuest: string; quit: boolean } => {
  const keys = new EscapeKeys();
  const results = chunks.map((chunk) => keys.read(bytes(chunk)));
  return {
    forGuest: results
      .map(({ pieces }) => pieces.map((piece) => new TextDecoder().decode(piece)).join('|'))
      .join(''),
    quit: results.some((result) => result.quit),
  };
};

describe('the escape key', () => {
  test('leaves everything else to the guest, Ctrl-C too', () => {
    expect(read('ls\r\x03x')).toEqual({ forGuest: 'ls\r\x03x', quit: false });
  });
  test('quits with x, and what came before is for the guest', () => {
    expect(read('ab\x01xcd')).toEqual({ forGuest: 'ab', quit: true });
  });
  test('quits when its two keys come apart', () => {
    expect(read('\x01', 'x')).toEqual({ forGuest: '', quit: true });
  });
  test('typed twice is one Ctrl-A for the guest', () => {
    expect(read('\x01\x01x')).toEqual({ forGuest: '\x01x', quit: false });
  });
  test('with h parts what is for the console that was shown from what is for the first one', () => {
    expect(read('ab\x01hcd')).toEqual({ forGuest: 'ab|cd', quit: false });
  });
  test('swallows a key that it does not know', () => {
    expect(read('\x01q!')).toEqual({ forGuest: '!', quit: false });
  });
});
