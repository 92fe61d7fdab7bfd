import { describe, expect, it } from 'vitest';
import { ACCESS } from '../hart/interpreter-abi.ts';
import {
  HART,
  hartBlock,
  HEADER,
  INSTANCE,
  instanceBlock,
  PAGE_OWNER,
  RAM_BASE,
} from '../protocol/layout.ts';
import { TRACE_KIND } from '../protocol/trace.ts';
import { drainConsoleOutput } from './console-ring.ts';
import { deviceMemory, enterInMachineMode } from './devices/devices.testkit.ts';
import { createHartEnvironment } from './hart-environment.ts';
import { createTraceReader } from './trace-reader.ts';

const UART = 0x1000_0000;
const MTIMECMP = 0x200_4000;
const BOUNCE = hartBlock(0) + HART.PRIVATE;

function setUp() {
  const memory = deviceMemory([3]);
  const bytes = new Uint8Array(memory.buffer);
  const env = createHartEnvironment(memory, 0, () => 77);
  return { memory, bytes, env };
}

describe('environment of a hart', () => {
  it('has firmware for a kernel entered in S-mode, and an ACLINT for one entered in M-mode', () => {
    const { memory, env } = setUp();
    expect([env.firmware(), env.deviceRead(MTIMECMP, 8, BOUNCE), env.machineTimer?.()]).toEqual([
      true,
      false,
      Infinity,
    ]);
    enterInMachineMode(memory, 3);
    new DataView(memory.buffer).setBigUint64(BOUNCE, 99n, true);
    expect([env.firmware(), env.deviceWrite(MTIMECMP, 8, BOUNCE), env.machineTimer?.()]).toEqual([
      false,
      true,
      99,
    ]);
  });

  it('shows each owner its own devices, and nobody the holes between them', () => {
    const { memory, bytes, env } = setUp();
    bytes[BOUNCE] = 0x41;
    env.deviceWrite(UART, 1, BOUNCE);
    bytes[HEADER.HART_OWNER] = 5 + 1;
    env.deviceWrite(UART, 1, BOUNCE);
    bytes[HEADER.HART_OWNER] = 0;
    expect(env.deviceWrite(UART, 1, BOUNCE)).toBe(false);
    expect([3, 5].map((instance) => drainConsoleOutput(memory, instance).length)).toEqual([1, 1]);
    bytes[HEADER.HART_OWNER] = 3 + 1;
    for (const hole of [0, 0x10_1000, 0x1000_0100, 0x4000_0000]) {
      expect([env.deviceRead(hole, 4, BOUNCE), env.deviceWrite(hole, 4, BOUNCE)]).toEqual([false, false]);
    }
  });

  it('asks the gate for the present owner, and counts and traces what was refused', () => {
    const { memory, bytes, env } = setUp();
    bytes[PAGE_OWNER] = 3 + 1;
    bytes[PAGE_OWNER + 1] = 5 + 1;
    expect(env.grant(RAM_BASE, 4096, ACCESS.LOAD)).toBe(true);
    expect(env.grant(RAM_BASE + 4092, 8, ACCESS.STORE)).toBe(false);
    env.refused(RAM_BASE + 4096, ACCESS.STORE);
    expect(new Int32Array(memory.buffer)[(instanceBlock(3) + INSTANCE.GATE_FAULTS) >> 2]).toBe(1);
    const [record] = createTraceReader(memory).drain().records;
    expect(record).toMatchObject({
      kind: TRACE_KIND.GATE_FAULT,
      hart: 0,
      instance: 3,
      time: 77,
      a: BigInt(RAM_BASE + 4096),
      b: 6n,
      c: ACCESS.STORE,
    });
  });

  it('traces traps with the whole of tval', () => {
    const { memory, env } = setUp();
    env.trapped(5, -1, 0x12, 1);
    const [record] = createTraceReader(memory).drain().records;
    expect(record).toMatchObject({ kind: TRACE_KIND.TRAP, instance: 3, a: 5n, b: 0x12_ffff_ffffn, c: 1 });
  });

  it('traces a software interrupt with the pc and the bits that it found', () => {
    const { memory, env } = setUp();
    env.softInterrupt(-4, 0x7f, -0x8000_0000, 0x222, 1);
    const [record] = createTraceReader(memory).drain().records;
    expect(record).toMatchObject({
      kind: TRACE_KIND.SOFT_INTERRUPT,
      instance: 3,
      a: 0x7f_ffff_fffcn,
      b: 0x8000_0000_0000_0222n,
      c: 1,
    });
  });
});
