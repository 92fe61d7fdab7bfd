import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { STATUS } from '../protocol/channel.ts';
import { RAM_BASE, RAM_HOST } from '../protocol/layout.ts';
import { startMachine } from '../session/start-machine.ts';
import type { LocalMachine } from '../session/make-machine.ts';
import { localHost } from '../session/scenario-host.ts';
import { grownParts, growthText, percentGrown, WARM_ROUNDS } from './growth.ts';
import { MemoryGrowth } from './memory-growth.ts';
import { besideRounds, inPlaceRounds } from './soak-handover.ts';
import { SOAK_HARTS, SoakMachine } from './soak-machine.ts';
import { soak, type SoakOptions } from './soak-run.ts';
import { execKillRounds } from './soak.ts';
import { statusWord } from './status-word.ts';

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
    expect(await soak(machine, execKillRounds, options)).toMatchObject({
      problem: '',
      rounds: 6,
      growth: null,
    });
    const view = await machine.services.view();
    expect(view.instances.map(({ name, state, bootId }) => [name, state, bootId])).toEqual([
      ['alpha', 'loaded', 6],
      ['beta', 'active', 1],
    ]);
    // In Repeatable mode no host is too busy for a beat.
    const beta = view.instances.find(({ name }) => name === 'beta');
    expect(beta && statusWord(machine, beta, STATUS.BEATS_MISSED)).toBe(0);
  });

  it('does not pass a kernel beside that stands still', async () => {
    const soaked = new SoakMachine(localHost(machine));
    await soaked.create(options.image, 'beat', { beta: '--cpus 2-3' });
    await soaked.exec('beta');
    await soaked.checkSurvivor('beta');
    await soaked.checkSurvivor('beta');
    expect(soaked.problem).toBe('');
    await soaked.type('beta', 'beat off');
    await soaked.checkSurvivor('beta');
    expect(soaked.problem).toMatch(/^beta beats no more: \d+ times$/);
  });

  it('hands a kernel over to the next one in place while requests come', async () => {
    const said: string[] = [];
    const result = await soak(machine, inPlaceRounds, {
      ...options,
      rounds: 2,
      say: (line) => said.push(line),
    });
    expect(result).toMatchObject({ problem: '', rounds: 2 });
    expect((await machine.services.view()).instances[1]).toMatchObject({ state: 'active', bootId: 3 });
    expect(said).toEqual([expect.stringMatching(/^longest silence that a client heard: \d+\.\d ms$/)]);
  });

  it('hands a service over to a kernel beside, there and back, and asks nothing twice', async () => {
    const said: string[] = [];
    const result = await soak(machine, besideRounds, {
      ...options,
      rounds: 2,
      say: (line) => said.push(line),
    });
    expect(result).toMatchObject({ problem: '', rounds: 2 });
    expect((await machine.services.view()).instances.map(({ state, bootId }) => [state, bootId])).toEqual([
      ['active', 1],
      ['active', 2],
      ['active', 2],
    ]);
    expect(Number(/[\d.]+/.exec(said[0] ?? '')?.[0])).toBeLessThan(100);
  });

  it('does not pass a hand-over after which answers are missing in the state', async () => {
    const { memory, services } = machine;
    const pretendLoss = async (): Promise<void> => {
      const status = (await services.view()).instances[0]?.status ?? 0;
      const at = RAM_HOST + (status - RAM_BASE) + STATUS.REQUESTS_LOST;
      new DataView(memory.buffer).setBigUint64(at, 3n, true);
    };
    await services.onKerf(({ line }) => {
      if (line === 'kerf exec beta --kho') void pretendLoss();
    });
    expect(await soak(machine, inPlaceRounds, { ...options, rounds: 2 })).toMatchObject({
      problem: 'exec beta --kho: 0 requests were dropped, 3 answers lost',
      rounds: 1,
    });
  });

  it('ends at the first round that fails, and says which command it was', async () => {
    const image = new Uint8Array(options.image).fill(0);
    const result = await soak(machine, execKillRounds, { ...options, image });
    expect(result.problem).toMatch(/^kerf load alpha --kernel islet\.img/);
    expect(result.rounds).toBe(0);
  });
});

describe('growth of memory', () => {
  it('is measured from the hundredth round on: of the process, the objects and array buffers', async () => {
    const memory = new MemoryGrowth();
    for (let round = 0; round < WARM_ROUNDS; round += 1) await memory.round();
    expect(await memory.growth()).toBeNull();
    expect(growthText(null)).toContain('not measured');
    const kept = Array.from({ length: 300_000 }, (_, index) => ({ index }));
    const bytes = new Uint8Array(64 * 2 ** 20);
    await memory.round();
    const growth = await memory.growth();
    expect([kept.length, bytes.length, growth?.rounds]).toEqual([300_000, 64 * 2 ** 20, WARM_ROUNDS + 1]);
    if (growth === null) return;
    expect(percentGrown(growth, 'objects')).toBeGreaterThan(1);
    expect((growth.last['array buffers'] ?? 0) - (growth.first['array buffers'] ?? 0)).toBeGreaterThan(60e6);
    expect(growthText(growth)).toMatch(
      /^memory, from round 100 to round 101: rss .* MiB to .* MiB \(.* %\); objects .*; array buffers /,
    );
  });

  it('of what is only garbage is none', async () => {
    const memory = new MemoryGrowth();
    for (let round = 0; round < WARM_ROUNDS; round += 1) await memory.round();
    for (let round = 0; round < 10; round += 1) new Uint8Array(16 * 2 ** 20).fill(round);
    await memory.round();
    expect(percentGrown((await memory.growth())!, 'array buffers')).toBeLessThan(5);
  });

  it('is judged part by part', () => {
    const first = { rss: 1000, heap: 100, 'array buffers': 0 };
    const judged = (last: typeof first): string[] => grownParts({ rounds: 200, first, last });
    expect(judged({ rss: 1050, heap: 90, 'array buffers': 0 })).toEqual([]);
    expect(judged({ rss: 1051, heap: 107, 'array buffers': 0 })).toEqual([
      'rss grew by 5.1 %, which is more than 5 %',
      'heap grew by 7.0 %, which is more than 5 %',
    ]);
    expect(judged({ ...first, 'array buffers': 1 })).toHaveLength(1);
    expect(grownParts(null)).toEqual([]);
  });
});
