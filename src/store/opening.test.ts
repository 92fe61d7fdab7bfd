import { expect, test } from 'vitest';
import { askedScenario } from './opening.ts';

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
