/** State word and load of one hart, from its words in the one memory. Sampled once a frame, no allocation. */
import type { MachineReader } from '../../store/machine-reader.ts';

export type CoreState = 'running' | 'idle' | 'offline' | 'trapped' | 'lost';

/** A hart below this share of its time in guest code is called idle: beats and ticks alone stay below it. */
const IDLE_BELOW = 0.04;
/** How long a fault is shown on the tile, ms. */
const FAULT_SHOWN = 1200;
/** Load is averaged over about this long, ms. */
const SMOOTHING = 300;

export class CoreGauge {
  /** Share of host time spent in guest code, 0 … 1, smoothed. */
  load = 0;
  private busy = -1;
  private traps = -1;
  private time = 0;
  private faultUntil = 0;

  /** @param now milliseconds, as `performance.now()` */
  sample(reader: MachineReader, hart: number, now: number): CoreState {
    const busy = reader.busyMicroseconds(hart);
    const elapsed = now - this.time;
    if (this.busy >= 0 && elapsed > 0) {
      const share = Math.min(1, ((busy - this.busy) >>> 0) / 1000 / elapsed);
      this.load += (share - this.load) * Math.min(1, elapsed / SMOOTHING);
    }
    const traps = reader.traps(hart);
    if (this.traps >= 0 && traps !== this.traps && reader.lastTrapWasFault(hart))
      this.faultUntil = now + FAULT_SHOWN;
    this.busy = busy;
    this.traps = traps;
    this.time = now;
    if (reader.lost(hart)) return 'lost';
    if (!reader.started(hart)) return 'offline';
    if (now < this.faultUntil) return 'trapped';
    return this.load < IDLE_BELOW ? 'idle' : 'running';
  }
}
