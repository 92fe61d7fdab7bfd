import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { functionNames, symbolValue } from './elf-symbols.ts';

const islet = readFileSync(new URL('../../../public/guests/islet.elf', import.meta.url));

test('finds where a function of a linked kernel lies', () => {
  const value = symbolValue(islet, 'kernel_main');
  expect(value.ok).toBe(true);
});

test('names the function in which an address lies', () => {
  const names = functionNames(islet);
  const panic = symbolValue(islet, 'panic');
  if (!names.ok || !panic.ok) throw new Error('islet has a symbol table');
  expect(names.value(panic.value, false)).toBe('panic');
  expect(names.value(panic.value + 4n, false)).toBe('panic+0x4');
  expect(names.value(0n, false)).toBeNull();
  expect(names.value(panic.value + (1n << 28n), false)).toBeNull();
});

test('a return address belongs to the function that calls, also where that ends with the call', () => {
  const names = functionNames(islet);
  const panic = symbolValue(islet, 'panic');
  const next = symbolValue(islet, 'panic_fault');
  if (!names.ok || !panic.ok || !next.ok) throw new Error('islet has a symbol table');
  // panic() ends with a call that does not return, and panic_fault() follows it.
  expect(names.value(next.value, false)).toBe('panic_fault');
  expect(names.value(next.value, true)).toBe(`panic+0x${(next.value - panic.value).toString(16)}`);
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
