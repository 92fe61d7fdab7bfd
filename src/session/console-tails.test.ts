import { expect, test } from 'vitest';
import { plainText } from './console-tails.ts';

const shown = (said: string): string => plainText(new TextEncoder().encode(said));

test('a prompt that is written over is not there, nor are colours and carriage returns', () => {
  expect(shown('one\r\nbeta> \r\u001b[Kcore 1 joined\r\nbeta> ')).toBe('one\ncore 1 joined\nbeta> ');
  expect(shown('\u001b[1;31mred\u001b[0m')).toBe('red');
});

test('a character that is cut in two at the beginning is left out', () => {
  expect(plainText(new TextEncoder().encode('é!').subarray(1))).toBe('!');
});
