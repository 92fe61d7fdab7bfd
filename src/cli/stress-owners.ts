/**
 * Who owns which hart, kept from the commands that were given and not from what the machine says of itself, so that the
 * machine can be held to it.
 */
import { STATUS } from '../protocol/channel.ts';
import { HEADER, OWNER_POOL } from '../protocol/layout.ts';
import type { InstanceView } from '../protocol/machine-view.ts';
import type { LocalMachine } from '../session/make-machine.ts';
import { statusWord } from './status-word.ts';

export class StressOwners {
  private readonly machine: LocalMachine;
  /** By hart; null: the pool. */
  private readonly owners: (string | null)[];

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

  /** What the owner table or a view of the machine has otherwise, or ''. */
  disagreement(instances: readonly InstanceView[]): string {
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
    return '';
  }

  /** Whether a kernel that runs calls just those harts online that it was given. */
  allOnline(instance: InstanceView): boolean {
    const mask = this.hartsOf(instance.name).reduce((bits, hart) => bits | (1 << hart), 0);
    return statusWord(this.machine, instance, STATUS.HARTS_ONLINE) === mask;
  }
}
