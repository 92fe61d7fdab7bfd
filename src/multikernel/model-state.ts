/**
 * A copy of the partition in which commands are tried before any is carried out: the owner tables, the channel table and
 * the instances, with the same rules over them. Nothing of it reaches the machine.
 */
import { channelEntry, MAX_CHANNELS, OWNER_POOL, PAGE_OWNER } from '../protocol/layout.ts';
import { ChannelTable } from './channels.ts';
import type { ControllerContext } from './controller-context.ts';
import { runsOf } from './instance-memory.ts';
import { DeviceTable } from './device-table.ts';
import type { Instance, InstanceTable } from './instances.ts';
import { channelOwner, instanceOwner, Ownership } from './ownership.ts';
import type { CreatePlan } from './plan-create.ts';
import type { UpdatePlan } from './plan-update.ts';
import { withoutRun } from './pool.ts';
import type { MachineState } from './validation.ts';

export class ModelState implements MachineState {
  readonly ownership: Ownership;
  readonly instances: InstanceTable;
  readonly channels: ChannelTable;
  readonly devices: DeviceTable;
  readonly #context: ControllerContext;

  constructor(context: ControllerContext) {
    const channels = channelEntry(0);
    const bytes = new Uint8Array(channelEntry(MAX_CHANNELS));
    const machine = new Uint8Array(context.memory.buffer);
    bytes.set(machine.subarray(0, PAGE_OWNER + context.ownership.ramPages));
    bytes.set(machine.subarray(channels, bytes.length), channels);
    this.ownership = new Ownership(bytes.buffer);
    this.channels = new ChannelTable(bytes.buffer);
    this.instances = context.instances.copy();
    this.devices = new DeviceTable(bytes.buffer);
    this.#context = context;
  }

  lost(hart: number): boolean {
    return this.#context.lost(hart);
  }

  noWorker(hart: number): string | null {
    return this.#context.noWorker(hart);
  }

  interruptHart(instance: Instance): number {
    return this.#context.interruptHart(instance);
  }

  create(plan: CreatePlan): void {
    const instance = this.instances.add(plan);
    instance.state = 'ready';
    this.ownership.setPages(plan.run, instanceOwner(plan.id));
    for (const { a, b, run } of plan.channels) {
      this.ownership.setPages(run, channelOwner(this.channels.add(a, b, run).id));
    }
    for (const hart of plan.harts) this.ownership.setHartOwner(hart, plan.id);
    for (const device of plan.devices) this.devices.setOwner(device, plan.id);
  }

  /** `plan` may have been made in another state: the instance is found by its name. */
  update(plan: UpdatePlan): void {
    const instance = this.instances.byName(plan.instance.name);
    if (!instance) return;
    for (const hart of plan.remove) this.ownership.setHartOwner(hart, null);
    for (const hart of plan.add) this.ownership.setHartOwner(hart, instance.id);
    const { memory, devices } = plan;
    for (const device of [...devices.remove, ...devices.add]) this.devices.setOwner(device, null);
    for (const device of devices.add) this.devices.setOwner(device, instance.id);
    if (!memory) return;
    const adds = memory.kind === 'add';
    this.ownership.setPages(memory.run, adds ? instanceOwner(instance.id) : OWNER_POOL);
    instance.added = adds
      ? [...instance.added, memory.run]
      : instance.added.flatMap((run) => withoutRun([run], memory.run));
  }

  delete(instance: Instance): void {
    for (const hart of this.ownership.hartsOf(instance.id)) this.ownership.setHartOwner(hart, null);
    for (const device of this.devices.of(instance.id)) this.devices.setOwner(device, null);
    for (const run of runsOf(instance)) this.ownership.setPages(run, OWNER_POOL);
    for (const channel of this.channels.of(instance.id)) {
      // What a running peer keeps mapped is freed later; the model leaves it taken, which refuses rather than promises.
      const other = [channel.a, channel.b].find((end) => end !== instance.id);
      const running = this.instances.list().some((each) => each.id === other && each.state === 'active');
      this.channels.leave(channel, instance.id);
      if (running) continue;
      this.channels.remove(channel.id);
      this.ownership.setPages(channel, OWNER_POOL);
    }
    this.instances.remove(instance.id);
  }
}
