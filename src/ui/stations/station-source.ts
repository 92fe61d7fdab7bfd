/**
 * The lines of our guests that do what a station stands for. They are found by their text in the sources that the images
 * are built from (scripts/build-guests.mjs --check holds the two together); a test holds that each is there once.
 */
import ring from '../../../guests/lib/ring.c?raw';
import sbi from '../../../guests/lib/sbi.c?raw';
import trap from '../../../guests/lib/trap.c?raw';
import type { MessageStations, Station } from '../../protocol/stations.ts';
import type { MachineView } from '../../protocol/machine-view.ts';
import { instanceOf } from '../../store/core-moves.ts';
import { kernelOfStation } from '../../store/stations-store.ts';

const SOURCES = { 'guests/lib/ring.c': ring, 'guests/lib/sbi.c': sbi, 'guests/lib/trap.c': trap } as const;

interface Place {
  readonly file: keyof typeof SOURCES;
  /** Part of the line, which no other line of the file has. */
  readonly has: string;
}

export const PLACES: Readonly<Record<Exclude<Station, 'pending'>, Place>> = {
  fill: { file: 'guests/lib/ring.c', has: 'memcpy(slot->buffer + MESSAGE_PAYLOAD, message->payload' },
  publish: { file: 'guests/lib/ring.c', has: 'store(&slot->data_size, MESSAGE_PAYLOAD' },
  doorbell: { file: 'guests/lib/sbi.c', has: 'int64_t sbi_send_ipi(' },
  trap: { file: 'guests/lib/trap.c', has: 'csr_clear(sip, 1ul << IRQ_SOFT)' },
  drain: { file: 'guests/lib/ring.c', has: 'store(&ring->tail, reader->tail);' },
};

/** Kernels that are built from guests/lib. */
const OURS = /(^|\/)(islet|metronome|stress)\.(img|elf)$/;
/** Lines shown before and after. */
const AROUND = 2;

interface SourceLine {
  readonly number: number;
  readonly text: string;
  readonly here: boolean;
}

export type StationSource =
  | {
      readonly kind: 'lines';
      readonly file: string;
      readonly line: number;
      readonly lines: readonly SourceLine[];
    }
  | { readonly kind: 'firmware' | 'controller' }
  | { readonly kind: 'foreign'; readonly kernel: string };

/** All lines of a place's file that have its text, from 1. */
export const linesOf = ({ file, has }: Place): number[] =>
  SOURCES[file].split('\n').flatMap((text, index) => (text.includes(has) ? [index + 1] : []));

export function sourceAt(view: MachineView, message: MessageStations, station: Station): StationSource {
  if (station === 'pending') return { kind: 'firmware' };
  const kernel = kernelOfStation(message, station);
  if (kernel === null) return { kind: 'controller' };
  const instance = instanceOf(view, kernel);
  if (!instance?.kernel || !OURS.test(instance.kernel))
    return { kind: 'foreign', kernel: instance?.name ?? `kernel ${kernel}` };
  const place = PLACES[station];
  const line = linesOf(place)[0] ?? 1;
  const lines = SOURCES[place.file]
    .split('\n')
    .slice(Math.max(0, line - 1 - AROUND), line + AROUND)
    .map((text, index) => {
      const number = Math.max(1, line - AROUND) + index;
      return { number, text, here: number === line };
    });
  return { kind: 'lines', file: place.file, line, lines };
}
