/**
 * What a hart meets outside itself, for the present owner of the hart: the gate to memory, the device windows, machine
 * time, and its trace ring. A hart that nobody owns has no devices.
 */
import type { HartEnvironment } from '../hart/environment.ts';
import type { AccessKind } from '../hart/interpreter-abi.ts';
import { HEADER, INSTANCE, instanceBlock, OWNER_CHANNEL, PAGE_SIZE } from '../protocol/layout.ts';
import { STOP_KIND } from '../protocol/stop.ts';
import { TRACE_KIND } from '../protocol/trace.ts';
import { Bus } from './bus.ts';
import { Aclint } from './devices/aclint.ts';
import { Finisher } from './devices/finisher.ts';
import { Ns16550a } from './devices/ns16550a.ts';
import { Plic } from './devices/plic.ts';
import { VirtioSlots } from './devices/virtio/slots.ts';
import { Gate } from './gate.ts';
import { RingWatch } from './ring-watch.ts';
import { stopsArmed } from './stop.ts';
import { createTraceWriter } from './trace-writer.ts';

/** `time`: mtime now, in ticks, an exact integer. Call it on the thread that runs the hart. */
export function createHartEnvironment(
  memory: WebAssembly.Memory,
  hart: number,
  time: () => number,
): HartEnvironment {
  const words = new Int32Array(memory.buffer);
  const bytes = new Uint8Array(memory.buffer);
  const ramSize = ((words[HEADER.RAM_PAGES >> 2] ?? 0) >>> 0) * PAGE_SIZE;
  const aclint = new Aclint(memory, time);
  const gate = new Gate(memory);
  const trace = createTraceWriter(memory, hart, time);
  const rings = new RingWatch(memory, trace);

  /** Instance ID, or null: the hart is in the pool. */
  const owner = (): number | null => {
    const byte = Atomics.load(bytes, HEADER.HART_OWNER + hart);
    return byte === 0 ? null : byte - 1;
  };

  const refused = (address: number, kind: AccessKind): void => {
    const instance = owner();
    if (instance !== null) Atomics.add(words, (instanceBlock(instance) + INSTANCE.GATE_FAULTS) >> 2, 1);
    trace(TRACE_KIND.GATE_FAULT, instance, BigInt(address), BigInt(gate.ownerByte(address)), kind);
  };

  const bus = new Bus(memory, hart, [
    new Ns16550a(memory),
    new Plic(memory),
    aclint,
    new Finisher(memory),
    new VirtioSlots(memory, gate, refused),
  ]);

  return {
    ramSize,
    time,
    firmware: () => {
      const instance = owner();
      return instance === null || words[(instanceBlock(instance) + INSTANCE.M_MODE) >> 2] !== 1;
    },
    grant: (address, length, kind) => gate.grant(owner(), address, length, kind),
    refused,
    deviceRead: (address, width, into) => {
      const instance = owner();
      return instance !== null && bus.read(instance, address, width, into);
    },
    deviceWrite: (address, width, from) => {
      const instance = owner();
      return instance !== null && bus.write(instance, address, width, from);
    },
    watched: (page) => (stopsArmed(words) & STOP_KIND.message) !== 0 && gate.ownerByte(page) >= OWNER_CHANNEL,
    stored: () => {
      const instance = owner();
      if (instance !== null) rings.look(instance);
    },
    machineTimer: () => {
      const instance = owner();
      return instance === null ? Infinity : aclint.deadline(instance, hart);
    },
    trapped: (cause, tvalLo, tvalHi, privilege) => {
      const tval = (BigInt(tvalHi >>> 0) << 32n) | BigInt(tvalLo >>> 0);
      trace(TRACE_KIND.TRAP, owner(), BigInt(cause), tval, privilege);
    },
    softInterrupt: (pcLo, pcHi, mstatus, mip, privilege) => {
      const pc = (BigInt(pcHi >>> 0) << 32n) | BigInt(pcLo >>> 0);
      const bits = (BigInt(mstatus >>> 0) << 32n) | BigInt(mip >>> 0);
      trace(TRACE_KIND.SOFT_INTERRUPT, owner(), pc, bits, privilege);
    },
  };
}
