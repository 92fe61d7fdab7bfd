import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { startMachine, type LocalMachine } from '../session/start-machine.ts';
import { growthText, MemoryGrowth, WARM_ROUNDS } from './memory-growth.ts';
import { SOAK_HARTS, soakExecKill, soakHandOver, type SoakOptions } from './soak.ts';

const islet = fileURLToPath(new URL('../../public/guests/islet.img', import.meta.url));

let machine: LocalMachine;
let options: SoakOptions;
beforeEach(async () => {
  machine = startMachine({
    config: { harts: SOAK_HARTS, memory: 64 * 2 ** 20, isolation: 'enforced', mode: 'repeatable', seed: 3 },
    workers: {
      hart: () => {
        throw new Error('no workers in Repeatable mode');
      },
    },
  });
  options = { rounds: 6, seed: 5, image: await readFile(islet), say: () => undefined };
});
afterEach(() => machine.dispose());

describe('soak', () => {
  it('starts a kernel and kills it, either way, beside one that does not notice', async () => {
    expect(await soakExecKill(machine, options)).toMatchObject({ problem: '', rounds: 6, growth: null });
    const view = await machine.services.view();
    expect(view.instances.map(({ name, state, bootId }) => [name, state, bootId])).toEqual([
      ['alpha', 'loaded', 6],
      ['beta', 'active', 1],
    ]);
  });

  it('hands a kernel over to the next one while requests come', async () => {
    expect(await soakHandOver(machine, { ...options, rounds: 2 })).toMatchObject({ problem: '', rounds: 2 });
    expect((await machine.services.view()).instances[1]).toMatchObject({ state: 'active', bootId: 3 });
  });

  it('ends at the first round that fails, and says which command it was', async () => {
    const image = new Uint8Array(options.image).fill(0);
    const result = await soakExecKill(machine, { ...options, image });
    expect(result.problem).toMatch(/^kerf load alpha --kernel islet\.img/);
    expect(result.rounds).toBe(0);
  });
});

describe('growth of memory', () => {
  it('is measured from the hundredth round on', () => {
    const memory = new MemoryGrowth();
    for (let round = 0; round < WARM_ROUNDS; round += 1) memory.round();
    expect(memory.growth()).toBeNull();
    expect(growthText(null)).toContain('not measured');
    const kept = Array.from({ length: 300_000 }, (_, index) => ({ index }));
    memory.round();
    const growth = memory.growth();
    expect([kept.length, growth?.rounds]).toEqual([300_000, WARM_ROUNDS + 1]);
    expect(growth?.heap).toBeGreaterThan(1);
    expect(growthText(growth)).toMatch(
      /^memory: rss .* MiB after 100 rounds, .* MiB after 101 \(.* %\); heap/,
    );
  });
});
