/** For tests that inject faults: the words of the rings between kernels. */
import type { HostAddr } from '../base/brand.ts';
import { ChannelTable, otherEnd, ringFrom, type ChannelEnd } from '../multikernel/channels.ts';
import { RING, RING_SLOTS, SLOT_SIZE } from '../protocol/channel.ts';
import { CONTROLLER_END, RAM_BASE, RAM_HOST } from '../protocol/layout.ts';
import type { InstanceView, KerfReply } from '../protocol/machine-view.ts';
import type { Guests } from './guests.testkit.ts';

/** What the controller is called as the other end of a ring. */
export const HOST = 'host';

export class RingWords {
  /** Where the ring lies in the one memory, and for guests. */
  readonly host: HostAddr;
  readonly guest: number;
  readonly #view: DataView;

  constructor(memory: WebAssembly.Memory, host: HostAddr) {
    this.host = host;
    this.guest = host - RAM_HOST + RAM_BASE;
    this.#view = new DataView(memory.buffer);
  }

  get head(): number {
    return this.word(RING.HEAD);
  }

  get tail(): number {
    return this.word(RING.TAIL);
  }

  /** A word of the ring, at this offset of it. */
  word(offset: number): number {
    return Number(this.#view.getBigUint64(this.host + offset, true));
  }

  /** Writes a word as either end of the channel could. */
  write(offset: number, value: bigint): void {
    this.#view.setBigUint64(this.host + offset, BigInt.asUintN(64, value), true);
  }

  /** Offset of a slot of that number. */
  slot(index: number): number {
    return RING.SLOTS + (index % RING_SLOTS) * SLOT_SIZE;
  }
}

export async function instanceOf(guests: Guests, name: string): Promise<InstanceView> {
  const found = (await guests.machine.services.view()).instances.find((each) => each.name === name);
  if (!found) throw new Error(`no ${name}`);
  return found;
}

/** The ring in which `from` sends to `to`; one of them may be HOST. */
export async function ringBetween(guests: Guests, from: string, to: string): Promise<RingWords> {
  const { memory } = guests.machine;
  const end = async (name: string): Promise<ChannelEnd> =>
    name === HOST ? CONTROLLER_END : ((await instanceOf(guests, name)).id as ChannelEnd);
  const [sender, receiver] = [await end(from), await end(to)];
  const channel = new ChannelTable(memory.buffer)
    .list()
    .find((each) => [each.a, each.b].includes(sender) && otherEnd(each, sender) === receiver);
  if (!channel) throw new Error(`no channel between ${from} and ${to}`);
  return new RingWords(memory, ringFrom(channel, sender));
}

/** A kerf line that may be refused. */
export const tryKerf = (guests: Guests, line: string): Promise<KerfReply> =>
  guests.machine.services.kerf(line);
