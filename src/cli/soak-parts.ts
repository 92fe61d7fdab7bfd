/** The parts of a soak: which machine each needs, and what it does with it. In Node and on the page they are the same. */
import type { MachineConfig } from '../protocol/machine-view.ts';
import { moveRounds, MOVES_HARTS } from './moves.ts';
import { besideRounds, inPlaceRounds } from './soak-handover.ts';
import { SOAK_HARTS, type Rounds, type RoundsOptions, type SoakMachine } from './soak-machine.ts';
import { execKillRounds } from './soak.ts';

export interface SoakPart {
  readonly title: string;
  readonly config: MachineConfig;
  /** Of so many rounds asked for, how many this part does. */
  readonly rounds: (asked: number) => number;
  readonly prepare: (soak: SoakMachine, options: RoundsOptions) => Promise<Rounds>;
}

/** A fresh machine of so many harts, as each part needs one. */
export const soakConfig = (harts: number): MachineConfig => ({
  harts,
  memory: 64 * 2 ** 20,
  isolation: 'enforced',
  mode: 'parallel',
  seed: 0,
});

const all = (asked: number): number => asked;
// One is dearer than five of the others.
const aFifth = (asked: number): number => Math.ceil(asked / 5);

/** In this order; each has a machine of its own. */
export const SOAK_PARTS: Readonly<Record<string, SoakPart>> = {
  exec: { title: 'exec and kill', config: soakConfig(SOAK_HARTS), rounds: all, prepare: execKillRounds },
  moves: { title: 'live moves', config: soakConfig(MOVES_HARTS), rounds: all, prepare: moveRounds },
  kho: {
    title: 'hand-overs in place',
    config: soakConfig(SOAK_HARTS),
    rounds: aFifth,
    prepare: inPlaceRounds,
  },
  handover: {
    title: 'hand-overs beside',
    config: soakConfig(SOAK_HARTS),
    rounds: aFifth,
    prepare: besideRounds,
  },
};
