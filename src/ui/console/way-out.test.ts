import { beforeEach, expect, it } from 'vitest';
import { WayOut, type KeyGoesTo, type WayOutHint } from './way-out.ts';

let hints: WayOutHint[];
let way: WayOut;
const press = (key: string, ctrlKey = false): KeyGoesTo =>
  way.keyDown({ key, ctrlKey, altKey: false, metaKey: false });

beforeEach(() => {
  hints = [];
  way = new WayOut((hint) => hints.push(hint));
});

it('gives Tab to the kernel and tells how to leave, once', () => {
  expect(['Tab', 'Tab', 'Tab'].map((key) => press(key))).toEqual(['kernel', 'kernel', 'kernel']);
  expect(hints).toEqual(['how']);
});

it('leaves with the Tab after Escape, also with Shift, and the kernel gets the Escape', () => {
  expect(['Escape', 'Shift', 'Tab'].map((key) => press(key))).toEqual(['kernel', 'kernel', 'leave']);
  expect(hints).toEqual(['ready', 'none']);
  expect(press('Tab')).toBe('kernel');
});

it('forgets an Escape when another key or another element comes between', () => {
  expect(['Escape', 'a', 'Tab'].map((key) => press(key))).toEqual(['kernel', 'kernel', 'kernel']);
  press('Escape');
  way.left();
  expect(press('Tab')).toBe('kernel');
  expect(hints).toEqual(['ready', 'none', 'how', 'ready', 'none', 'how']);
});

it('takes neither Ctrl Tab nor Ctrl [ for a way out', () => {
  press('[', true);
  expect(press('Tab')).toBe('kernel');
  press('Escape');
  expect(press('Tab', true)).toBe('kernel');
});
