/** What is said of a station: in words, in the words of the ring and in bits of registers. Nothing that is not known. */
import { MESSAGE, RING_SLOTS } from '../../protocol/channel.ts';
import type { MachineView } from '../../protocol/machine-view.ts';
import { messageName } from '../../protocol/message-names.ts';
import { STATIONS, type MessageStations, type Station } from '../../protocol/stations.ts';
import { instanceOf } from '../../store/core-moves.ts';
import { kernelOfStation, laneOfStation } from '../../store/stations-store.ts';
import { stationsText as words } from '../stations-text.ts';

export type Word = readonly [name: string, value: string];

const SIE = 1 << 1;
const MODES = ['U', 'S', '', 'M'];
/** Bytes that are shown. */
const SHOWN_BYTES = 64;
const PER_ROW = 16;

const hex = (value: bigint | number): string => `0x${value.toString(16)}`;

function kernelWord(view: MachineView, instance: number | null, station: boolean): string {
  if (instance === null) return station ? words.controller : words.unknown;
  return instanceOf(view, instance)?.name ?? `kernel ${instance}`;
}

/** Name of the message, and who sends it to whom. */
export function messageTitle(view: MachineView, { what, from, to, drain }: MessageStations): string {
  const receiver = kernelWord(view, to, drain !== null);
  return words.title(messageName(what), kernelWord(view, from, true), receiver);
}

/** Whether there is a record of the station, or of what makes it. */
export const happened = (message: MessageStations, station: Station): boolean =>
  laneOfStation(message, station) !== null;

/** The core or the controller at which it happens. */
export function whereOf(view: MachineView, message: MessageStations, station: Station): string {
  const lane = laneOfStation(message, station);
  if (lane === null) return words.nothing;
  if (lane >= view.config.harts) return words.controller;
  const kernel = kernelOfStation(message, station);
  return kernel === null ? words.core(lane) : `${words.core(lane)}, ${kernelWord(view, kernel, true)}`;
}

/** What happens, or why nothing is known of it. */
export function sentenceOf(view: MachineView, message: MessageStations, station: Station): string {
  const { doorbell, drain, lossy, rang } = message;
  if (happened(message, station)) {
    const who =
      station === 'pending' && rang !== null
        ? words.core(rang)
        : kernelWord(view, kernelOfStation(message, station), true);
    return words.what[station](who.charAt(0).toUpperCase() + who.slice(1));
  }
  const why = station === 'trap' && doorbell && !drain ? words.notYet : words.missing[station];
  return lossy ? `${why} ${words.lost}` : why;
}

/** When, and by which record that is known. */
export function recordOf(message: MessageStations, station: Station): { when: string; record: string } {
  const { publish, doorbell, trap, drain } = message;
  const after = (moment: { time: number; sequence: number } | null) =>
    moment === null
      ? { when: words.nothing, record: '' }
      : {
          when: words.after(Math.max(0, moment.time - publish.time)),
          record: words.recorded(moment.sequence),
        };
  switch (station) {
    case 'fill':
      return { when: words.unrecorded.fill, record: '' };
    case 'publish':
      return { when: words.start(publish.time), record: words.recorded(publish.sequence) };
    case 'doorbell':
      return after(doorbell);
    case 'pending':
      return doorbell
        ? { ...after(doorbell), record: words.unrecorded.pending(doorbell.sequence) }
        : after(null);
    case 'trap':
      return after(trap);
    case 'drain':
      return after(drain);
  }
}

/** Size of the message in its slot, as it was found, else as its header tells. */
function sizeOf({ copy }: MessageStations): number | null {
  if (!copy) return null;
  if (copy.dataSize !== 0n) return Number(copy.dataSize);
  const view = new DataView(copy.bytes.buffer, copy.bytes.byteOffset);
  return MESSAGE.PAYLOAD + view.getUint32(MESSAGE.PAYLOAD_LEN, true);
}

/** Words of the slot and of the ring at the station. */
export function ringWords(message: MessageStations, station: Station): Word[] {
  const { slot, copy } = message;
  const size = sizeOf(message);
  const names = words.words;
  const shown = size === null ? words.unknown : String(size);
  const sizeWord = station === 'fill' ? words.sizeZero : station === 'drain' ? words.sizeTaken : shown;
  const found: Word[] = [[names.size, happened(message, station) ? sizeWord : words.unknown]];
  found.push([names.number, String(slot)]);
  if (copy) found.push([names.sender, String(copy.senderCpu)], [names.type, hex(copy.type)]);
  if (station === 'drain' && happened(message, station)) found.push([names.tail, words.beyond(slot)]);
  else if (station !== 'drain') found.push([names.head, words.beyond(slot)], [names.tail, words.upTo(slot)]);
  return found;
}

export const slotPlace = ({ slot }: MessageStations): number => slot % RING_SLOTS;

/** The message's first bytes in rows, and how many more it has; null: they are not kept. */
export function bytesOf(message: MessageStations): { rows: readonly Word[]; more: number } | null {
  const size = sizeOf(message);
  if (!message.copy || size === null) return null;
  const shown = message.copy.bytes.subarray(0, Math.min(size, SHOWN_BYTES));
  const rows: Word[] = [];
  for (let at = 0; at < shown.length; at += PER_ROW) {
    const row = [...shown.subarray(at, at + PER_ROW)].map((byte) => byte.toString(16).padStart(2, '0'));
    rows.push([at.toString(16).padStart(2, '0'), row.join(' ')]);
  }
  return { rows, more: Math.max(0, size - SHOWN_BYTES) };
}

/** Registers that have a part in the station. */
export function registerBits(message: MessageStations, station: Station): Word[] {
  const { rang, wake, trap, doorbell } = message;
  const { bits } = words;
  if (station === 'doorbell' && rang !== null) return [[bits.target, String(rang)]];
  if (station === 'pending' && rang !== null && doorbell)
    return [
      [bits.ssip, trap ? words.stillSet : words.setByDoorbell],
      [bits.rest, wake ? words.goesOn(Math.max(0, wake.time - doorbell.time)) : words.ran],
    ];
  if (station === 'trap' && trap) {
    const sie = (trap.mstatus & SIE) !== 0 ? 1 : 0;
    return [
      [bits.scause, words.scauseSoft],
      [bits.sepc, hex(trap.pc)],
      [bits.ssip, words.stillSet],
      [bits.sie, trap.privilege === 0 ? words.sieFromU(sie) : words.sieTaken],
      [bits.mode, `${MODES[trap.privilege] ?? trap.privilege}-mode`],
    ];
  }
  return [];
}

/** All of a station in one sentence, for whoever hears the page. */
export function spokenStation(view: MachineView, message: MessageStations, station: Station): string {
  const { when } = recordOf(message, station);
  const index = STATIONS.indexOf(station) + 1;
  const where = whereOf(view, message, station);
  return words.say(index, words.name[station], where, sentenceOf(view, message, station), when);
}
