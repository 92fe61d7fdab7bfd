/** Conditions that somebody awaits in Repeatable mode: looked at between rounds, in the order in which they were added. */

interface Waiter {
  readonly condition: () => boolean;
  /** Machine time in ticks at which it is given up; Infinity: never. */
  end: number;
  /** Its time stands while the machine is paused. */
  readonly stands: boolean;
  readonly settle: (held: boolean) => void;
  readonly fail: (error: unknown) => void;
}

export class SoloWaiters {
  private readonly waiters = new Set<Waiter>();

  get size(): number {
    return this.waiters.size;
  }

  /** The first machine time at which one is given up, or Infinity. */
  get earliest(): number {
    let earliest = Infinity;
    for (const waiter of this.waiters) earliest = Math.min(earliest, waiter.end);
    return earliest;
  }

  /**
   * Resolves true when `condition` holds at a look, false when it does not at the first look at or after `end`, which
   * `shorten` brings nearer unless it `stands`.
   */
  add(condition: () => boolean, end: number, stands: boolean): Promise<boolean> {
    return new Promise((settle, fail) => this.waiters.add({ condition, end, stands, settle, fail }));
  }

  /** Looks at every condition. True: somebody was told of an outcome, and acts on it in the promise jobs that follow. */
  look(now: number): boolean {
    const before = this.waiters.size;
    for (const waiter of [...this.waiters]) {
      try {
        const held = waiter.condition();
        if (!held && now < waiter.end) continue;
        waiter.settle(held);
      } catch (error) {
        waiter.fail(error);
      }
      this.waiters.delete(waiter);
    }
    return this.waiters.size < before;
  }

  /** So much of the time that they have is gone, though the clock of the machine, which is paused, did not show it. */
  shorten(ticks: number): void {
    for (const waiter of this.waiters) if (!waiter.stands) waiter.end -= ticks;
  }

  /** Tells all that what they wait for does not come. */
  giveUp(): void {
    for (const waiter of this.waiters) waiter.settle(false);
    this.waiters.clear();
  }

  /** Passes an error to all. False: nobody waits. */
  fail(error: unknown): boolean {
    const some = this.waiters.size > 0;
    for (const waiter of this.waiters) waiter.fail(error);
    this.waiters.clear();
    return some;
  }
}
