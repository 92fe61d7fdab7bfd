/** The words of a kernel's status block (channel.ts) by the names that scenarios use. */
import { STATUS } from './channel.ts';

const STATUS_WORDS = {
  beats: STATUS.BEATS,
  late: STATUS.BEATS_LATE,
  missed: STATUS.BEATS_MISSED,
  work: STATUS.WORK,
  'metronome-count': STATUS.METRONOME_COUNT,
  'metronome-missed': STATUS.METRONOME_MISSED,
  'metronome-p50': STATUS.METRONOME_P50,
  'metronome-p99': STATUS.METRONOME_P99,
  'metronome-max': STATUS.METRONOME_MAX,
  'jitter-p50': STATUS.JITTER_P50,
  'jitter-p99': STATUS.JITTER_P99,
  'jitter-max': STATUS.JITTER_MAX,
  served: STATUS.SERVED,
  sent: STATUS.REQUESTS_SENT,
  answered: STATUS.REQUESTS_ANSWERED,
  dropped: STATUS.REQUESTS_DROPPED,
  'out-of-order': STATUS.REQUESTS_OUT_OF_ORDER,
  blackout: STATUS.REQUESTS_BLACKOUT,
  lost: STATUS.REQUESTS_LOST,
} as const;
export type StatusWord = keyof typeof STATUS_WORDS;
export const STATUS_WORD_NAMES = Object.keys(STATUS_WORDS) as [StatusWord, ...StatusWord[]];
/** Where a word of a kernel's status block lies, from its start; units are said there (protocol/channel.ts). */
export const statusWordOffset = (word: StatusWord): number => STATUS_WORDS[word];
const UNITS: Readonly<Partial<Record<StatusWord, string>>> = {
  'metronome-p50': 'ns',
  'metronome-p99': 'ns',
  'metronome-max': 'ns',
  'jitter-p50': 'ns',
  'jitter-p99': 'ns',
  'jitter-max': 'ns',
  blackout: 'ns',
};
/** In what such a word counts: a time, or itself. */
export const statusWordUnit = (word: StatusWord): string => UNITS[word] ?? word;
