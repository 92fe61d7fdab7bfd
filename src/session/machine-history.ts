/**
 * What was done on a machine by hand since it was made, and the scenario that does it again: kerf lines, what was typed at
 * consoles, switches of the isolation, and between them waits of as much machine time as there was. Machine time stands
 * still while the machine is paused, so pauses need no step.
 *
 * The steps come one after the other where a person may have typed while a kerf line was being carried out: a line stands
 * where its answer came. What a kernel itself asks of the controller (the host's own kerf) comes of what was typed there.
 */
import { refuse, type Result } from '../base/result.ts';
import type { Isolation, KerfReply } from '../protocol/machine-view.ts';
import type { Scenario } from '../protocol/scenario.ts';
import { DEFAULT_DEVICES } from '../protocol/pool-devices.ts';
import type { Step } from '../protocol/step.ts';
import { TICKS_PER_MS } from '../machine/clock.ts';
import {
  documentSteps,
  durationText,
  isServedFile,
  type DocumentStep,
  type ScenarioDocument,
} from './scenario-document.ts';

/** Deeds kept. */
const MOST_DEEDS = 4000;
/** Characters of typed text kept. */
const MOST_TYPED = 256 * 1024;
/** A shorter time between two deeds is no wait, ticks. */
const SHORTEST_WAIT = TICKS_PER_MS;
/** At most so much of the time since the last deed is waited, ticks: what it began comes to its end. */
const LAST_WAIT = 2000 * TICKS_PER_MS;
/** Pieces of text typed at one console within this time are one step, ticks: a person's keys, one after the other. */
const ONE_STEP = 2000 * TICKS_PER_MS;

/** At a machine time, in ticks; `until`: of its last key. */
type Deed = { readonly at: number; readonly until: number; readonly step: DocumentStep };

export interface HistoryScenario {
  readonly document: ScenarioDocument;
  /** Files that are not served with the page: whoever runs it has to give them. */
  readonly own: readonly string[];
  /** Machine time of all waits, milliseconds. */
  readonly waits: number;
}

export class MachineHistory {
  #scenario: Scenario;
  /** Lines of the setup of whose answers nobody has told yet; the last may come when the setup is over. */
  readonly #setup: string[];
  readonly #deeds: Deed[] = [];
  readonly #own = new Set<string>();
  #typed = 0;
  /** Machine time at which the setup was over. */
  #ready = 0;
  #cut = false;
  /** What else acts on the machine; null: nothing. */
  #other: string | null = null;

  /** Of a machine that was made for `scenario`, whose setup is about to run. */
  constructor(scenario: Scenario) {
    this.#scenario = scenario;
    this.#setup = kerfLinesOf(scenario.setup);
  }

  /** The setup is over: what comes first is so much later than that. */
  ready(at: number): void {
    this.#ready = at;
  }

  /** From now on something else acts on the machine too, a demonstration: what is done is no longer by hand. */
  notByHand(what: string): void {
    this.#other = what;
    this.#deeds.length = 0;
  }

  /** The scenario itself goes on with these steps, which are about to run: they are not done by hand. Before any deed. */
  goOn(steps: readonly Step[]): void {
    this.#scenario = { ...this.#scenario, setup: [...this.#scenario.setup, ...steps] };
    this.#setup.push(...kerfLinesOf(steps));
  }

  /** Whether there is something to tell. */
  get empty(): boolean {
    return this.#deeds.length === 0;
  }

  kerf({ line, from, exitCode }: KerfReply, at: number): void {
    if (from !== undefined || this.#other !== null) return;
    if (this.#setup[0] === bare(line)) {
      this.#setup.shift();
      return;
    }
    this.#add(at, exitCode === 0 ? { kerf: bare(line) } : { kerf: bare(line), exit: exitCode });
  }

  type(console: string, text: string, at: number): void {
    if (text === '' || this.#other !== null) return;
    this.#typed += text.length;
    if (this.#typed > MOST_TYPED) this.#cut = true;
    if (this.#cut) return;
    const last = this.#deeds.at(-1);
    const { step } = last ?? {};
    // A line that was sent is over: what follows may be an answer to what it brought.
    if (
      last &&
      step &&
      'type' in step &&
      step.type.console === console &&
      !/[\r\n]$/.test(step.type.text) &&
      at - last.until <= ONE_STEP
    ) {
      this.#deeds[this.#deeds.length - 1] = {
        at: last.at,
        until: at,
        step: { type: { console, text: step.type.text + text } },
      };
      return;
    }
    this.#add(at, { type: { console, text } });
  }

  isolation(isolation: Isolation, at: number): void {
    if (this.#other === null) this.#add(at, { isolation });
  }

  /** A file that somebody put in. */
  file(name: string): void {
    if (!isServedFile(name)) this.#own.add(name);
  }

  /** All of it until `now`, ticks. Refused: `nothing-done`, `history-too-long`, `not-by-hand`. */
  scenario(name: string, description: string, now: number): Result<HistoryScenario> {
    if (this.#cut)
      return refuse(
        'history-too-long',
        `More was done on this machine than the ${MOST_DEEDS} steps, or ${MOST_TYPED / 1024} KiB of typed text, that are kept.`,
        'reset the machine, and do what is to be copied',
      );
    if (this.#other !== null)
      return refuse(
        'not-by-hand',
        `${this.#other} has acted on this machine, not only you.`,
        'its scenario is a file already; reset the machine to begin one of your own',
      );
    if (this.empty)
      return refuse(
        'nothing-done',
        'Nothing was done on this machine yet.',
        'move a core or type a command, then copy it',
      );
    const steps: DocumentStep[] = [];
    let waits = 0;
    let time = this.#ready;
    const waitUntil = (at: number): void => {
      if (at - time < SHORTEST_WAIT) return;
      steps.push({ wait: durationText(at - time) });
      waits += at - time;
    };
    for (const { at, until, step } of this.#deeds) {
      waitUntil(at);
      steps.push(step);
      time = until;
    }
    waitUntil(Math.min(now, time + LAST_WAIT));
    const { machine, files, setup } = this.#scenario;
    const own = [...this.#own];
    return {
      ok: true,
      value: {
        document: {
          name,
          description,
          machine: { ...machine, devices: machine.devices ?? DEFAULT_DEVICES },
          files: [...new Set([...files, ...own])],
          setup: documentSteps(setup),
          steps,
        },
        own,
        waits: waits / TICKS_PER_MS,
      },
    };
  }

  #add(at: number, step: DocumentStep): void {
    if (this.#deeds.length >= MOST_DEEDS) this.#cut = true;
    else this.#deeds.push({ at, until: at, step });
  }
}

/** A kerf step needs no "kerf" before its line. */
/** The kerf lines of steps, in the order in which they are answered. */
const kerfLinesOf = (steps: readonly Step[]): string[] =>
  documentSteps(steps).flatMap((step) => ('kerf' in step ? [bare(step.kerf)] : []));

const bare = (line: string): string => line.replace(/^kerf\s+/, '');
