import { expect, it } from 'vitest';
import { text } from '../text.ts';
import { timelineAction } from './timeline-keys.ts';

it('opens from anywhere; everything else works while it is open', () => {
  expect(timelineAction('t', false, false)).toBe('toggle');
  for (const key of ['w', 's', 'a', 'd', 'f', '.', ',', 'm', 'l']) {
    expect(timelineAction(key, false, false)).toBeUndefined();
    expect(timelineAction(key, true, false)).toBeDefined();
    if (/\w/.test(key)) expect(timelineAction(key.toUpperCase(), true, false)).toBeDefined();
  }
});

it('takes arrows and Enter only with the focus on its picture, since cores take them too', () => {
  for (const key of ['ArrowLeft', 'ArrowDown', 'Enter', '+']) {
    expect(timelineAction(key, true, false)).toBeUndefined();
    expect(timelineAction(key, true, true)).toBeDefined();
  }
});

it('leaves the keys of the page alone', () => {
  for (const key of [' ', '?', 'k', 'Escape', 'Tab', 'p', 'PageDown'])
    expect(timelineAction(key, true, true)).toBeUndefined();
});

it('has its keys in the list of keys', () => {
  const listed = text.keys.rows.map(([keys]) => keys).join(' ');
  for (const key of ['T', 'W', 'S', 'A', 'D', '.', ',', 'F', 'M', 'L']) expect(listed).toContain(key);
});
