import { expect, test } from 'vitest';
import { meaningToPresent } from './present-keys.ts';

/** As if the focus were within an element of this selector. */
const inside =
  (...places: readonly string[]) =>
  (selector: string): boolean =>
    places.some((place) => selector.split(', ').includes(place));
const nowhere = inside();

test.each([
  ['PageDown', nowhere, 'on'],
  ['PageDown', inside('.machine', 'textarea'), 'on'],
  ['PageUp', inside('.stations'), 'back'],
  ['ArrowRight', nowhere, 'on'],
  ['ArrowUp', nowhere, 'back'],
  ['ArrowRight', inside('.stations'), null],
  ['ArrowDown', inside('.drawer'), null],
  ['ArrowLeft', inside('.timeline-picture'), null],
  ['PageDown', inside('[role=dialog]'), null],
  ['Escape', nowhere, 'leave'],
  ['Escape', inside('textarea'), null],
  ['Escape', inside('[role=menu]'), null],
  ['a', nowhere, null],
])('%s, case %#', (key, within, meaning) => {
  expect(meaningToPresent(key, within, false)).toBe(meaning);
});

test('Escape closes what is open before it leaves Present; the other keys turn all the same', () => {
  expect(meaningToPresent('Escape', nowhere, true)).toBe(null);
  expect(meaningToPresent('ArrowRight', nowhere, true)).toBe('on');
});
