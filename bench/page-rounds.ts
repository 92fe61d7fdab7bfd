/**
 * The rounds of a soak on the page (bench/page-soak.ts): one script that is put into the page, where it asks the page's own
 * machine, by the kerf lines that gestures send. So what the page keeps of each line, and draws, is part of what is measured.
 */
import { TICKS_PER_MS } from '../src/machine/clock.ts';
import { SoakMachine, type Rounds, type SoakHost } from '../src/cli/soak-machine.ts';
import { SOAK_PARTS } from '../src/cli/soak-parts.ts';

/** What some rounds came to. */
export interface RoundsDone {
  /** What went wrong, or ''. */
  readonly problem: string;
  /** Host milliseconds of each round. */
  readonly times: readonly number[];
  /** Of all rounds until now, or ''. */
  readonly remark: string;
}

declare global {
  interface Window {
    soakRounds: {
      /** Makes the page's machine, which must be fresh, ready for the rounds of a part; what went wrong, or ''. */
      prepare(part: string, seed: number): Promise<string>;
      /** So many more rounds, or fewer when one goes wrong. */
      run(count: number): Promise<RoundsDone>;
    };
  }
}

/** Milliseconds between two looks at the memory: a run of requests lasts for half a second, and must be met in its middle. */
const LOOK_EVERY = 5;

let soak: SoakMachine | null = null;
let rounds: Rounds | null = null;

window.soakRounds = {
  async prepare(name, seed) {
    const part = SOAK_PARTS[name];
    if (part === undefined) throw new Error(`there is no part ${name}`);
    const file = await fetch('guests/islet.img');
    if (!file.ok) throw new Error(`guests/islet.img: ${file.status}`);
    soak = new SoakMachine(pageMachine());
    rounds = await part.prepare(soak, { seed, image: new Uint8Array(await file.arrayBuffer()) });
    return soak.problem;
  },
  async run(count) {
    if (soak === null || rounds === null) throw new Error('prepare() comes first');
    const times: number[] = [];
    while (soak.problem === '' && times.length < count) times.push(await rounds.round());
    return { problem: soak.problem, times, remark: rounds.remark() };
  },
};

function pageMachine(): SoakHost {
  const { services, memory } = window.archipelago;
  if (services === null || memory === null) throw new Error('the page has no machine');
  return {
    services,
    memory,
    until(condition, ticks) {
      const end = performance.now() + ticks / TICKS_PER_MS;
      return new Promise((resolve) => {
        const look = (): void => {
          if (condition()) resolve(true);
          else if (performance.now() >= end) resolve(false);
          else setTimeout(look, LOOK_EVERY);
        };
        look();
      });
    },
  };
}
