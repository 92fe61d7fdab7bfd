/** What the page, the scenario runner and `kerf show` see of the machine: plain data, made by the controller. */

export const INSTANCE_STATES = ['empty', 'ready', 'loaded', 'active', 'failed'] as const;
export type InstanceState = (typeof INSTANCE_STATES)[number];
export type Isolation = 'enforced' | 'cooperative';
export type MachineMode = 'parallel' | 'repeatable';

export interface MachineConfig {
  /** Number of harts, 1 … 16. */
  readonly harts: number;
  /** RAM in bytes, a multiple of 2 MiB, at most 3 GiB. */
  readonly memory: number;
  readonly isolation: Isolation;
  readonly mode: MachineMode;
  /** Seed of Repeatable mode's interleaving, 0 … 2^32 − 1. */
  readonly seed: number;
}

export interface HartView {
  readonly id: number;
  /** Instance ID that owns it, or null: free. */
  readonly owner: number | null;
  readonly hsm: 'started' | 'stopped' | 'start-pending' | 'stop-pending' | 'suspended';
  /** The worker that ran it died and has not been replaced. */
  readonly lost: boolean;
}

export interface InstanceView {
  readonly id: number;
  readonly name: string;
  readonly state: InstanceState;
  /** Why it is `failed`, or how it last ended: `panic`, `panic (reported by console)`, `shutdown`, `killed`, or ''. */
  readonly reason: string;
  readonly harts: readonly number[];
  /** Hart it boots on or, while active, has booted on; −1 when it owns none. */
  readonly bootHart: number;
  /** Guest-physical base and size in bytes of its private memory; null until reserved. */
  readonly memory: { readonly base: number; readonly size: number } | null;
  readonly peers: readonly string[];
  readonly bootId: number;
  readonly kernel: string | null;
  readonly cmdline: string;
  readonly entry: 's' | 'm';
  /** Guest-physical address of the management region's status block (protocol/channel.ts), or null. */
  readonly status: number | null;
}

export interface ChannelView {
  readonly id: number;
  readonly a: number;
  readonly b: number;
  /** Guest-physical base of the shared region. */
  readonly base: number;
  readonly size: number;
}

/** A step of an update on a running instance, shown on the tile. */
export interface PhaseView {
  readonly hart: number;
  readonly instance: number;
  readonly phase: 'ownership' | 'cpu-add' | 'starting' | 'online' | 'failed';
}

export interface MachineView {
  readonly config: MachineConfig;
  readonly run: 'running' | 'paused';
  readonly isolation: Isolation;
  readonly harts: readonly HartView[];
  readonly instances: readonly InstanceView[];
  readonly channels: readonly ChannelView[];
  readonly phases: readonly PhaseView[];
  /** Free memory of the pool in bytes. */
  readonly freeMemory: number;
}

/** Answer to one kerf line, exactly what a terminal would show. Exit codes as kerf: 0, 1 other, 2 usage, 3 file. */
export interface KerfReply {
  readonly line: string;
  readonly exitCode: 0 | 1 | 2 | 3;
  /** Lines for stdout, without the final newline; '' for nothing. */
  readonly output: string;
  /** Present when refused: rule code, reason, hint. */
  readonly error?: { readonly code: string; readonly reason: string; readonly hint: string };
}
