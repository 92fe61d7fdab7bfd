import { beforeEach, describe, expect, it } from 'vitest';
import { Hart } from '../../hart/hart.ts';
import { SLOT } from '../../hart/hart-state.ts';
import { ACCESS } from '../../hart/interpreter-abi.ts';
import {
  CHANNEL,
  channelEntry,
  CONSOLE_OUT_SIZE,
  EXIT_NONE,
  EXIT_PANIC,
  EXIT_REBOOT,
  EXIT_SHUTDOWN,
  FENCE_CODE,
  FENCE_TLB,
  HART,
  hartBlock,
  HEADER,
  HSM_START_PENDING,
  HSM_STARTED,
  HSM_STOPPED,
  HSM_SUSPENDED,
  INSTANCE,
  MAX_HARTS,
  PHASE_RUNNING,
  RAM_BASE,
  RAM_HOST,
  REASON_START,
  REASON_STOP,
} from '../../protocol/layout.ts';
import { MK_NOTIFY, SBI_EXT_MK } from '../../protocol/mk.ts';
import { TRACE_KIND, type TraceRecord } from '../../protocol/trace.ts';
import { drainConsoleOutput, pushConsoleInput } from '../console-ring.ts';
import { endInstance } from '../exit.ts';
import { fenceDone } from '../fence.ts';
import { createHartEnvironment } from '../hart-environment.ts';
import { createInterpreter } from '../hart-loop.ts';
import { TestMachine } from '../machine.testkit.ts';
import { readU64 } from '../memory.ts';
import { createTraceReader, type TraceReader } from '../trace-reader.ts';
import { createMachineContext } from './context.ts';
import { takeDoorbell } from './doorbell-limit.ts';
import { handleEcall, type FirmwareOutcome } from './firmware.ts';
import { EXTENSION, SBI_ERROR } from './sbi.ts';

const ALPHA = 1;
const BETA = 2;
const GAMMA = 3;
const SSIP = 1 << 1;
const STIP = 1 << 5;
const ALL = 0xffff_ffff_ffff_ffffn;
const page = (number: number): number => RAM_BASE + number * 4096;
const signed = (value: bigint): number => Number(BigInt.asIntN(64, value));

/**
 * Alpha has harts 0 and 1 and pages 0 … 15, beta harts 2 and 3 and pages 16 … 31, gamma hart 4; hart 5 is free. Alpha and
 * beta share channel 7. Hart 0 is the caller; it and harts 1 and 2 are started.
 */
let machine: TestMachine;
let core: Hart;
let traces: TraceReader;
let now: number;
let context: ReturnType<typeof createMachineContext>;

beforeEach(() => {
  machine = new TestMachine([ALPHA, ALPHA, BETA, BETA, GAMMA, null]);
  machine.givePages(ALPHA, 0, 16);
  machine.givePages(BETA, 16, 16);
  machine.connect(7, BETA, ALPHA, 40, 2);
  machine.setInterruptHart(ALPHA, 0);
  machine.setInterruptHart(BETA, 2);
  machine.setInterruptHart(GAMMA, 4);
  now = 1000;
  const time = (): number => now;
  core = new Hart(
    machine.memory,
    createInterpreter(machine.memory),
    0,
    createHartEnvironment(machine.memory, 0, time),
  );
  core.start(BigInt(page(1)), 0n, 1);
  for (const hart of [0, 1, 2]) {
    setHart(hart, HART.HSM, HSM_STARTED);
    setHart(hart, HART.PHASE, PHASE_RUNNING);
  }
  context = createMachineContext(machine.memory, 0, time);
  traces = createTraceReader(machine.memory);
});

const hart = (id: number, offset: number): number => machine.word(hartBlock(id) + offset);
const setHart = (id: number, offset: number, value: number): void =>
  void Atomics.store(machine.words, (hartBlock(id) + offset) >> 2, value);
const traced = (kind: number): TraceRecord[] =>
  traces.drain().records.filter((record) => record.kind === kind);
const everyReason = (): number[] => [0, 1, 2, 3, 4, 5].map((id) => hart(id, HART.REASONS));

function ecall(extension: number, fid: number, ...args: (bigint | number)[]): FirmwareOutcome {
  for (let index = 0; index < 6; index++) core.setX(10 + index, BigInt(args[index] ?? 0));
  core.setX(16, BigInt(fid));
  core.setX(17, BigInt.asUintN(64, BigInt(extension)));
  return handleEcall(core, context);
}

/** An ordinary call: [error, value]. */
function call(extension: number, fid: number, ...args: (bigint | number)[]): [number, bigint] {
  expect(ecall(extension, fid, ...args)).toEqual({ kind: 'done' });
  return [signed(core.x(10)), core.x(11)];
}

describe('every call', () => {
  it('goes on behind the ECALL, is counted and traced', () => {
    const before = core.pc();
    call(EXTENSION.TIME, 0, 5000);
    call(EXTENSION.IPI, 0, 0b100_0000, 0);
    expect(core.pc()).toBe(before + 8n);
    expect(machine.instanceWord(ALPHA, INSTANCE.FIRMWARE_ENTRIES)).toBe(2);
    expect(machine.instanceWord(BETA, INSTANCE.FIRMWARE_ENTRIES)).toBe(0);
    expect(traced(TRACE_KIND.SBI)).toMatchObject([
      { hart: 0, instance: ALPHA, a: BigInt(EXTENSION.TIME), b: 0n, c: 0 },
      { hart: 0, instance: ALPHA, a: BigInt(EXTENSION.IPI), b: 0n, c: SBI_ERROR.INVALID_PARAM >>> 0 },
    ]);
  });

  it('leaves all registers but a0 and a1 as they were', () => {
    for (let index = 1; index < 32; index++) core.setX(index, BigInt(index) * 3n);
    core.setX(17, BigInt(EXTENSION.BASE));
    core.setX(16, 0n);
    handleEcall(core, context);
    for (let index = 1; index < 32; index++) {
      const expected = { 10: 0n, 11: 0x200_0000n, 16: 0n, 17: BigInt(EXTENSION.BASE) }[index];
      expect(core.x(index)).toBe(expected ?? BigInt(index) * 3n);
    }
  });

  it.each([
    ['an unknown extension', 0x1234_5678, 0],
    ['an unknown function of BASE', EXTENSION.BASE, 7],
    ['a hypervisor fence', EXTENSION.RFENCE, 3],
    ['an unknown MK function', SBI_EXT_MK, 0xff],
    ['an unknown HSM function', EXTENSION.HSM, 4],
  ])('is NOT_SUPPORTED for %s', (_, extension, fid) => {
    expect(call(extension, fid)).toEqual([SBI_ERROR.NOT_SUPPORTED, 0n]);
  });
});

describe('BASE', () => {
  it('says version 2.0 and which extensions there are', () => {
    expect(call(EXTENSION.BASE, 0)).toEqual([0, 0x0200_0000n]);
    for (const extension of [...Object.values(EXTENSION), SBI_EXT_MK, 0, 1, 2, 3, 4, 5, 6, 7, 8]) {
      expect(call(EXTENSION.BASE, 3, extension)).toEqual([0, 1n]);
    }
    expect(call(EXTENSION.BASE, 3, 9)).toEqual([0, 0n]);
    expect(call(EXTENSION.BASE, 3, 0x504d55)).toEqual([0, 0n]);
    for (const fid of [4, 5, 6]) expect(call(EXTENSION.BASE, fid)).toEqual([0, 0n]);
  });
});

describe('TIME', () => {
  it('programs the timer and clears what was pending', () => {
    call(EXTENSION.TIME, 0, 500);
    core.updateTimer();
    expect(hart(0, HART.MIP) & STIP).toBe(STIP);
    call(EXTENSION.TIME, 0, 5000);
    expect(hart(0, HART.MIP) & STIP).toBe(0);
    expect(core.deadline()).toBeGreaterThanOrEqual(5000);
  });
});

describe('IPI', () => {
  const ipi = (mask: bigint | number, base: bigint | number = 0): number =>
    call(EXTENSION.IPI, 0, mask, base)[0];

  it('raises SSIP on the harts that mask and base name', () => {
    expect(ipi(0b10)).toBe(0);
    expect([0, 1, 2].map((id) => hart(id, HART.MIP))).toEqual([0, SSIP, 0]);
    expect(ipi(0b1, 1)).toBe(0);
    expect(hart(1, HART.WAKE)).toBe(2);
  });

  it('means every hart of the caller’s kernel, and nobody else, by base −1', () => {
    expect(ipi(0, ALL)).toBe(0);
    expect([0, 1, 2, 3, 4, 5].map((id) => hart(id, HART.MIP))).toEqual([SSIP, SSIP, 0, 0, 0, 0]);
  });

  it.each<[string, bigint | number, bigint | number, number]>([
    ['a hart of a kernel without a channel', 1 << 4, 0, SBI_ERROR.DENIED],
    ['a hart of a peer that is not its interrupt hart', 1 << 3, 0, SBI_ERROR.DENIED],
    ['a free hart', 1 << 5, 0, SBI_ERROR.DENIED],
    ['a hart that does not exist', 1 << 6, 0, SBI_ERROR.INVALID_PARAM],
    ['one hart of its own and one of others', 0b1_0010, 0, SBI_ERROR.DENIED],
    ['the last bit', 1n << 63n, 0, SBI_ERROR.INVALID_PARAM],
    ['a huge base', 1, ALL - 1n, SBI_ERROR.INVALID_PARAM],
  ])('refuses %s and raises nothing', (_, mask, base, error) => {
    expect(ipi(mask, base)).toBe(error);
    expect(everyReason()).toEqual([0, 0, 0, 0, 0, 0]);
    expect(machine.word(HEADER.DOORBELLS + 4 * 4)).toBe(0);
    expect(traced(TRACE_KIND.SBI)).toMatchObject([{ c: error >>> 0 }]);
  });

  it('is a doorbell at the interrupt hart of a peer: counted for the harts and the channel, traced', () => {
    expect(ipi(0b110)).toBe(0);
    expect([1, 2].map((id) => hart(id, HART.MIP))).toEqual([SSIP, SSIP]);
    expect(machine.word(HEADER.DOORBELLS + (0 * MAX_HARTS + 2) * 4)).toBe(1);
    expect(machine.word(HEADER.DOORBELLS + (0 * MAX_HARTS + 1) * 4)).toBe(0);
    // Beta is end A of the channel.
    expect(machine.word(channelEntry(7) + CHANNEL.DOORBELLS_AB)).toBe(0);
    expect(machine.word(channelEntry(7) + CHANNEL.DOORBELLS_BA)).toBe(1);
    expect(traced(TRACE_KIND.DOORBELL)).toMatchObject([{ instance: ALPHA, a: 2n, b: BigInt(BETA), c: 7 }]);
  });

  it('goes through the channel that allowed it, though the hart has another owner a moment later', () => {
    let looks = 0;
    // The look that finds it foreign, the one that finds its channel; from then on it is nobody's.
    const moving = { ...context, ownerOf: (id: number) => (++looks <= 2 ? context.ownerOf(id) : null) };
    for (const [register, value] of [0b100n, 0n].entries()) core.setX(10 + register, value);
    core.setX(16, 0n);
    core.setX(17, BigInt(EXTENSION.IPI));
    expect(handleEcall(core, moving)).toEqual({ kind: 'done' });
    expect(core.x(10)).toBe(0n);
    expect(machine.word(channelEntry(7) + CHANNEL.DOORBELLS_BA)).toBe(1);
    expect(traced(TRACE_KIND.DOORBELL)).toMatchObject([{ a: 2n, b: BigInt(BETA), c: 7 }]);
    expect(() => takeDoorbell(context, -1, true)).toThrow('channel -1');
  });

  it('is no doorbell any more when the channel is gone or the peer does not run', () => {
    machine.setInterruptHart(BETA, 0xffff_ffff);
    expect(ipi(0b100)).toBe(SBI_ERROR.DENIED);
    machine.setInterruptHart(BETA, 2);
    machine.words[(channelEntry(7) + CHANNEL.IN_USE) >> 2] = 0;
    expect(ipi(0b100)).toBe(SBI_ERROR.DENIED);
  });
});

describe('RFENCE', () => {
  function fence(fid: number, mask: bigint | number, base: bigint | number = 0): FirmwareOutcome {
    return ecall(EXTENSION.RFENCE, fid, mask, base);
  }

  it.each([
    [0, FENCE_CODE],
    [1, FENCE_TLB],
    [2, FENCE_TLB],
  ])('function %i asks the other hart, and waits for it', (fid, kinds) => {
    const outcome = fence(fid, 0b11);
    if (outcome.kind !== 'fence') throw new Error(outcome.kind);
    expect(hart(1, HART.FENCE_KINDS)).toBe(kinds);
    expect(hart(0, HART.FENCE_REQUEST)).toBe(0);
    expect(fenceDone(machine.words, outcome.pending)).toBe(false);
    setHart(1, HART.FENCE_ACK, hart(1, HART.FENCE_REQUEST));
    expect(fenceDone(machine.words, outcome.pending)).toBe(true);
  });

  it('on itself alone waits for nobody', () => {
    const outcome = fence(1, 0b1);
    expect(outcome).toEqual({ kind: 'fence', pending: { targets: [] } });
  });

  it('reaches a hart that is suspended, which keeps its translations, and not one that is stopped', () => {
    setHart(1, HART.HSM, HSM_SUSPENDED);
    fence(1, 0, ALL);
    expect(hart(1, HART.FENCE_REQUEST)).toBe(1);
    setHart(1, HART.HSM, HSM_STOPPED);
    fence(1, 0, ALL);
    expect(hart(1, HART.FENCE_REQUEST)).toBe(1);
  });

  it.each([0, 1, 2])('function %i refuses harts of others, peers too', (fid) => {
    for (const other of [2, 3, 4, 5]) {
      expect(call(EXTENSION.RFENCE, fid, (1 << other) | 0b10, 0)).toEqual([SBI_ERROR.DENIED, 0n]);
    }
    expect(call(EXTENSION.RFENCE, fid, 1, 6)).toEqual([SBI_ERROR.INVALID_PARAM, 0n]);
    expect(everyReason()).toEqual([0, 0, 0, 0, 0, 0]);
  });
});

describe('HSM', () => {
  const start = (id: bigint | number, address: bigint | number, opaque: bigint | number = 0): number =>
    call(EXTENSION.HSM, 0, id, address, opaque)[0];

  it('starts a stopped hart of its own', () => {
    setHart(1, HART.HSM, HSM_STOPPED);
    expect(start(1, page(2), ALL)).toBe(0);
    expect(hart(1, HART.HSM)).toBe(HSM_START_PENDING);
    expect(readU64(machine.memory, hartBlock(1) + HART.START_PC)).toBe(BigInt(page(2)));
    expect(readU64(machine.memory, hartBlock(1) + HART.START_OPAQUE)).toBe(ALL);
    expect(hart(1, HART.START_PRIVILEGE)).toBe(1);
    expect(hart(1, HART.REASONS)).toBe(REASON_START);
    expect(start(1, page(3))).toBe(SBI_ERROR.ALREADY_AVAILABLE);
    expect(readU64(machine.memory, hartBlock(1) + HART.START_PC)).toBe(BigInt(page(2)));
  });

  it.each<[string, bigint | number, bigint | number, number]>([
    ['a hart that runs', 1, page(2), SBI_ERROR.ALREADY_AVAILABLE],
    ['a hart of another kernel', 3, page(2), SBI_ERROR.DENIED],
    ['a free hart', 5, page(2), SBI_ERROR.DENIED],
    ['a hart that does not exist', 6, page(2), SBI_ERROR.INVALID_PARAM],
    ['a huge hart', ALL, page(2), SBI_ERROR.INVALID_PARAM],
  ])('refuses to start %s', (_, id, address, error) => {
    expect(start(id, address)).toBe(error);
    expect(everyReason()).toEqual([0, 0, 0, 0, 0, 0]);
  });

  it.each<[string, bigint | number]>([
    ['in another kernel’s memory', page(16)],
    ['across the border', page(16) - 1],
    ['in a channel', page(40)],
    ['in a device', 0x1000_0000],
    ['beyond RAM', ALL - 1n],
    ['at an odd address', page(2) + 1],
  ])('refuses to start %s', (_, address) => {
    setHart(1, HART.HSM, HSM_STOPPED);
    expect(start(1, address)).toBe(SBI_ERROR.INVALID_ADDRESS);
    expect(hart(1, HART.HSM)).toBe(HSM_STOPPED);
  });

  it('works for a hart once it is granted', () => {
    expect(start(5, page(2))).toBe(SBI_ERROR.DENIED);
    machine.giveHart(5, ALPHA);
    expect(start(5, page(2))).toBe(0);
  });

  it('does not leave a hart running that it starts while the kernel ends', () => {
    setHart(1, HART.HSM, HSM_STOPPED);
    endInstance(machine.memory, ALPHA, EXIT_SHUTDOWN, 0);
    // Hart 1 has seen the request to stop before it was started.
    setHart(1, HART.REASONS, 0);
    start(1, page(2));
    expect(hart(1, HART.REASONS)).toBe(REASON_START | REASON_STOP);
  });

  it('tells the state of its own harts, and STOPPED for others', () => {
    const status = (id: number): [number, bigint] => call(EXTENSION.HSM, 2, id);
    expect(status(0)).toEqual([0, BigInt(HSM_STARTED)]);
    setHart(1, HART.HSM, HSM_SUSPENDED);
    expect(status(1)).toEqual([0, BigInt(HSM_SUSPENDED)]);
    expect(status(2)).toEqual([0, BigInt(HSM_STOPPED)]);
    expect(status(5)).toEqual([0, BigInt(HSM_STOPPED)]);
    expect(status(6)).toEqual([SBI_ERROR.INVALID_PARAM, 0n]);
  });

  it('stops the caller', () => {
    expect(ecall(EXTENSION.HSM, 1)).toEqual({ kind: 'stopped' });
    expect(machine.instanceWord(ALPHA, INSTANCE.EXIT)).toBe(EXIT_NONE);
  });

  it('suspends, retentive or not', () => {
    expect(ecall(EXTENSION.HSM, 3, 0)).toEqual({ kind: 'suspend', resume: null });
    expect([core.x(10), core.x(11)]).toEqual([0n, 0n]);
    expect(ecall(EXTENSION.HSM, 3, 0x8000_0000, page(2), 9)).toEqual({
      kind: 'suspend',
      resume: { pc: BigInt(page(2)), opaque: 9n },
    });
    expect(call(EXTENSION.HSM, 3, 0x8000_0000, page(16))).toEqual([SBI_ERROR.INVALID_ADDRESS, 0n]);
    expect(call(EXTENSION.HSM, 3, 1)).toEqual([SBI_ERROR.INVALID_PARAM, 0n]);
  });
});

describe('SRST', () => {
  it.each([
    ['shuts down', 0, 0, EXIT_SHUTDOWN],
    ['reboots cold', 1, 0, EXIT_REBOOT],
    ['reboots warm', 2, 0, EXIT_REBOOT],
    ['takes a system failure for a panic', 0, 1, EXIT_PANIC],
  ])('%s: the caller’s kernel alone', (_, type, reason, exit) => {
    expect(ecall(EXTENSION.SRST, 0, type, reason)).toEqual({ kind: 'stopped' });
    expect(machine.instanceWord(ALPHA, INSTANCE.EXIT)).toBe(exit);
    expect(machine.instanceWord(ALPHA, INSTANCE.EXIT_STATUS)).toBe(reason);
    expect(machine.instanceWord(BETA, INSTANCE.EXIT)).toBe(EXIT_NONE);
    expect(everyReason()).toEqual([REASON_STOP, REASON_STOP, 0, 0, 0, 0]);
  });

  it.each([
    [3, 0],
    [0, 2],
    [0xf000_0000, 0],
  ])('refuses type %i with reason %i', (type, reason) => {
    expect(call(EXTENSION.SRST, 0, type, reason)).toEqual([SBI_ERROR.INVALID_PARAM, 0n]);
    expect(machine.instanceWord(ALPHA, INSTANCE.EXIT)).toBe(EXIT_NONE);
  });
});

describe('DBCN', () => {
  const put = (address: number, text: string): void =>
    machine.bytes.set(new TextEncoder().encode(text), RAM_HOST + address - RAM_BASE);
  const printed = (): string => new TextDecoder().decode(drainConsoleOutput(machine.memory, ALPHA));

  it('writes from the caller’s memory, across its pages too', () => {
    put(page(3) - 3, 'hello');
    expect(call(EXTENSION.DBCN, 0, 5, page(3) - 3, 0)).toEqual([0, 5n]);
    expect(printed()).toBe('hello');
    expect(call(EXTENSION.DBCN, 0, 0, page(3), 0)).toEqual([0, 0n]);
  });

  it('reads into it what there is', () => {
    pushConsoleInput(machine.memory, ALPHA, new TextEncoder().encode('abc'));
    expect(call(EXTENSION.DBCN, 1, 2, page(3), 0)).toEqual([0, 2n]);
    expect(call(EXTENSION.DBCN, 1, 9, page(3) + 2, 0)).toEqual([0, 1n]);
    expect(call(EXTENSION.DBCN, 1, 9, page(3) + 3, 0)).toEqual([0, 0n]);
    const at = RAM_HOST + page(3) - RAM_BASE;
    expect(new TextDecoder().decode(machine.bytes.slice(at, at + 3))).toBe('abc');
  });

  it.each<[string, bigint | number, bigint | number, number, bigint]>([
    ['in another kernel’s memory', 4, page(16), page(16), BigInt(BETA + 1)],
    ['that begins in its own memory and ends in another’s', 8, page(16) - 4, page(16), BigInt(BETA + 1)],
    ['that begins in another’s memory', 4097, page(15) + 4096, page(16), BigInt(BETA + 1)],
    ['in free memory', 1, page(100), page(100), 0n],
    ['before RAM', 4, RAM_BASE - 4, RAM_BASE - 4, 0n],
    ['beyond RAM', 4, page(512), page(512), 0n],
  ])('refuses a buffer %s and names the owner', (_, length, address, refused, owner) => {
    put(page(16), 'secret');
    pushConsoleInput(machine.memory, ALPHA, new TextEncoder().encode('overwrite'));
    expect(call(EXTENSION.DBCN, 0, length, address, 0)).toEqual([SBI_ERROR.DENIED, 0n]);
    expect(call(EXTENSION.DBCN, 1, length, address, 0)).toEqual([SBI_ERROR.DENIED, 0n]);
    expect(printed()).toBe('');
    const at = RAM_HOST + page(16) - RAM_BASE;
    expect(new TextDecoder().decode(machine.bytes.slice(at, at + 6))).toBe('secret');
    expect(machine.instanceWord(ALPHA, INSTANCE.GATE_FAULTS)).toBe(2);
    expect(traced(TRACE_KIND.GATE_FAULT)).toMatchObject([
      { instance: ALPHA, a: BigInt(refused), b: owner, c: ACCESS.LOAD },
      { instance: ALPHA, a: BigInt(refused), b: owner, c: ACCESS.STORE },
    ]);
  });

  it.each<[string, bigint | number, bigint | number, bigint | number]>([
    ['an address of more than 64 bits', 4, page(3), 1],
    ['a huge length', ALL, page(3), 0],
    ['a huge address', 4, ALL - 8n, 0],
  ])('refuses %s', (_, length, low, high) => {
    expect(call(EXTENSION.DBCN, 0, length, low, high)).toEqual([SBI_ERROR.INVALID_PARAM, 0n]);
  });

  it('lets the buffer of another through in cooperative mode', () => {
    Atomics.store(machine.words, HEADER.ENFORCED >> 2, 0);
    put(page(16), 'open');
    expect(call(EXTENSION.DBCN, 0, 4, page(16), 0)).toEqual([0, 4n]);
    expect(printed()).toBe('open');
  });

  it('writes what fits when the console is full, and makes a single byte wait', () => {
    for (let written = 0; written < CONSOLE_OUT_SIZE; written += 4096) {
      expect(call(EXTENSION.DBCN, 0, 4096, page(4), 0)).toEqual([0, 4096n]);
    }
    expect(call(EXTENSION.DBCN, 0, 4096, page(4), 0)).toEqual([0, 0n]);
    const at = core.pc();
    expect(ecall(EXTENSION.DBCN, 2, 0x41)).toEqual({ kind: 'full' });
    expect(core.pc()).toBe(at);
    expect(core.x(10)).toBe(0x41n);
    const entries = machine.instanceWord(ALPHA, INSTANCE.FIRMWARE_ENTRIES);
    expect(handleEcall(core, context, true)).toEqual({ kind: 'full' });
    drainConsoleOutput(machine.memory, ALPHA);
    expect(handleEcall(core, context, true)).toEqual({ kind: 'done' });
    expect(core.pc()).toBe(at + 4n);
    // One call, however often it was made.
    expect(machine.instanceWord(ALPHA, INSTANCE.FIRMWARE_ENTRIES)).toBe(entries);
    expect(printed()).toBe('A');
  });
});

describe('legacy calls', () => {
  /** The single return value; a1 is the caller's. */
  function legacy(extension: number, ...args: number[]): number {
    const [result, a1] = call(extension, 99, ...args);
    expect(a1).toBe(BigInt(args[1] ?? 0));
    return result;
  }

  it('put and get characters', () => {
    expect(legacy(1, 0x41, 7)).toBe(0);
    expect(new TextDecoder().decode(drainConsoleOutput(machine.memory, ALPHA))).toBe('A');
    expect(legacy(2)).toBe(-1);
    pushConsoleInput(machine.memory, ALPHA, new Uint8Array([0x7a]));
    expect(legacy(2)).toBe(0x7a);
  });

  it('set the timer', () => {
    expect(legacy(0, 500)).toBe(0);
    core.updateTimer();
    expect(hart(0, HART.MIP) & STIP).toBe(STIP);
  });

  it('ring all harts of the caller’s kernel, and clear its own interrupt', () => {
    expect(legacy(4, 0)).toBe(0);
    expect([0, 1, 2].map((id) => hart(id, HART.MIP))).toEqual([SSIP, SSIP, 0]);
    expect(legacy(3)).toBe(0);
    expect([0, 1].map((id) => hart(id, HART.MIP))).toEqual([0, SSIP]);
  });

  it.each([5, 6, 7])('fence all harts of the caller’s kernel (%i)', (extension) => {
    expect(ecall(extension, 0, 0, 7).kind).toBe('fence');
    expect(core.x(11)).toBe(7n);
    expect([1, 2].map((id) => hart(id, HART.FENCE_REQUEST))).toEqual([1, 0]);
  });

  describe('with a mask in the caller’s virtual memory', () => {
    const poke = (address: number, mask: bigint): void =>
      new DataView(machine.memory.buffer).setBigUint64(RAM_HOST + address - RAM_BASE, mask, true);
    /** Sv39 with the root in page 8: 1 GiB from VA 0 is a superpage of RAM with these flags. */
    function translate(flags: number): void {
      poke(page(8), (BigInt(RAM_BASE / 4096) << 10n) | BigInt(flags));
      const satp = (8n << 60n) | BigInt(page(8) / 4096);
      new DataView(machine.memory.buffer).setBigUint64(hartBlock(0) + SLOT.SATP, satp, true);
      core.fence(FENCE_TLB);
    }
    const V_R_A = 0x43;
    const USER_PAGE = 0x10;

    it('ring the harts that it names, and no others', () => {
      poke(page(2), 0b10n);
      expect(legacy(4, page(2))).toBe(0);
      expect([0, 1, 2].map((id) => hart(id, HART.MIP))).toEqual([0, SSIP, 0]);
    });

    it.each([5, 6, 7])('fence the harts that it names (%i)', (extension) => {
      poke(page(2), 0b10n);
      expect(ecall(extension, 0, page(2), 7).kind).toBe('fence');
      expect(core.x(11)).toBe(7n);
      expect([0, 1, 2].map((id) => hart(id, HART.FENCE_REQUEST))).toEqual([0, 1, 0]);
    });

    it('read it through the caller’s page tables', () => {
      translate(V_R_A);
      poke(page(2), 0b01n);
      expect(legacy(4, 0x2000)).toBe(0);
      expect([0, 1].map((id) => hart(id, HART.MIP))).toEqual([SSIP, 0]);
    });

    it('read one that lies across two pages', () => {
      poke(page(3) - 4, 0b10n);
      expect(legacy(4, page(3) - 4)).toBe(0);
      expect(hart(1, HART.MIP)).toBe(SSIP);
      poke(page(16) - 4, 0b10n);
      expect(legacy(4, page(16) - 4)).toBe(SBI_ERROR.INVALID_ADDRESS);
    });

    it.each([4, 5, 6, 7])(
      'answer %i with an error where a load of S-mode would fault, and take no trap',
      (extension) => {
        translate(V_R_A | USER_PAGE);
        const before = core.pc();
        // A user page without SUM, an unmapped one, and an address that is not canonical.
        for (const pointer of [0x2000n, 0x4000_0000n, 1n << 60n]) {
          const outcome = ecall(extension, 0, pointer);
          expect([outcome.kind, signed(core.x(10))]).toEqual(['done', SBI_ERROR.INVALID_ADDRESS]);
        }
        expect(core.pc()).toBe(before + 12n);
        expect(traced(TRACE_KIND.TRAP)).toEqual([]);
        expect([hart(0, HART.PRIVILEGE), ...everyReason()]).toEqual([1, 0, 0, 0, 0, 0, 0]);
      },
    );

    it('read no memory of another kernel and no device', () => {
      poke(page(16), 0b01n);
      expect(legacy(4, page(16))).toBe(SBI_ERROR.INVALID_ADDRESS);
      expect(traced(TRACE_KIND.GATE_FAULT)).toMatchObject([{ a: BigInt(page(16)), b: BigInt(BETA + 1) }]);
      expect(legacy(4, 0x1000_0000)).toBe(SBI_ERROR.INVALID_ADDRESS);
      expect(hart(0, HART.MIP)).toBe(0);
    });

    it('refuse a mask with a hart of another kernel, behind a doorbell too, as a whole', () => {
      for (const extension of [4, 5, 6, 7]) {
        poke(page(2), 0b101n);
        expect(legacy(extension, page(2))).toBe(SBI_ERROR.DENIED);
        poke(page(2), 1n << 63n);
        expect(legacy(extension, page(2))).toBe(SBI_ERROR.INVALID_PARAM);
      }
      expect(everyReason()).toEqual([0, 0, 0, 0, 0, 0]);
    });
  });

  it('shut the caller’s kernel down', () => {
    expect(ecall(8, 0)).toEqual({ kind: 'stopped' });
    expect(machine.instanceWord(ALPHA, INSTANCE.EXIT)).toBe(EXIT_SHUTDOWN);
  });
});

describe('MK', () => {
  it('NOTIFY makes the controller look', () => {
    expect(call(SBI_EXT_MK, MK_NOTIFY)).toEqual([0, 0n]);
    expect(machine.word(HEADER.CONTROLLER_WAKE)).toBe(1);
  });
});
