/** What is told of each scenario that the gallery shows, before one of them is opened. Made when the page is built. */
import type { ScenarioGroup } from './scenario.ts';
import type { MachineMode } from './machine-view.ts';

export interface IndexedKernel {
  readonly name: string;
  /** Instance ID: what its letter, shape and colour come from. */
  readonly id: number;
  /** The cores it is made with, ascending. */
  readonly harts: readonly number[];
  /** IDs of earlier kernels that it has a channel to. */
  readonly peers: readonly number[];
}

export interface IndexedScenario {
  /** Its address is `scenarios/NAME.yaml`. */
  readonly name: string;
  /** The first sentence of its description. */
  readonly sentence: string;
  readonly mode: MachineMode;
  readonly group: ScenarioGroup;
  readonly harts: number;
  /** As its setup makes them. */
  readonly kernels: readonly IndexedKernel[];
}
