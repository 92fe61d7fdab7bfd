import { expect, it } from 'vitest';
import { kernelView, machineView } from '../../protocol/machine-view.testkit.ts';
import { MSG_SYSTEM, SYSTEM } from '../../protocol/channel.ts';
import { SBI_EXT_MK } from '../../protocol/mk.ts';
import { HART_REST, INSTANCE_DELETED, ringWord, TRACE_KIND, type TraceRecord } from '../../protocol/trace.ts';
import { eventSentence, eventTitle, eventWords, sbiName } from './event-words.ts';

const view = machineView({
  config: { harts: 2, memory: 0, isolation: 'enforced', mode: 'parallel', seed: 0 },
  instances: [kernelView(1, 'alpha'), kernelView(2, 'beta')],
});
const record = (fields: Partial<TraceRecord>): TraceRecord => ({
  sequence: 9n,
  hostTime: 0,
  time: 12_345_678,
  kind: TRACE_KIND.SBI,
  hart: 0,
  instance: 1,
  a: 0n,
  b: 0n,
  c: 0,
  ...fields,
});

it('spells SBI calls as the specification does', () => {
  expect(sbiName(0x48534dn, 0n)).toBe('HSM.hart_start');
  expect(sbiName(0x735049n, 0n)).toBe('sPI.send_ipi');
  expect(sbiName(0x54494d45n, 0n)).toBe('TIME.set_timer');
  expect(sbiName(0x4442434en, 2n)).toBe('DBCN.write_byte');
  expect(sbiName(1n, 0n)).toBe('legacy console_putchar');
  expect(sbiName(0x10n, 3n)).toBe('BASE.3');
  expect(sbiName(BigInt(SBI_EXT_MK), 4n)).toBe('MK.4');
});

it('takes an extension that a guest made up as a number', () => {
  expect(sbiName(0x3c3c_0701n, 5n)).toBe('0x3c3c0701.5');
  expect(sbiName(2n ** 64n - 1n, 2n ** 64n - 1n)).toBe('0xffffffffffffffff.18446744073709551615');
});

it('says what happened with the names of the machine', () => {
  const title = (fields: Partial<TraceRecord>): string => eventTitle(view, record(fields));
  expect(title({ kind: TRACE_KIND.DOORBELL, a: 1n, b: 2n })).toBe('doorbell to beta, core 1');
  expect(title({ kind: TRACE_KIND.HART_OWNER, a: 1n, b: 3n, c: 0 })).toBe('core 1 from pool to beta');
  expect(title({ kind: TRACE_KIND.HART_REST, a: BigInt(HART_REST.WFI) })).toBe(
    'rests: waits for an interrupt',
  );
  expect(title({ kind: TRACE_KIND.INSTANCE_STATE, a: INSTANCE_DELETED })).toBe('alpha is deleted');
  const beat = (BigInt(MSG_SYSTEM) << 32n) | BigInt(SYSTEM.HEARTBEAT);
  expect(title({ kind: TRACE_KIND.PUBLISH, a: beat })).toBe('publishes HEARTBEAT');
  expect(title({ kind: TRACE_KIND.DRAIN, b: 2n })).toBe('takes 2 messages');
  expect(title({ kind: TRACE_KIND.PHASE, a: 3n, b: 1n })).toBe('Core 1: online');
  expect(title({ kind: TRACE_KIND.PHASE_END, b: 2n ** 64n - 1n })).toBe('memory: done');
  expect(title({ kind: TRACE_KIND.TRAP, a: 2n })).toBe('trap: illegal instruction');
  expect(title({ kind: TRACE_KIND.MEMORY_OWNER, a: 512n, b: 2n, c: 0 })).toBe(
    '512 pages from the pool to alpha',
  );
});

it('has words for a record of every kind, of kernels that are no more too', () => {
  for (const kind of Object.values(TRACE_KIND)) {
    const odd = record({ kind, instance: 7, a: 2n ** 64n - 1n, b: 2n ** 64n - 1n, c: 0xffff_ffff });
    expect(eventTitle(view, odd)).not.toBe('');
    for (const [term, value] of eventWords(view, odd)) expect(term && value).toBeTruthy();
    expect(eventSentence(view, odd, 2)).toContain('Controller (kernel 7), at 1.2345678 s');
  }
});

it('names the words of a message', () => {
  const c = ringWord({ channel: 3, fromB: true, senderHart: 0, slot: 17 });
  expect(
    eventWords(view, record({ kind: TRACE_KIND.PUBLISH, a: BigInt(MSG_SYSTEM) << 32n, b: 5n, c })),
  ).toEqual([
    ['Class', 'SYSTEM'],
    ['Message ID', '5'],
    ['Channel', '3'],
    ['Slot', '17'],
  ]);
});
