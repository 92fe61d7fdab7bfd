/** The timeline's part of the page's texts (text.ts). */
import { EXCEPTION_NAMES } from '../protocol/cause-names.ts';
import type { EventSort } from '../store/timeline-store.ts';
import type { EventCategory, FlowMoment } from '../protocol/timeline.ts';

const TICKS_PER_US = 10;

/** A length of machine time, in the unit that suits it. Ticks. */
function length(ticks: number): string {
  const us = Math.abs(ticks) / TICKS_PER_US;
  if (us < 1000) return `${us.toLocaleString('en', { maximumFractionDigits: 1 })} µs`;
  if (us < 1_000_000) return `${(us / 1000).toLocaleString('en', { maximumSignificantDigits: 4 })} ms`;
  return `${(us / 1_000_000).toLocaleString('en', { maximumSignificantDigits: 4 })} s`;
}

/** An instant of machine time, exact. Ticks. */
const instant = (ticks: number): string => `${(ticks / (TICKS_PER_US * 1_000_000)).toFixed(7)} s`;

const many = (count: number): string => count.toLocaleString('en');

export const timelineText = {
  title: 'Timeline',
  label: 'Timeline of the trace',
  divider: 'Height of the timeline',
  strip: 'Timeline: owners of each core over time',
  picture:
    'Timeline. W and S zoom, A and D pan, F shows the selected event, full stop and comma step through events, M pins, L follows the machine.',
  role: 'timeline',
  zoomIn: 'Zoom in (W)',
  zoomOut: 'Zoom out (S)',
  previous: 'Previous event (,)',
  next: 'Next event (.)',
  pin: 'Pin the selected event (M)',
  unpin: 'Take the pin away (M)',
  live: 'Live',
  list: 'List',
  listHint: 'What is shown, as a table',
  close: 'Close the timeline (T)',
  sort: 'Events to show and to step through',
  sorts: {
    all: 'All events',
    messages: 'Messages',
    doorbells: 'Doorbells',
    traps: 'Traps and faults',
    firmware: 'Firmware calls',
    moves: 'Moves of ownership',
    states: 'Changes of state',
    runs: 'Runs and rests',
  } satisfies Record<EventSort, string>,

  categories: {
    run: 'run or rest',
    sbi: 'firmware call',
    trap: 'trap',
    doorbell: 'doorbell',
    publish: 'published',
    drain: 'taken',
    fault: 'fault',
    move: 'move',
    state: 'state',
  } satisfies Record<EventCategory, string>,

  core: (core: number) => `Core ${core}`,
  controller: 'Controller',
  messages: 'Messages',
  pool: 'pool',

  length,
  instant,
  shows: (span: number) => `${length(span)} shown`,
  /** To 0.05 s, so that the words stand still. */
  behind: (ticks: number) => `live, ${(Math.round(ticks / 500_000) / 20).toFixed(2)} s behind`,
  paused: 'paused, exact',
  totals: (events: number, messages: number) =>
    `${many(events)} ${events === 1 ? 'event' : 'events'}, ${many(messages)} ${messages === 1 ? 'message' : 'messages'}`,
  countsOnly: 'too many to show singly: zoom in',
  countsKept: 'only counts are kept of so long ago',
  lost: (records: number) => `${many(records)} lost`,
  nothing: 'There is no such event that way.',

  event: {
    run: 'goes on',
    rest: (why: string) => `rests: ${why}`,
    rests: {
      STOPPED: 'stopped',
      WFI: 'waits for an interrupt',
      FENCE: 'waits for a fence',
      PAUSED: 'paused',
      LIMITED: 'rang too fast, waits',
      CONSOLE: 'waits for its console',
    } as Readonly<Record<string, string>>,
    hsm: (state: string) => `core state ${state}`,
    state: (name: string, state: string) => `${name} becomes ${state}`,
    deleted: (name: string) => `${name} is deleted`,
    sbi: (name: string) => `firmware call ${name}`,
    doorbell: (name: string, core: number) => `doorbell to ${name}, core ${core}`,
    fault: (address: string) => `gate refuses access to ${address}`,
    owner: (core: number, from: string, to: string) => `core ${core} from ${from} to ${to}`,
    device: (device: string, from: string, to: string) => `${device} from ${from} to ${to}`,
    memory: (pages: number, from: string, to: string) => `${many(pages)} pages from ${from} to ${to}`,
    ownerByte: (byte: number, name: string | null) =>
      byte === 0 ? 'the pool' : byte >= 128 ? `channel ${byte - 128}` : (name ?? `kernel ${byte - 1}`),
    controller: (message: string) => `controller message ${message}`,
    phase: (what: string, phase: string) => `${what}: ${phase}`,
    phaseEnd: (what: string) => `${what}: done`,
    phaseOf: ['memory', 'hand-over', 'devices'],
    coreLost: (core: number) => `worker of core ${core} died`,
    trap: (cause: string) => `trap: ${cause}`,
    softInterrupt: 'trap: software interrupt',
    publish: (message: string) => `publishes ${message}`,
    drain: (count: number) => `takes ${many(count)} ${count === 1 ? 'message' : 'messages'}`,
    skipped: (count: number) => `${many(count)} messages came and went unseen`,
    other: (name: string) => name,
    causes: EXCEPTION_NAMES,
    cause: (number: string) => `cause ${number}`,
  },
  words: {
    time: 'Machine time',
    core: 'Core',
    kernel: 'Kernel',
    number: 'Number',
    kind: 'Kind',
    channel: 'Channel',
    slot: 'Slot',
    id: 'Message ID',
    class: 'Class',
    error: 'SBI error',
    pc: 'pc',
    tval: 'tval',
    privilege: 'From',
    address: 'Address',
    owner: 'Owner of the page',
    access: 'Access',
    boot: 'Boot ID',
    modes: ['U-mode', 'S-mode', '', 'M-mode'],
  },
  flow: {
    title: 'The message on its way',
    steps: {
      publish: 'published',
      doorbell: 'doorbell',
      wake: 'core goes on',
      drain: 'taken',
    } satisfies Record<FlowMoment['step'], string>,
    step: (word: string, core: string, after: string) => `${word}, ${core}, ${after}`,
    first: 'start',
    after: (ticks: number) => `+ ${length(ticks)}`,
    walk: 'Walk its stations',
    notTaken: 'Not taken yet, as far as the trace tells.',
    fromTo: (from: string, to: string) => `${from} to ${to}`,
    unknown: 'not known',
  },
  details: 'Selected event',
  none: 'Select an event: click it, or step with full stop and comma.',
  between: (ticks: number) => `${length(ticks)} from the last pin`,
  selected: (what: string, where: string, when: string) => `${what}. ${where}, at ${when}.`,
  table: {
    caption: (rows: number, first: boolean) =>
      `${first ? 'The first ' : ''}${many(rows)} ${rows === 1 ? 'event' : 'events'} of what is shown`,
    refresh: 'Update list',
    time: 'Machine time',
    core: 'Core',
    kernel: 'Kernel',
    event: 'Event',
    empty: 'No event of that sort is shown, or none is kept singly.',
  },
} as const;
