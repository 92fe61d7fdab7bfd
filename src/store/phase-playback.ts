/**
 * The phases of moves and hand-overs at the speed of eyes. The machine goes through them in milliseconds or less and
 * forgets them at once; here each one stays for a while, in the order in which they were, and the time that they really
 * took is told at the end. Nothing is invented: a phase that was not reached is not shown.
 */
import type { PhaseView, UpdatePhase } from '../protocol/machine-view.ts';
import { TICKS_PER_SECOND } from './machine-reader.ts';

/** How long a phase is shown at least, the last one, and one that failed; milliseconds of host time. */
export const PHASE_SHOWN = 400;
const END_SHOWN = 2500;
const FAILED_SHOWN = 8000;

/** Phases with which a way ends. */
const ENDS: ReadonlySet<UpdatePhase> = new Set(['online', 'free', 'failed', 'finish', 'rolled-back']);

/** Whole ways, by the first phase; a way that ends with `free` or `failed` stops on the road. */
const WAYS: readonly (readonly UpdatePhase[])[] = [
  ['cpu-remove', 'migrating', 'stopping', 'stopped', 'ownership', 'cpu-add', 'starting', 'online'],
  ['mem-remove', 'ownership', 'free'],
  ['device-remove', 'ownership', 'free'],
  ['overlap', 'migrate', 'ready', 'commit', 'finish'],
  ['preserve', 'freeze', 'stopped', 'scratch-boot', 'restore', 'finish'],
];
/** Ways that begin with `ownership`, in the pool. */
const FROM_POOL: Readonly<Record<Traveller['kind'], readonly UpdatePhase[]>> = {
  core: ['ownership', 'cpu-add', 'starting', 'online'],
  memory: ['ownership', 'mem-add', 'online'],
  devices: ['ownership', 'device-add', 'online'],
  kernel: [],
};

/** Whose phases: a core, or of a kernel its memory, its devices or the kernel as a whole. */
export type Traveller =
  | { readonly kind: 'core'; readonly core: number }
  | { readonly kind: 'memory' | 'kernel' | 'devices'; readonly instance: number };

/** In the place of a hart's number (PhaseView.hart): what of the kernel the phase is about. */
const OF_KERNEL = { [-1]: 'memory', [-2]: 'kernel', [-3]: 'devices' } as const;

/** What is to be seen now. The same object as long as nothing changes. */
export interface PhaseShown {
  readonly phase: UpdatePhase;
  /** Steps of the whole way, and how many of them are done or under way. */
  readonly steps: number;
  readonly step: number;
  /** The way has ended with this phase: the phases of all of it, and how long it took, milliseconds of machine time. */
  readonly ended: { readonly phases: readonly UpdatePhase[]; readonly took: number } | null;
}

interface Track {
  readonly way: readonly UpdatePhase[];
  /** With the machine time at which each began, ticks. */
  readonly passed: PhaseView[];
  at: number;
  /** Host time since which the phase is shown, milliseconds. */
  since: number;
  shown: PhaseShown;
  /** The machine has forgotten it. */
  left: boolean;
}

const keyOf = (traveller: Traveller): string =>
  traveller.kind === 'core' ? `core ${traveller.core}` : `${traveller.kind} ${traveller.instance}`;

function travellerOf({ hart, instance }: PhaseView): Traveller {
  const kind = OF_KERNEL[hart as keyof typeof OF_KERNEL] as 'memory' | 'kernel' | 'devices' | undefined;
  return kind === undefined ? { kind: 'core', core: hart } : { kind, instance };
}

const wayFrom = (traveller: Traveller, first: UpdatePhase): readonly UpdatePhase[] =>
  WAYS.find(([start]) => start === first) ?? FROM_POOL[traveller.kind];

export class PhasePlayback {
  private readonly tracks = new Map<string, Track>();

  /** Takes the phases of a view. To be called with every view, `now` as `performance.now()`. */
  note(phases: readonly PhaseView[], now: number): void {
    const present = new Set<string>();
    for (const view of phases) {
      const traveller = travellerOf(view);
      const key = keyOf(traveller);
      present.add(key);
      const track = this.tracks.get(key);
      const last = track?.passed.at(-1);
      if (track && last?.phase === view.phase && last.began === view.began) continue;
      if (track && last && !ENDS.has(last.phase) && !track.left) track.passed.push(view);
      else this.begin(key, wayFrom(traveller, view.phase), view, now);
    }
    for (const [key, track] of this.tracks) if (!present.has(key)) track.left = true;
  }

  /** What is to be seen of a traveller at `now`, or null. */
  shown(traveller: Traveller, now: number): PhaseShown | null {
    const key = keyOf(traveller);
    const track = this.tracks.get(key);
    if (!track) return null;
    while (track.at < track.passed.length - 1 && now - track.since >= PHASE_SHOWN) {
      track.at += 1;
      track.since = Math.max(track.since + PHASE_SHOWN, now - PHASE_SHOWN);
      track.shown = shownAt(track);
    }
    const stays = track.shown.phase === 'failed' ? FAILED_SHOWN : END_SHOWN;
    const over = track.at === track.passed.length - 1 && (track.shown.ended !== null || track.left);
    if (!over || now - track.since < stays) return track.shown;
    // What the machine still tells has been seen: it is not to begin anew with the next view.
    if (track.left) this.tracks.delete(key);
    return null;
  }

  private begin(key: string, way: readonly UpdatePhase[], view: PhaseView, now: number): void {
    const passed = [view];
    const shown = shownAt({ way, passed, at: 0 });
    this.tracks.set(key, { way, passed, at: 0, since: now, shown, left: false });
  }
}

function shownAt({ way, passed, at }: Pick<Track, 'way' | 'passed' | 'at'>): PhaseShown {
  const view = passed[at];
  const phase = view?.phase ?? 'failed';
  const place = way.indexOf(phase);
  const ended = view && ENDS.has(phase) ? view.began - (passed[0]?.began ?? view.began) : null;
  return {
    phase,
    steps: way.length,
    // Freed on the road, it has come to its end all the same; what failed stays where it was.
    step: place >= 0 ? place + 1 : phase === 'failed' ? at : way.length,
    ended:
      ended === null
        ? null
        : {
            phases: passed.slice(0, at + 1).map((each) => each.phase),
            took: (ended / TICKS_PER_SECOND) * 1000,
          },
  };
}
