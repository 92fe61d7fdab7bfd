/**
 * Who owns which hart and device, and how much memory each kernel was given, kept from the commands that were given and not from what the machine says of itself, so that the
 * machine can be held to it.
 */
import { STATUS } from '../protocol/channel.ts';
import { HEADER, OWNER_POOL } from '../protocol/layout.ts';
import type { InstanceView, MachineView } from '../protocol/machine-view.ts';
import type { LocalMachine } from '../session/make-machine.ts';
import { STRESS_DEVICES, type StressDevice } from './stress-kernels.ts';
import { statusWord } from './status-word.ts';

export class StressOwners {
  private readonly machine: LocalMachine;
  /** By hart; null: the pool. */
  private readonly owners: (string | null)[];
  private readonly devices = new Map<StressDevice, string | null>(STRESS_DEVICES.map((name) => [name, null]));
  /** Bytes added, by kernel. */
  private readonly memory = new Map<string, number>();

  constructor(machine: LocalMachine) {
    this.machine = machine;
    this.owners = Array.from({ length: machine.config.harts }, () => null);
  }

  /** To be called when the command that does it has been carried out. */
  set(hart: number, owner: string | null): void {
    this.owners[hart] = owner;
  }

  hartsOf(owner: string | null): number[] {
    return this.owners.flatMap((each, hart) => (each === owner ? [hart] : []));
  }

  setDevice(device: StressDevice, owner: string | null): void {
    this.devices.set(device, owner);
  }

  devicesOf(owner: string | null): StressDevice[] {
    return STRESS_DEVICES.filter((device) => this.devices.get(device) === owner);
  }

  addMemory(owner: string, bytes: number): void {
    this.memory.set(owner, this.addedTo(owner) + bytes);
  }

  addedTo(owner: string): number {
    return this.memory.get(owner) ?? 0;
  }

  /** What the owner table or a view of the machine has otherwise, or ''. */
  disagreement({ instances, devices }: MachineView): string {
    const table = new Uint8Array(this.machine.memory.buffer, HEADER.HART_OWNER, this.owners.length);
    const byName = new Map(instances.map((instance) => [instance.name, instance]));
    for (const [hart, owner] of this.owners.entries()) {
      const id = owner === null ? OWNER_POOL : (byName.get(owner)?.id ?? -2) + 1;
      if (table[hart] !== id)
        return `hart ${hart} was given to ${owner ?? 'the pool'}; the owner table says ${table[hart]}, not ${id}`;
    }
    for (const { name, harts } of instances)
      if (harts.join() !== this.hartsOf(name).join())
        return `${name} was given harts ${this.hartsOf(name).join()} and is shown with ${harts.join()}`;
    for (const { name, addedMemory } of instances) {
      const added = addedMemory.reduce((sum, { size }) => sum + size, 0);
      if (added !== this.addedTo(name))
        return `${name} was given ${this.addedTo(name)} bytes of memory and is shown with ${added}`;
    }
    for (const [device, owner] of this.devices) {
      const id = owner === null ? null : byName.get(owner)?.id;
      const shown = devices.find(({ name }) => name === device)?.owner;
      if (shown !== id) return `${device} was given to ${owner ?? 'the pool'} and is shown with ${shown}`;
    }
    return '';
  }

  /** Whether a kernel that runs calls just those harts online that it was given. */
  allOnline(instance: InstanceView): boolean {
    const mask = this.hartsOf(instance.name).reduce((bits, hart) => bits | (1 << hart), 0);
    return statusWord(this.machine, instance, STATUS.HARTS_ONLINE) === mask;
  }
}
