/**
 * When a kernel's last beats were, in machine time, for its pulse line. Read once a frame: several beats between two
 * reads (a hidden tab) are spread evenly between the two that are known exactly, because all of them did happen.
 */
const CAPACITY = 256;

export class BeatHistory {
  private readonly times = new Float64Array(CAPACITY);
  private written = 0;
  private beats = -1;
  private last = 0;

  /**
   * @param beats beats published since boot, as the kernel's status block says
   * @param lastBeat machine time of the last one, ticks
   */
  update(beats: number, lastBeat: number): void {
    if (this.beats < 0 || beats < this.beats) {
      this.beats = beats;
      this.last = lastBeat;
      return;
    }
    const fresh = Math.min(beats - this.beats, CAPACITY);
    for (let k = 1; k <= fresh; k++) {
      const time = this.last > 0 ? this.last + ((lastBeat - this.last) * k) / fresh : lastBeat;
      this.times[this.written % CAPACITY] = time;
      this.written += 1;
    }
    this.beats = beats;
    this.last = lastBeat;
  }

  /** Calls `visit` with the machine time of each beat after `since`, the newest first. */
  forEachSince(since: number, visit: (time: number) => void): void {
    for (let back = 1; back <= Math.min(this.written, CAPACITY); back++) {
      const time = this.times[(this.written - back) % CAPACITY] ?? 0;
      if (time < since) return;
      visit(time);
    }
  }
}
