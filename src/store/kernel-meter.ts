/**
 * The figures in a kernel's column header. A machine cycle is one instruction of the machine's busiest hart in the same
 * time: on real hardware the harts run in step, here the host gives each as much as it has to spare. So work per
 * million machine cycles rises with a core more and not with a faster host.
 */
import type { InstanceView } from '../protocol/machine-view.ts';
import { BeatHistory } from './beat-history.ts';
import { TICKS_PER_SECOND, type MachineReader } from './machine-reader.ts';
import { RateWindow } from './rate-window.ts';

/** Length of the windows, seconds of machine time. */
const WINDOW = 2;

export class KernelMeter {
  readonly pulse = new BeatHistory();
  private readonly work = new RateWindow(WINDOW);
  private readonly cycles = new RateWindow(WINDOW);
  private readonly firmware = new RateWindow(WINDOW);
  private readonly retired: number[] = [];
  private cycleCount = 0;
  private readonly reader: MachineReader;
  private readonly instance: number;

  constructor(reader: MachineReader, instance: number) {
    this.reader = reader;
    this.instance = instance;
  }

  /** Takes a sample; once a frame. */
  sample(view: InstanceView, harts: number): void {
    const { reader } = this;
    const seconds = reader.time() / TICKS_PER_SECOND;
    let most = 0;
    for (let hart = 0; hart < harts; hart++) {
      const now = reader.instructions(hart);
      most = Math.max(most, now - (this.retired[hart] ?? now));
      this.retired[hart] = now;
    }
    this.cycleCount += most;
    this.cycles.add(seconds, this.cycleCount);
    this.firmware.add(seconds, reader.firmwareEntries(this.instance));
    if (view.status === null || view.state !== 'active' || !reader.keepsStatus(view.status)) {
      this.work.reset();
      return;
    }
    this.work.add(seconds, reader.work(view.status));
    this.pulse.update(reader.beats(view.status), reader.lastBeat(view.status));
  }

  /** Units of work done per million machine cycles. */
  workPerMillionCycles(): number {
    const cycles = this.cycles.rate();
    return cycles > 0 ? (this.work.rate() / cycles) * 1_000_000 : 0;
  }

  firmwareEntriesPerSecond(): number {
    return this.firmware.rate();
  }
}
