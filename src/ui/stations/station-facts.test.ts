import { expect, it } from 'vitest';
import { kernelView, machineView } from '../../protocol/machine-view.testkit.ts';
import { STATIONS, type MessageStations } from '../../protocol/stations.ts';
import {
  bytesOf,
  happened,
  messageTitle,
  recordOf,
  registerBits,
  ringWords,
  sentenceOf,
  slotPlace,
  spokenStation,
  whereOf,
} from './station-facts.ts';
import { message } from './station-facts.testkit.ts';

const view = machineView({
  config: { harts: 2, memory: 0, isolation: 'enforced', mode: 'parallel', seed: 0 },
  instances: [kernelView(1, 'alpha'), kernelView(2, 'beta')],
});
const unanswered: MessageStations = { ...message, wake: null, trap: null, drain: null };

it('says where each station of a message is, and by which record', () => {
  expect(messageTitle(view, message)).toBe('PING: alpha to beta');
  expect(STATIONS.map((station) => whereOf(view, message, station))).toEqual([
    'core 0, alpha',
    'core 0, alpha',
    'core 0, alpha',
    'core 1, beta',
    'core 1, beta',
    'core 1, beta',
  ]);
  expect(STATIONS.map((station) => recordOf(message, station).record)).toEqual([
    '',
    'event 10',
    'event 11',
    'no record of its own: follows from event 11',
    'event 13',
    'event 15',
  ]);
  expect(recordOf(message, 'trap').when).toBe('4 µs after Publish');
  expect(spokenStation(view, message, 'trap')).toBe(
    'Station 5 of 6, Trap, core 1, beta. Beta takes the software interrupt. 4 µs after Publish.',
  );
});

it('has the words of the slot as each station leaves them', () => {
  const size = (station: (typeof STATIONS)[number]): string => ringWords(message, station)[0]?.[1] ?? '';
  expect(slotPlace(message)).toBe(5);
  expect([size('fill'), size('publish'), size('trap'), size('drain')]).toEqual([
    '0, not published',
    '36',
    '36',
    '0, free again',
  ]);
  expect(bytesOf(message)).toMatchObject({ more: 0 });
  expect(bytesOf(message)?.rows.map(([at]) => at)).toEqual(['00', '10', '20']);
  expect(bytesOf(message)?.rows[0]?.[1]).toBe('00 40 00 00 01 00 00 00 07 00 00 00 00 00 00 00');
  expect(bytesOf({ ...message, copy: null })).toBeNull();
  expect(ringWords({ ...message, copy: null }, 'publish')[0]?.[1]).toBe('not known');
});

it('has the bits that the doorbell sets and the trap finds', () => {
  expect(registerBits(message, 'publish')).toEqual([]);
  expect(registerBits(message, 'doorbell')).toEqual([['rung core', '1']]);
  expect(Object.fromEntries(registerBits(message, 'pending'))).toMatchObject({
    core: 'rested, goes on 2 µs after the doorbell',
  });
  expect(Object.fromEntries(registerBits(message, 'trap'))).toMatchObject({
    sepc: '0xffffffc000001234',
    'sstatus.SIE': '1 → 0',
    interrupted: 'S-mode',
  });
});

it('claims nothing of what is not known', () => {
  expect(STATIONS.map((station) => happened(unanswered, station))).toEqual([
    true,
    true,
    true,
    true,
    false,
    false,
  ]);
  expect(sentenceOf(view, unanswered, 'drain')).toContain('Not taken');
  expect(sentenceOf(view, unanswered, 'trap')).toContain('has not been taken');
  expect(registerBits(unanswered, 'trap')).toEqual([]);
  expect(sentenceOf(view, { ...unanswered, lossy: true }, 'drain')).toContain('were lost');
  const polled: MessageStations = { ...message, doorbell: null, rang: null, wake: null, trap: null };
  expect(sentenceOf(view, polled, 'trap')).toContain('polled');
  expect(whereOf(view, polled, 'pending')).toBe('no record');
});
