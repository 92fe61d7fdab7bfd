/** What the measures of a run came to: values by name, held to their checks, and each number beside its control. */
import { ok, refuse, type Result } from '../base/result.ts';
import type { Checks, Needs, NumberOrName } from '../protocol/scenario-check.ts';
import type { Measure, Quantity } from '../protocol/scenario-measure.ts';
import { referenceTo } from '../protocol/scenario-references.ts';
import { statusWordUnit } from '../protocol/status-words.ts';
import { eachStep, type Step } from '../protocol/step.ts';

/** Values of a repeat told in a line; all of them are in the JSON. */
const VALUES_SHOWN = 10;

/** A count, a time, a ratio, or a hash. */
export type Measured = number | string;

/**
 * What the host has: threads that run at once, the share of the harts' time for which it ran them, and the part of it that
 * others used (host-share.ts).
 */
interface Host {
  readonly cores: number;
  share(): number;
  others(): number;
}
/** The same when a value was measured; shares in percent. Null: nobody can tell. */
interface HostShown {
  readonly cores: number | null;
  readonly share: number | null;
  readonly others: number | null;
}

type Derived = Extract<Quantity, { kind: 'median-of' | 'max-of' | 'sum-of' | 'ratio' | 'difference' }>;

/** One number of a run and its control, as `archipelago run --json` gives it. */
export interface Measurement {
  /** The value; the last one of a measure in a repeat. Null: only the control was measured. */
  readonly value: Measured | null;
  /** All values of a measure in a repeat. */
  readonly values?: readonly Measured[];
  readonly unit: string;
  /** The value measured under the same name with `control: true`, and all of them. */
  readonly control?: Measured;
  readonly controls?: readonly Measured[];
  /** Present where the measure said what it needs of the host: what the host has. */
  readonly host?: HostShown;
  /** Why no check was made. */
  readonly notJudged?: string;
}

/** What became of the checks of one value. */
export type Verdict =
  { readonly outcome: 'held' } | { readonly outcome: 'failed' | 'not-judged'; readonly reason: string };

interface Series {
  readonly measure: Measure;
  readonly repeated: boolean;
  readonly unit: string;
  readonly values: Measured[];
  notJudged: string | null;
  host: HostShown | null;
}

export class Measurements {
  private readonly series = new Map<string, Series>();
  private readonly host: Host | null;

  /** `host`: null when nobody can tell what it has. */
  constructor(host: Host | null) {
    this.host = host;
  }

  /** The lists of what is measured in these steps begin anew, as a repeat of them begins. */
  forget(steps: readonly Step[]): void {
    for (const { step } of eachStep(steps, [])) {
      if (step.kind === 'measure') this.series.delete(referenceTo(step.name, step.control));
    }
  }

  /** Keeps a value, then holds it to the checks of its measure. */
  add(measure: Measure, value: Measured, repeated: boolean): Verdict {
    const key = referenceTo(measure.name, measure.control);
    const known = this.series.get(key);
    const series = known ?? {
      measure,
      repeated,
      unit: this.unitOf(measure.quantity),
      values: [],
      notJudged: null,
      host: null,
    };
    this.series.set(key, series);
    series.values.push(value);
    const host = {
      cores: this.host?.cores ?? null,
      share: this.host ? Math.round(this.host.share() * 100) : null,
      others: this.host ? Math.round(this.host.others() * 100) : null,
    };
    if (measure.needs !== null) series.host = host;
    const lack = measure.needs === null ? null : lackOf(measure.needs, host);
    if (lack !== null) {
      series.notJudged = lack;
      return { outcome: 'not-judged', reason: lack };
    }
    const wrong = checkValue(value, measure.checks, (name) => this.latest(name));
    return wrong === null ? { outcome: 'held' } : { outcome: 'failed', reason: wrong };
  }

  /** The last value measured under a name; null when there is none. */
  latest(name: string): Measured | null {
    return this.series.get(name)?.values.at(-1) ?? null;
  }

  /** All values measured under a name since its repeat began. */
  all(name: string): readonly Measured[] {
    return this.series.get(name)?.values ?? [];
  }

  /** The unit of what was measured under a name. */
  unit(name: string): string {
    return this.series.get(name)?.unit ?? '';
  }

  /**
   * What is made of values that are there. Refused: `not-numbers` for hashes, `by-zero` for a ratio to 0, `no-value` for
   * what was not measured in this run.
   */
  derive(quantity: Derived): Result<number> {
    if (quantity.kind === 'ratio') {
      const of = this.number(quantity.of.of);
      const to = this.number(quantity.of.to);
      if (!of.ok) return of;
      if (!to.ok) return to;
      return to.value === 0
        ? refuse('by-zero', `${quantity.of.to} is 0: there is no ratio to it`, 'measure something above 0')
        : ok(of.value / to.value);
    }
    if (quantity.kind === 'difference') {
      const of = this.number(quantity.of.of);
      const from = this.number(quantity.of.from);
      if (!of.ok) return of;
      return from.ok ? ok(of.value - from.value) : from;
    }
    const values = this.all(quantity.of).filter((value) => typeof value === 'number');
    if (values.length === 0) return notNumber(quantity.of, this.latest(quantity.of));
    values.sort((a, b) => a - b);
    switch (quantity.kind) {
      case 'median-of':
        return ok(((values[(values.length - 1) >> 1] ?? 0) + (values[values.length >> 1] ?? 0)) / 2);
      case 'max-of':
        return ok(values.at(-1) ?? 0);
      case 'sum-of':
        return ok(values.reduce((sum, value) => sum + value, 0));
    }
  }

  /** The values of a measure in a repeat, in one line. */
  summary({ name, control }: Measure): string {
    const key = referenceTo(name, control);
    const values = this.all(key).map((value) => tell(value, ''));
    const shown = values.length > VALUES_SHOWN ? [...values.slice(0, VALUES_SHOWN), '…'] : values;
    return `${key}: ${shown.join(', ')} ${this.unit(key)}`.trimEnd();
  }

  /** Every number by its name, in the order in which they were first measured. */
  report(): Record<string, Measurement> {
    const names = new Set([...this.series.values()].map((series) => series.measure.name));
    return Object.fromEntries([...names].map((name) => [name, this.measurement(name)]));
  }

  private measurement(name: string): Measurement {
    const own = this.series.get(referenceTo(name, false));
    const control = this.series.get(referenceTo(name, true));
    const host = own?.host ?? control?.host ?? null;
    const notJudged = own?.notJudged ?? control?.notJudged ?? null;
    return {
      value: own?.values.at(-1) ?? null,
      ...(own?.repeated === true ? { values: own.values } : {}),
      unit: own?.unit ?? control?.unit ?? '',
      ...(control === undefined ? {} : { control: control.values.at(-1) ?? '' }),
      ...(control?.repeated === true ? { controls: control.values } : {}),
      ...(host === null ? {} : { host }),
      ...(notJudged === null ? {} : { notJudged }),
    };
  }

  private number(name: string): Result<number> {
    const value = this.latest(name);
    return typeof value === 'number' ? ok(value) : notNumber(name, value);
  }

  /** What the values of a quantity count. */
  unitOf(quantity: Quantity): string {
    switch (quantity.kind) {
      case 'status':
        return statusWordUnit(quantity.of.word);
      case 'rate':
        return `${statusWordUnit(quantity.of.word)}/s`;
      case 'doorbells':
      case 'doorbells-held':
        return 'doorbells';
      case 'firmware-entries':
        return perSecond('calls', quantity.of.over);
      case 'gate-faults':
        return perSecond('faults', quantity.of.over);
      case 'instructions':
        return perSecond('instructions', quantity.of.over);
      case 'memory-hash':
        return 'SHA-256';
      case 'bytes-changed':
        return 'bytes';
      case 'elapsed':
        return 'ms';
      case 'lost':
        return 'records';
      case 'host-wakeup':
        return 'ns';
      case 'captured':
      case 'answer':
        return quantity.of.unit ?? '';
      case 'median-of':
      case 'max-of':
      case 'sum-of':
        return this.unit(quantity.of);
      case 'difference':
        return this.unit(quantity.of.of);
      case 'ratio': {
        const [of, to] = [this.unit(quantity.of.of), this.unit(quantity.of.to)];
        return of === to ? 'ratio' : `${of}/${to}`;
      }
    }
  }
}

/** A value for a person: what is no whole number in six digits, which is more than any host's time is good for. */
export function tell(value: Measured, unit: string): string {
  if (typeof value === 'string') return value;
  return `${Number.isInteger(value) ? value : Number(value.toPrecision(6))} ${unit}`.trimEnd();
}

const notNumber = (name: string, value: Measured | null): Result<never> =>
  value === null
    ? refuse('no-value', `${name} was not measured`, 'measure it first')
    : refuse(
        'not-numbers',
        `${name} is ${value}, which is not a number`,
        'compare hashes with same-as or differs-from',
      );

/** What the host lacks for the checks to mean anything, or null. */
function lackOf(needs: Needs, host: HostShown): string | null {
  const { 'host-cores': cores, 'host-share': share, 'host-others': others } = needs;
  if (cores !== undefined && !(host.cores !== null && host.cores >= cores)) {
    const has = host.cores === null ? 'and how many there are is not known' : `this host has ${host.cores}`;
    return `needs ${cores} host cores, ${has}`;
  }
  if (share !== undefined && !(host.share !== null && host.share >= share)) {
    const had = host.share === null ? 'and how much that was is not known' : `it was ${host.share} %`;
    return `needs the host for ${share} % of the time in which the cores run, ${had}: others use it too`;
  }
  if (others !== undefined && !(host.others !== null && host.others <= others)) {
    const used = host.others === null ? 'and how much they do is not known' : `they used ${host.others} %`;
    return `needs a host of which others use at most ${others} %, ${used}`;
  }
  return null;
}

const perSecond = (unit: string, over: number | undefined): string =>
  over === undefined ? unit : `${unit}/s`;

/** What is wrong with a value, or null. `latest` gives the value that was measured last under a name. */
function checkValue(
  value: Measured,
  checks: Checks,
  latest: (name: string) => Measured | null,
): string | null {
  const number = typeof value === 'number' ? value : NaN;
  const other = (to: NumberOrName): Measured | null => (typeof to === 'number' ? to : latest(to));
  /** As a person would say it: a number, or a name and what it was. */
  const said = (to: NumberOrName): string =>
    typeof to === 'number' ? `${to}` : `${to}, which was ${latest(to) ?? 'not measured'}`;
  const asNumber = (to: NumberOrName): number => {
    const against = other(to);
    return typeof against === 'number' ? against : NaN;
  };
  const least = checks['at-least'];
  if (least !== undefined && !(number >= least)) return `${value} is not at least ${least}`;
  const most = checks['at-most'];
  if (most !== undefined && !(number <= most)) return `${value} is not at most ${most}`;
  const low = checks['more-than'];
  if (low !== undefined && !(number > asNumber(low))) return `${value} is not more than ${said(low)}`;
  const high = checks['less-than'];
  if (high !== undefined && !(number < asNumber(high))) return `${value} is not less than ${said(high)}`;
  const same = checks['same-as'];
  if (same !== undefined && other(same) !== value) return `${value} is not the same as ${said(same)}`;
  const different = checks['differs-from'];
  // Something that was not measured is no other value.
  if (different !== undefined && (other(different) === null || other(different) === value))
    return `${value} does not differ from ${said(different)}`;
  const within = checks['within-percent-of'];
  if (within !== undefined) {
    const middle = asNumber(within.of);
    // Of the middle's size: a bound below zero is as far from it as one above.
    if (!(Math.abs(number - middle) <= (Math.abs(middle) * within.percent) / 100)) {
      return `${value} is not within ${within.percent} % of ${said(within.of)}`;
    }
  }
  return null;
}
