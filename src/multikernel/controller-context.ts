/** What all parts of the controller share: the memory, the tables, the model, the trace, and the waits. */
import type { InstanceId } from '../base/brand.ts';
import {
  CONTROLLER_END,
  HART,
  hartBlock,
  INSTANCE,
  instanceBlock,
  PHASE_LOST,
  TRACE_CONTROLLER,
} from '../protocol/layout.ts';
import { INSTANCE_STATES, type InstanceState, type PhaseView } from '../protocol/machine-view.ts';
import { TRACE_KIND, type TraceKind } from '../protocol/trace.ts';
import { hartOwnerChanged } from '../machine/devices/plic.ts';
import { Gate } from '../machine/gate.ts';
import { RingWatch } from '../machine/ring-watch.ts';
import { createTraceWriter } from '../machine/trace-writer.ts';
import { ChannelRegion, type Message } from './channel-region.ts';
import { ChannelTable, type Channel } from './channels.ts';
import type { ControllerEnvironment } from './controller-environment.ts';
import { DeviceTable, type PoolDevice } from './device-table.ts';
import { HeldHandOvers } from './held-handovers.ts';
import { InstanceTable, type Instance } from './instances.ts';
import type { Remains } from './last-words.ts';
import { Ownership, ownerInstance } from './ownership.ts';
import { TransactionList } from './transactions.ts';
import type { MachineState } from './validation.ts';

export class ControllerContext implements MachineState {
  readonly memory: WebAssembly.Memory;
  readonly env: ControllerEnvironment;
  readonly words: Int32Array;
  readonly ownership: Ownership;
  readonly instances = new InstanceTable();
  readonly channels: ChannelTable;
  readonly devices: DeviceTable;
  /** The overlays applied so far. */
  readonly transactions = new TransactionList();
  readonly region: ChannelRegion;
  /** Harts whose worker is being replaced. */
  readonly replacing = new Map<number, Promise<void>>();
  /** Harts that are LOST for good: no worker could be started for them. */
  readonly workerless = new Set<number>();
  /** Who hears the messages of a kernel while an operation waits for its answer. */
  readonly hearers = new Map<InstanceId, (message: Message) => void>();
  /** A kernel has given up a channel whose region is not freed yet. */
  channelLeft = false;
  /** Channels whose one end is deleted, and whose other end could not be told so yet. */
  readonly untoldLeaves = new Set<number>();
  readonly heldHandOvers = new HeldHandOvers();
  /** Steps of updates on running instances since the last command. */
  phases: readonly PhaseView[] = [];
  /** What the last kernel of each instance left when it ended. */
  readonly remains = new WeakMap<Instance, Remains>();
  readonly gate: Gate;
  readonly rings: RingWatch;
  readonly trace: (kind: TraceKind, instance: number | null, a: bigint, b: bigint, c: number) => void;
  /** Tells everybody who listens that the structure changed. */
  readonly changed: () => void;

  constructor(memory: WebAssembly.Memory, env: ControllerEnvironment, changed: () => void) {
    this.memory = memory;
    this.env = env;
    this.changed = changed;
    this.words = new Int32Array(memory.buffer);
    this.channels = new ChannelTable(memory.buffer);
    this.devices = new DeviceTable(memory.buffer);
    this.region = new ChannelRegion(memory.buffer);
    this.trace = createTraceWriter(memory, TRACE_CONTROLLER, () => env.time());
    this.gate = new Gate(memory);
    this.rings = new RingWatch(memory, this.trace);
    this.ownership = new Ownership(memory.buffer, ({ page, pages }, owner, before) => {
      const [to, from] = [ownerInstance(owner), ownerInstance(before)];
      const run = (BigInt(page) << 32n) | BigInt(pages);
      this.trace(TRACE_KIND.MEMORY_OWNER, to ?? from, run, BigInt(owner), before);
    });
  }

  /** A control word of a hart, as u32. */
  hartWord(hart: number, offset: number): number {
    return Atomics.load(this.words, (hartBlock(hart) + offset) >> 2) >>> 0;
  }

  instanceWord(instance: InstanceId, offset: number): number {
    return Atomics.load(this.words, (instanceBlock(instance) + offset) >> 2) >>> 0;
  }

  setInstanceWord(instance: InstanceId, offset: number, value: number): void {
    Atomics.store(this.words, (instanceBlock(instance) + offset) >> 2, value);
  }

  lost(hart: number): boolean {
    return this.hartWord(hart, HART.PHASE) === PHASE_LOST || this.replacing.has(hart);
  }

  noWorker(hart: number): string | null {
    if (!this.workerless.has(hart)) return null;
    const reason = this.env.lossReason(hart);
    return reason === '' ? 'its worker could not be started' : reason;
  }

  interruptHart(instance: Instance): number {
    return this.instanceWord(instance.id, INSTANCE.INTERRUPT_HART);
  }

  hartsOf(instance: Instance): number[] {
    return this.ownership.hartsOf(instance.id);
  }

  /** Why the kernel ended itself (EXIT_*), 0: it did not. */
  exitOf(instance: Instance): number {
    return this.instanceWord(instance.id, INSTANCE.EXIT);
  }

  management(instance: Instance): Channel | undefined {
    return this.channels.between(CONTROLLER_END, instance.id);
  }

  setState(instance: Instance, state: InstanceState, reason: string): void {
    instance.state = state;
    instance.reason = reason;
    const index = BigInt(INSTANCE_STATES.indexOf(state));
    this.trace(TRACE_KIND.INSTANCE_STATE, instance.id, index, BigInt(instance.bootId), 0);
    this.changed();
  }

  /**
   * Changes the owner of a hart, which has its external interrupts from now on, and says so in the trace. Whoever takes
   * it from a kernel that runs must fence all harts of that kernel before the hart is given away.
   */
  setHartOwner(hart: number, owner: InstanceId | null): void {
    const before = this.ownership.hartOwner(hart);
    this.ownership.setHartOwner(hart, owner);
    hartOwnerChanged(this.words, hart, owner);
    const number = (id: InstanceId | null): number => (id === null ? 0 : id + 1);
    this.trace(TRACE_KIND.HART_OWNER, owner ?? before, BigInt(hart), BigInt(number(owner)), number(before));
  }

  /** Changes the owner of a device, and says so in the trace. Taking one from a kernel is move-device.ts's. */
  setDeviceOwner(device: PoolDevice, owner: InstanceId | null): void {
    const before = this.devices.owner(device);
    this.devices.setOwner(device, owner);
    const number = (id: InstanceId | null): number => (id === null ? 0 : id + 1);
    const words = [BigInt(device.index), BigInt(number(owner))] as const;
    this.trace(TRACE_KIND.DEVICE_OWNER, owner ?? before, ...words, number(before));
  }
}
