import { expect, it } from 'vitest';
import { MSG_SYSTEM, SYSTEM } from '../../protocol/channel.ts';
import { kernelView, machineView } from '../../protocol/machine-view.testkit.ts';
import type { StopReport } from '../../protocol/stop.ts';
import { TRACE_KIND } from '../../protocol/trace.ts';
import { runSentence, stopLine, stopSentence } from './stop-words.ts';

const view = machineView({
  config: { harts: 2, memory: 0, isolation: 'enforced', mode: 'parallel', seed: 0 },
  instances: [kernelView(1, 'alpha'), kernelView(2, 'beta')],
});
const record = { sequence: 9n, time: 12_345_678, kind: 0, hart: 0, instance: 1, a: 0n, b: 0n, c: 0 };
const stop = (fields: Partial<StopReport>): StopReport => ({
  at: 'message',
  why: 'happened',
  time: 12_345_678,
  record: null,
  hart: 0,
  pc: { address: '0x0000000080000000', symbol: 'ring_send+0xc6' },
  within: 0,
  ...fields,
});
const beat = (BigInt(MSG_SYSTEM) << 32n) | BigInt(SYSTEM.HEARTBEAT);

it('says who did what, when, where that core stands, and how far the others came', () => {
  const published = { ...record, kind: TRACE_KIND.PUBLISH, a: beat };
  expect(stopSentence(view, stop({ record: published }))).toBe(
    'Stopped: alpha’s core 0 publishes HEARTBEAT · t = 1.2345678 s · core 0 stands at ring_send+0xc6 · ' +
      'no other core executed anything since',
  );
  expect(stopSentence(view, stop({ record: published, within: 1234 }))).toContain(
    'other cores stopped within 1,234 instructions after',
  );
  expect(stopLine(view, stop({ record: published, within: 1234 }))).toBe(
    'Stopped: alpha’s core 0 publishes HEARTBEAT · t = 1.2345678 s · others within 1,234',
  );
});

it('tells doorbells from IPIs of a kernel to itself, and names the controller', () => {
  const doorbell = { ...record, kind: TRACE_KIND.DOORBELL, a: 1n, b: 2n };
  expect(stopLine(view, stop({ record: doorbell }))).toContain('alpha’s core 0: doorbell to beta, core 1');
  const own = { ...record, kind: TRACE_KIND.SBI, a: 0x735049n };
  expect(stopLine(view, stop({ record: own }))).toContain('alpha’s core 0 sends an IPI inside its kernel');
  const owner = { ...record, kind: TRACE_KIND.HART_OWNER, hart: 16, instance: 2, a: 1n, b: 3n, c: 2 };
  expect(stopSentence(view, stop({ record: owner, hart: null, pc: null }))).toBe(
    'Stopped: the controller: core 1 from alpha to beta · t = 1.2345678 s · no other core executed anything since',
  );
});

it('says what did not happen', () => {
  const nothing = { record: null, within: null };
  expect(stopLine(view, stop({ ...nothing, why: 'cancelled' }))).toBe(
    'Stopped by hand: no message came · t = 1.2345678 s · core 0 stands at ring_send+0xc6',
  );
  expect(stopLine(view, stop({ ...nothing, at: 'function', why: 'returned' }))).toBe(
    'Returned: core 0 stands at ring_send+0xc6 · t = 1.2345678 s',
  );
  expect(stopLine(view, stop({ ...nothing, why: 'stuck' }))).toBe(
    'Nothing to step: no core of these executes anything.',
  );
  expect(runSentence(view, { at: 'ipi', hart: 0, instance: 2 })).toBe('beta runs until the next IPI');
  expect(runSentence(view, { at: 'owner', hart: 0, instance: null })).toBe('Runs until an owner changes');
});
