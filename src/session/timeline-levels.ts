/**
 * Counts of events and running time of harts in buckets of machine time, in levels: a level has four times as wide buckets
 * as the one below, and as many of them, so that the finest knows the last moments and the coarsest the last hours. A
 * window of any length is answered from the finest level that has it all, in time and bytes that follow from its columns.
 */
import { assert } from '../base/assert.ts';
import { EVENT_CATEGORIES, MAX_COLUMNS } from '../protocol/timeline.ts';

/** Buckets of each level, a power of two. */
const BUCKETS = MAX_COLUMNS;
/** Width of the finest buckets in ticks (about 0.1 ms), and how many levels there are: the coarsest has 1.7 s a bucket. */
const FINEST = 2 ** 10;
const STEP = 4;
const LEVELS = 8;
const CATEGORIES = EVENT_CATEGORIES.length;
const PUBLISH = EVENT_CATEGORIES.indexOf('publish');

/** Columns of a window; `counts` and `busy` (ticks) by lane × columns + column. */
export interface LevelColumns {
  readonly from: number;
  readonly columnTicks: number;
  readonly columns: number;
  /** Before this nothing is known any more. */
  readonly since: number;
  readonly counts: Uint32Array<ArrayBuffer>;
  readonly busy: Float64Array<ArrayBuffer>;
  readonly totals: Float64Array<ArrayBuffer>;
  /** Messages published in each column, on all lanes. */
  readonly messages: Uint32Array<ArrayBuffer>;
}

class Level {
  readonly width: number;
  readonly #lanes: number;
  /** Bucket that each place holds; −1: none. */
  readonly #holds = new Float64Array(BUCKETS).fill(-1);
  readonly counts: Uint32Array<ArrayBuffer>;
  readonly busy: Uint32Array<ArrayBuffer>;
  #newest = 0;

  constructor(width: number, lanes: number) {
    this.width = width;
    this.#lanes = lanes;
    this.counts = new Uint32Array(BUCKETS * lanes * CATEGORIES);
    this.busy = new Uint32Array(BUCKETS * lanes);
    // A page that was never written is not there yet, and the memory of the process would grow for hours.
    this.counts.fill(0);
    this.busy.fill(0);
  }

  /** Oldest bucket that is kept. */
  get oldest(): number {
    return Math.max(0, this.#newest - BUCKETS + 1);
  }

  /** The bucket after the newest. */
  get end(): number {
    return this.#newest + 1;
  }

  /** Place of a bucket to write to, or −1: too old to be kept. */
  open(bucket: number): number {
    if (bucket < this.oldest) return -1;
    const place = bucket % BUCKETS;
    if (this.#holds[place] !== bucket) {
      this.#holds[place] = bucket;
      const cells = place * this.#lanes;
      this.counts.fill(0, cells * CATEGORIES, (cells + this.#lanes) * CATEGORIES);
      this.busy.fill(0, cells, cells + this.#lanes);
      this.#newest = Math.max(this.#newest, bucket);
    }
    return place;
  }

  /** Place of a bucket to read from, or −1: nothing was ever in it, or it is not kept. */
  find(bucket: number): number {
    const place = bucket % BUCKETS;
    return this.#holds[place] === bucket ? place : -1;
  }
}

export class TimelineLevels {
  readonly #lanes: number;
  readonly #levels: readonly Level[];

  constructor(lanes: number) {
    this.#lanes = lanes;
    this.#levels = Array.from({ length: LEVELS }, (_, index) => new Level(FINEST * STEP ** index, lanes));
  }

  count(time: number, lane: number, category: number): void {
    for (const level of this.#levels) {
      const place = level.open(Math.floor(time / level.width));
      if (place < 0) continue;
      const cell = (place * this.#lanes + lane) * CATEGORIES + category;
      level.counts[cell] = (level.counts[cell] ?? 0) + 1;
    }
  }

  /** A hart ran from one time to another. */
  ran(from: number, to: number, lane: number): void {
    for (const level of this.#levels) {
      const { width } = level;
      const last = Math.floor(to / width);
      // Of a run longer than a level is, only the end can be kept there.
      const first = Math.max(Math.floor(from / width), last - BUCKETS + 1);
      for (let bucket = first; bucket <= last; bucket++) {
        const place = level.open(bucket);
        if (place < 0) continue;
        const ticks = Math.min(to, (bucket + 1) * width) - Math.max(from, bucket * width);
        const cell = place * this.#lanes + lane;
        level.busy[cell] = (level.busy[cell] ?? 0) + ticks;
      }
    }
  }

  /** Time from which on the coarsest level has its counts. */
  get since(): number {
    const coarsest = this.#coarsest();
    return coarsest.oldest * coarsest.width;
  }

  /**
   * Columns around [from, to), at most `columns` of them, of whole buckets. Exact: what is in a column happened between
   * its two ends.
   */
  read(from: number, to: number, columns: number, categories: number): LevelColumns {
    assert(to > from && columns >= 1 && columns <= MAX_COLUMNS, 'a window has a length and columns');
    const { level, group } = this.#choose(from, to, columns);
    const columnTicks = level.width * group;
    const first = Math.floor(from / columnTicks);
    const count = Math.min(columns, Math.floor((to - 1) / columnTicks) - first + 1);
    const counts = new Uint32Array(this.#lanes * count);
    const busy = new Float64Array(this.#lanes * count);
    const totals = new Float64Array(CATEGORIES);
    const messages = new Uint32Array(count);
    const end = Math.min((first + count) * group, level.end);
    for (let bucket = Math.max(first * group, level.oldest); bucket < end; bucket++) {
      const place = level.find(bucket);
      const column = Math.floor(bucket / group) - first;
      if (place >= 0) this.#add(level, place, { counts, busy, totals, messages, count, column, categories });
    }
    const since = level.oldest * level.width;
    return { from: first * columnTicks, columnTicks, columns: count, since, counts, busy, totals, messages };
  }

  #add(
    level: Level,
    place: number,
    into: {
      readonly counts: Uint32Array;
      readonly busy: Float64Array;
      readonly totals: Float64Array;
      readonly messages: Uint32Array;
      readonly count: number;
      readonly column: number;
      readonly categories: number;
    },
  ): void {
    const { counts, busy, totals, messages, count, column, categories } = into;
    for (let lane = 0; lane < this.#lanes; lane++) {
      const cell = place * this.#lanes + lane;
      const at = lane * count + column;
      busy[at] = (busy[at] ?? 0) + (level.busy[cell] ?? 0);
      for (let category = 0; category < CATEGORIES; category++) {
        const events = level.counts[cell * CATEGORIES + category] ?? 0;
        if (events === 0) continue;
        totals[category] = (totals[category] ?? 0) + events;
        if (category === PUBLISH) messages[column] = (messages[column] ?? 0) + events;
        if ((categories & (1 << category)) !== 0) counts[at] = (counts[at] ?? 0) + events;
      }
    }
  }

  /** The finest level that has all of the window, and how many of its buckets make a column. */
  #choose(from: number, to: number, columns: number): { level: Level; group: number } {
    const groupIn = (level: Level): number => {
      let group = 1;
      while (
        Math.floor((to - 1) / (level.width * group)) - Math.floor(from / (level.width * group)) >=
        columns
      )
        group += group < STEP ? 1 : group;
      return group;
    };
    const coarsest = this.#coarsest();
    for (const level of this.#levels) {
      if (level === coarsest) break;
      if (level.oldest * level.width > Math.max(0, from)) continue;
      const group = groupIn(level);
      if (group <= STEP) return { level, group };
    }
    return { level: coarsest, group: groupIn(coarsest) };
  }

  #coarsest(): Level {
    const level = this.#levels.at(-1);
    assert(level, 'there is a level');
    return level;
  }
}
