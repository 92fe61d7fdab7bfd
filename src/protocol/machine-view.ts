/** What the page, the scenario runner and `kerf show` see of the machine: plain data, made by the controller. */
import type { PoolDeviceName } from './pool-devices.ts';

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
  /** Names of the pool's devices (protocol/pool-devices.ts); left out: DEFAULT_DEVICES. */
  readonly devices?: readonly PoolDeviceName[];
}

export interface HartView {
  readonly id: number;
  /** Instance ID that owns it, or null: free. */
  readonly owner: number | null;
  readonly hsm: 'started' | 'stopped' | 'start-pending' | 'stop-pending' | 'suspended';
  /** The worker that ran it died and has not been replaced. */
  readonly lost: boolean;
  /** Present when workers for it could not be started and none is tried again: why, in one or more lines. */
  readonly noWorker?: string;
}

/** A device of the pool. */
export interface DeviceView {
  readonly name: PoolDeviceName;
  /** Instance ID that owns it, or null: free. */
  readonly owner: number | null;
  /** Guest-physical address of its window in the owner's memory map, and its interrupt there; null: free. */
  readonly window: { readonly base: number; readonly interrupt: number } | null;
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
  /** Private memory that `update --memory` added, in whole 2 MiB blocks, by ascending base. */
  readonly addedMemory: readonly { readonly base: number; readonly size: number }[];
  readonly peers: readonly string[];
  readonly bootId: number;
  readonly kernel: string | null;
  readonly cmdline: string;
  /** File of its RAM disk; absent: none. */
  readonly initrd?: string;
  readonly entry: 's' | 'm';
  /** Guest-physical address of the management region's status block (protocol/channel.ts), or null. */
  readonly status: number | null;
  /** Slots of its ring to the controller that held no message, since its last exec; absent: none. */
  readonly malformed?: number;
  /** Name of the kernel that is ready to take over its service, and waits for --commit or --rollback; absent: none. */
  readonly heldFor?: string;
}

export interface ChannelView {
  readonly id: number;
  readonly a: number;
  readonly b: number;
  /** Guest-physical base of the shared region. */
  readonly base: number;
  readonly size: number;
}

/**
 * Steps of an update on a running instance; the index is the number in PHASE records. A hart that moves goes through
 * cpu-remove (the request is sent), migrating (the kernel has read it), stopping (nothing runs there any more), stopped
 * (confirmed), ownership, cpu-add, starting, online; it begins at ownership when it was free or its owner does not run,
 * and ends there with `free` when it goes to the pool, or to an instance that does not run. Memory goes through
 * mem-remove, ownership, free; or ownership, mem-add, online. A device goes the same way, with device-remove and
 * device-add. `failed`: the update was rolled back.
 *
 * A kernel that is replaced in place goes through preserve (it says what it leaves), freeze (it serves no more), stopped
 * (confirmed), scratch-boot (the next one starts), restore (it runs, and takes over), finish. One that is replaced by a
 * kernel beside it goes through overlap (both are told), migrate (the state is sent), ready (all of it is there, and kept
 * up to date), commit (the old one is sealed), finish; or ends with rolled-back, and serves on.
 */
export const UPDATE_PHASES = [
  'ownership',
  'cpu-add',
  'starting',
  'online',
  'failed',
  'cpu-remove',
  'migrating',
  'stopping',
  'stopped',
  'free',
  'mem-add',
  'mem-remove',
  'preserve',
  'freeze',
  'scratch-boot',
  'restore',
  'finish',
  'device-add',
  'device-remove',
  'overlap',
  'migrate',
  'ready',
  'commit',
  'rolled-back',
] as const;
export type UpdatePhase = (typeof UPDATE_PHASES)[number];

/** The latest step of an update, of one hart or of memory, shown on the tile. */
export interface PhaseView {
  /** −1: memory; −2: the kernel as a whole; −3: devices. */
  readonly hart: number;
  /** The kernel that is talked to, or was last. */
  readonly instance: number;
  readonly phase: UpdatePhase;
  /** Machine time at which the phase began, in ticks. */
  readonly began: number;
}

export interface MachineView {
  readonly config: MachineConfig;
  readonly run: 'running' | 'paused';
  readonly isolation: Isolation;
  readonly harts: readonly HartView[];
  readonly devices: readonly DeviceView[];
  readonly instances: readonly InstanceView[];
  readonly channels: readonly ChannelView[];
  readonly phases: readonly PhaseView[];
  /** Free memory of the pool in bytes. */
  readonly freeMemory: number;
}

/** Answer to one kerf line, exactly what a terminal would show. Exit codes as kerf: 0, 1 other, 2 usage, 3 file. */
export interface KerfReply {
  readonly line: string;
  /** Name of the kernel that gave the command (the host instance, protocol/mk.ts); not there: it came from outside. */
  readonly from?: string;
  readonly exitCode: 0 | 1 | 2 | 3;
  /** Lines for stdout, without the final newline; '' for nothing. */
  readonly output: string;
  /** Instance whose console was asked for: a page gives it the keyboard. */
  readonly console?: number;
  /** Present when refused: rule code, reason, hint. */
  readonly error?: { readonly code: string; readonly reason: string; readonly hint: string };
}
