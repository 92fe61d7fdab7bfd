import { describe, expect, it } from 'vitest';
import {
  HART,
  hartBlock,
  HSM_STARTED,
  HSM_STOPPED,
  HSM_SUSPENDED,
  PHASE_LOST,
  PHASE_SAFE,
  RAM_HOST,
} from '../../protocol/layout.ts';
import { MachineReader } from '../../store/machine-reader.ts';
import { CoreGauge } from './core-gauge.ts';

function core() {
  const pages = RAM_HOST / 0x1_0000;
  const memory = new WebAssembly.Memory({ initial: pages, maximum: pages, shared: true });
  const words = new Uint32Array(memory.buffer);
  const gauge = new CoreGauge();
  const reader = new MachineReader(memory, 'parallel');
  let now = 1000;
  const set = (word: number, value: number): void => {
    words[(hartBlock(3) + word) >> 2] = value >>> 0;
  };
  set(HART.HSM, HSM_STARTED);
  set(HART.PHASE, PHASE_SAFE);
  return {
    gauge,
    set,
    /** Half a second in frames, of which the hart spends this share in guest code. */
    run: (share: number, from = 0xffff_0000): string => {
      let state = '';
      for (let frame = 0; frame < 30; frame++) {
        now += 16;
        set(HART.BUSY_US, from + frame * 16_000 * share);
        state = gauge.sample(reader, 3, now);
      }
      return state;
    },
  };
}

describe('CoreGauge', () => {
  it('tells a busy core from one that only beats, across the wrap of the counter', () => {
    const busy = core();
    expect(busy.run(0.9)).toBe('running');
    expect(busy.gauge.load).toBeGreaterThan(0.5);
    expect(core().run(0.01)).toBe('idle');
  });

  it('shows what stopped it before how busy it was', () => {
    const { set, run } = core();
    set(HART.HSM, HSM_STOPPED);
    expect(run(0.9)).toBe('offline');
    set(HART.PHASE, PHASE_LOST);
    expect(run(0.9)).toBe('lost');
  });

  it('takes one that its kernel has suspended for idle', () => {
    const { set, run } = core();
    set(HART.HSM, HSM_SUSPENDED);
    expect(run(0)).toBe('idle');
  });

  it('shows a fault for a while, and other traps not at all', () => {
    const { set, run } = core();
    run(0);
    set(HART.LAST_CAUSE, 13);
    set(HART.TRAPS, 1);
    expect(run(0)).toBe('idle');
    set(HART.LAST_CAUSE, 7);
    set(HART.TRAPS, 2);
    expect(run(0)).toBe('trapped');
    run(0);
    run(0);
    expect(run(0)).toBe('idle');
  });
});
