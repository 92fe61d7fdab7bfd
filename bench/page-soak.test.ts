import { describe, expect, it } from 'vitest';
import { nextStop, readPageSoak, usageLines } from './page-soak.ts';

describe('the command line of soak:page', () => {
  it('asks for every part when none is named', () => {
    const read = readPageSoak([]);
    expect(read).toMatchObject({
      ok: true,
      value: { parts: ['exec', 'moves', 'kho', 'handover'], rounds: 1000, every: 50 },
    });
  });

  it('takes a part, a count, a seed and how often memory is measured', () => {
    expect(readPageSoak(['--part', 'kho', '--rounds', '20', '--seed', '3', '--every', '10'])).toEqual({
      ok: true,
      value: { parts: ['kho'], rounds: 20, seed: 3, every: 10 },
    });
  });

  it.each([
    [['--part', 'boot'], '--part boot is none of exec, moves, kho, handover'],
    [['--rounds', '0'], '--rounds 0 is not a whole number from 1 to 1000000'],
    [['--every', 'often'], '--every often is not a whole number from 1 to 1000000'],
    [['--seed', '-1'], 'seed'],
    [['moves'], '"moves" is one argument too many'],
    [['--quiet'], '--quiet'],
  ])('refuses %j', (args, reason) => {
    const read = readPageSoak(args);
    expect(!read.ok && read.error.reason).toContain(reason);
  });

  it('is explained option by option', () => {
    expect(usageLines().map((line) => /--\w+/.exec(line)?.[0])).toEqual([
      undefined,
      '--part',
      '--rounds',
      '--seed',
      '--every',
    ]);
  });
});

describe('memory is measured', () => {
  const stops = (every: number, count: number): number[] => {
    const found: number[] = [];
    for (let done = 0; done < count; found.push(done)) done = nextStop(done, every, count);
    return found;
  };

  it('when all is warm and at the end, whatever else was asked for', () => {
    expect(stops(80, 200)).toEqual([80, 100, 160, 200]);
    expect(stops(1000, 150)).toEqual([100, 150]);
    expect(stops(50, 100)).toEqual([50, 100]);
    expect(stops(7, 10)).toEqual([7, 10]);
  });
});
