/** The gallery's index of a scenario is what its setup makes. */
import { readdirSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import type { Scenario } from '../protocol/scenario.ts';
import { TestMachine } from '../multikernel/test-machine.ts';
import { indexScenario } from './index-scenario.ts';
import { parseScenario } from './scenario-file.ts';

const folder = new URL('../../public/scenarios/', import.meta.url);

function read(text: string): Scenario {
  const parsed = parseScenario(text, 'test.yaml');
  if (!parsed.ok) throw new Error(parsed.error.reason);
  return parsed.value;
}

test('free cores are given lowest first, peers are all that are there unless some are named', () => {
  const indexed = indexScenario(
    read(`
name: some
description: A first sentence, 1.5 long. A second one.
machine: { harts: 6 }
group: moves
setup:
  - kerf: init --cpus 5 --memory 16M
  - kerf: create alpha --cpus 3,0 --memory 16M
  - kerf: create beta --cpu-count 2 --memory 16M
  - kerf: create gamma --cpus 4 --memory 16M --peer beta
`),
  );
  expect(indexed).toEqual({
    ok: true,
    value: {
      name: 'some',
      sentence: 'A first sentence, 1.5 long.',
      mode: 'parallel',
      group: 'moves',
      harts: 6,
      kernels: [
        { name: 'host', id: 0, harts: [5], peers: [] },
        { name: 'alpha', id: 1, harts: [0, 3], peers: [0] },
        { name: 'beta', id: 2, harts: [1, 2], peers: [0, 1] },
        { name: 'gamma', id: 3, harts: [4], peers: [2] },
      ],
    },
  });
});

test.each(readdirSync(folder))('%s: the index has the partition that a controller makes', async (file) => {
  const scenario = read(readFileSync(new URL(file, folder), 'utf8'));
  const indexed = indexScenario(scenario);
  if (!indexed.ok) throw new Error(indexed.error.reason);
  if (indexed.value === null) throw new Error('it is in no group');
  expect(indexed.value.sentence.length).toBeGreaterThan(20);
  const machine = new TestMachine(scenario.machine);
  for (const step of scenario.setup)
    if (step.kind === 'kerf' && /^(kerf )?(init|create)/.test(step.line)) await machine.kerf(step.line);
  const view = machine.controller.view();
  expect(view.instances.map(({ name, id, harts }) => ({ name, id, harts }))).toEqual(
    indexed.value.kernels.map(({ name, id, harts }) => ({ name, id, harts })),
  );
});
