import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { symbolValue } from './elf-symbols.ts';

const islet = readFileSync(new URL('../../public/guests/islet.elf', import.meta.url));

test('finds where a function of a linked kernel lies', () => {
  const value = symbolValue(islet, 'kernel_main');
  expect(value.ok).toBe(true);
});

test('refuses a name that is not in the table', () => {
  const value = symbolValue(islet, 'tohost');
  expect(value.ok ? '' : value.error.code).toBe('no-symbol');
});

test.each([
  ['nothing', islet.subarray(0, 0)],
  ['half a header', islet.subarray(0, 32)],
  ['a file without its end', islet.subarray(0, 4096)],
  [
    'another kind of file',
    new TextEncoder().encode('a text that is longer than a header of an ELF file would be'),
  ],
])('refuses %s', (_, file) => {
  const value = symbolValue(file, 'kernel_main');
  expect(value.ok ? '' : value.error.code).toBe('not-elf');
});
