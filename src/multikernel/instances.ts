/** The controller's model of the instances: what is not in the one memory. Harts and pages are in Ownership only. */
import { assert } from '../base/assert.ts';
import type { InstanceId, PhysAddr } from '../base/brand.ts';
import type { LoadPlan } from '../machine/loaders/load.ts';
import { MAX_INSTANCES } from '../protocol/layout.ts';
import type { InstanceState } from '../protocol/machine-view.ts';
import type { Entry } from './kerf-parser.ts';
import type { PageRun } from './ownership.ts';

/** A kernel image as `load` accepted it; exec places it anew each time. */
export interface LoadedKernel {
  readonly file: string;
  readonly cmdline: string;
  readonly entry: Entry;
  /** Where its bytes and those of the RAM disk go; refers to the files' content. */
  readonly plan: LoadPlan;
  /** The RAM disk's file and its guest-physical place, bytes; null: there is none. */
  readonly initrd: { readonly file: string; readonly base: number; readonly size: number } | null;
}

export interface Instance {
  readonly id: InstanceId;
  readonly name: string;
  /** Entry that `load` uses when it is not told. */
  readonly entry: Entry;
  /** Boot hart asked for with --boot-cpu; holds while the instance owns it, else the lowest owned boots. */
  readonly bootChoice: number | null;
  /** Private memory, bytes. */
  readonly memory: { readonly base: PhysAddr; readonly size: number };
  /** Private memory that update added, in the order in which it came. */
  added: readonly PageRun[];
  state: InstanceState;
  reason: string;
  kernel: LoadedKernel | null;
  /** The image that takes over from the running kernel at `exec --kho`; placed nowhere yet. */
  next: LoadedKernel | null;
  bootId: number;
  /** Machine time of its last start, ticks. */
  started: number;
  /** Messages sent to the kernel since its exec: the controller's private head of that ring. */
  sent: number;
  /** Slots taken from the kernel's ring to the controller since its exec: the private tail. */
  received: number;
  /** Slots among those that held no message. */
  malformed: number;
}

/** IDs 1 … 63; 0 is the host instance's. */
export class InstanceTable {
  readonly #instances = new Map<InstanceId, Instance>();

  list(): Instance[] {
    return [...this.#instances.values()].sort((one, other) => one.id - other.id);
  }

  byId(id: InstanceId): Instance | undefined {
    return this.#instances.get(id);
  }

  byName(name: string): Instance | undefined {
    return this.list().find((instance) => instance.name === name);
  }

  /** Lowest free ID, or null: the table is full. */
  freeId(): InstanceId | null {
    for (let id = 1; id < MAX_INSTANCES; id += 1) {
      if (!this.#instances.has(id as InstanceId)) return id as InstanceId;
    }
    return null;
  }

  add(facts: Pick<Instance, 'id' | 'name' | 'entry' | 'bootChoice' | 'memory'>): Instance {
    assert(!this.#instances.has(facts.id), `instance ${facts.id} exists`);
    const instance: Instance = {
      ...facts,
      added: [],
      state: 'empty',
      reason: '',
      kernel: null,
      next: null,
      bootId: 0,
      started: 0,
      sent: 0,
      received: 0,
      malformed: 0,
    };
    this.#instances.set(facts.id, instance);
    return instance;
  }

  /** A table with copies of the instances: changes of one are not seen in the other. */
  copy(): InstanceTable {
    const table = new InstanceTable();
    for (const [id, instance] of this.#instances) table.#instances.set(id, { ...instance });
    return table;
  }

  remove(id: InstanceId): void {
    this.#instances.delete(id);
  }
}
