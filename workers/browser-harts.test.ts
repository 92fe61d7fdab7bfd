import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { HartWorkerInit } from '../src/machine/hart-loop.ts';

/** Stands for the browser's: it records what was asked of it and says what the test has it say. */
class RecordedWorker extends EventTarget {
  static made: RecordedWorker[] = [];
  static refuses = false;
  terminated = false;
  readonly name: string;
  constructor(_url: URL, options: { name: string }) {
    super();
    if (RecordedWorker.refuses) throw new Error('no more workers');
    this.name = options.name;
    RecordedWorker.made.push(this);
  }
  postMessage(): void {}
  terminate(): void {
    this.terminated = true;
  }
  loads(): void {
    this.dispatchEvent(new MessageEvent('message', { data: 'loaded' }));
  }
}

const names = (): string[] => RecordedWorker.made.map(({ name }) => name);
const settled = (): Promise<void> => new Promise((settle) => setTimeout(settle, 0));
const init = (hart: number): HartWorkerInit => ({ hart }) as HartWorkerInit;
const first = (): RecordedWorker => {
  const worker = RecordedWorker.made[0];
  if (!worker) throw new Error('none was made');
  return worker;
};

describe('the workers of harts in a browser', () => {
  let browserHarts: typeof import('./browser-harts.ts').browserHarts;

  beforeEach(async () => {
    RecordedWorker.made = [];
    RecordedWorker.refuses = false;
    vi.stubGlobal('Worker', RecordedWorker);
    vi.resetModules();
    ({ browserHarts } = await import('./browser-harts.ts'));
  });
  afterEach(() => vi.unstubAllGlobals());

  it('are made one after another, each when the script of the one before runs', async () => {
    for (const hart of [0, 1]) browserHarts.hart(init(hart), () => {});
    await settled();
    expect(names()).toEqual(['hart 0']);
    first().loads();
    await settled();
    expect(names()).toEqual(['hart 0', 'hart 1']);
  });

  it('do not wait for one whose script cannot be loaded, which is lost', async () => {
    const lost: string[] = [];
    for (const hart of [0, 1]) browserHarts.hart(init(hart), (why) => lost.push(`${hart}: ${why}`));
    await settled();
    first().dispatchEvent(new Event('error'));
    await settled();
    expect(lost).toEqual(['0: the worker could not be started']);
    expect(first().terminated).toBe(true);
    expect(names()).toEqual(['hart 0', 'hart 1']);
  });

  it('do not wait for one that was ended before its script ran', async () => {
    const [ended] = [0, 1].map((hart) => browserHarts.hart(init(hart), () => {}));
    await settled();
    expect(await ended?.terminate()).toBe(false);
    await settled();
    expect(names()).toEqual(['hart 0', 'hart 1']);
  });

  it('are not made when they were ended before their turn, and that is certain', async () => {
    const [, second] = [0, 1, 2].map((hart) => browserHarts.hart(init(hart), () => {}));
    await settled();
    expect(await second?.terminate()).toBe(true);
    first().loads();
    await settled();
    expect(names()).toEqual(['hart 0', 'hart 2']);
  });

  it('that the browser refuses are lost with its reason', async () => {
    RecordedWorker.refuses = true;
    const lost: string[] = [];
    browserHarts.hart(init(0), (why) => lost.push(why));
    await settled();
    expect(lost).toEqual(['no more workers']);
  });
});
