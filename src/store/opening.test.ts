import { expect, test } from 'vitest';
import { addressWithLesson, askedLesson, askedScenario } from './opening.ts';

test.each([
  ['', null],
  ['?kernel=x', null],
  ['?scenario=move-hart', 'scenarios/move-hart.yaml'],
  // Whatever is written there, nothing outside the folder of scenarios is fetched.
  ['?scenario=../../secret', 'scenarios/..%2F..%2Fsecret.yaml'],
  ['?scenario=https://elsewhere.example/x', 'scenarios/https%3A%2F%2Felsewhere.example%2Fx.yaml'],
  ['?scenario=', 'scenarios/.yaml'],
])('%s', (query, address) => {
  expect(askedScenario(query)).toBe(address);
});

test.each([
  ['', null],
  ['?lesson=1-two-kernels', { lesson: '1-two-kernels', step: 0 }],
  [
    '?lesson=https%3A%2F%2Fteacher.example%2Fa.md%3Fv%3D2&step=3',
    { lesson: 'https://teacher.example/a.md?v=2', step: 2 },
  ],
])('a lesson: %s', (query, asked) => {
  expect(askedLesson(query)).toEqual(asked);
});

test('the address has the lesson and its step in it while one is open, and nothing that would be opened instead', () => {
  const before = 'https://page.example/play/?scenario=move-hart&x=1#v1=AAAA';
  const during = addressWithLesson(before, 'https://teacher.example/a.md', 2);
  expect(during).toBe('https://page.example/play/?x=1&lesson=https%3A%2F%2Fteacher.example%2Fa.md&step=3');
  expect(askedLesson(new URL(during).search)).toEqual({ lesson: 'https://teacher.example/a.md', step: 2 });
  expect(addressWithLesson(during, null, 0)).toBe('https://page.example/play/?x=1');
});
