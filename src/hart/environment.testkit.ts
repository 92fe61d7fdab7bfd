/**
 * A small real environment for a hart: RAM, a clock that shows what it is told, a gate with holes, and a device of eight
 * bytes. For tests of the hart and for the conformance runner.
 */
import { RAM_BASE } from '../protocol/layout.ts';
import type { HartEnvironment } from './environment.ts';
import type { AccessKind } from './interpreter-abi.ts';

/** A scratch device: eight bytes that read back what was written. */
export const SCRATCH_DEVICE = 0x1000_0000;
const SCRATCH_SIZE = 8;

export interface RefusedAccess {
  readonly address: number;
  readonly kind: AccessKind;
}
export interface TrappedException {
  readonly cause: number;
  readonly tval: bigint;
  readonly privilege: number;
}

export class TestEnvironment implements HartEnvironment {
  readonly ramSize: number;
  /** True: S-mode's ECALLs leave `run` with EXIT.FIRMWARE. */
  firmwareMode = false;
  /** mtime in ticks, and mtimecmp. */
  now = 0;
  mtimecmp = Infinity;
  /** The gate refuses accesses that touch [from, to). */
  readonly forbidden: { from: number; to: number }[] = [];
  /** Pages into which stores are waited for, and how many instructions have made some. */
  readonly watchedPages: number[] = [];
  stores = 0;
  readonly refusals: RefusedAccess[] = [];
  readonly exceptions: TrappedException[] = [];
  readonly softInterrupts: { pc: bigint; mstatus: number; mip: number; privilege: number }[] = [];
  private readonly bytes: Uint8Array;
  private readonly scratch = new Uint8Array(SCRATCH_SIZE);

  constructor(memory: WebAssembly.Memory, ramSize: number) {
    this.ramSize = ramSize;
    this.bytes = new Uint8Array(memory.buffer);
  }

  firmware(): boolean {
    return this.firmwareMode;
  }

  grant(address: number, length: number): boolean {
    const inside = address >= RAM_BASE && address + length <= RAM_BASE + this.ramSize;
    return inside && !this.forbidden.some(({ from, to }) => address < to && address + length > from);
  }

  refused(address: number, kind: AccessKind): void {
    this.refusals.push({ address, kind });
  }

  deviceRead(address: number, width: number, into: number): boolean {
    const at = address - SCRATCH_DEVICE;
    if (at < 0 || at + width > SCRATCH_SIZE) return false;
    this.bytes.set(this.scratch.subarray(at, at + width), into);
    return true;
  }

  deviceWrite(address: number, width: number, from: number): boolean {
    const at = address - SCRATCH_DEVICE;
    if (at < 0 || at + width > SCRATCH_SIZE) return false;
    this.scratch.set(this.bytes.subarray(from, from + width), at);
    return true;
  }

  time(): number {
    return this.now;
  }

  machineTimer(): number {
    return this.mtimecmp;
  }

  watched(page: number): boolean {
    return this.watchedPages.includes(page);
  }

  stored(): void {
    this.stores += 1;
  }

  trapped(cause: number, tvalLo: number, tvalHi: number, privilege: number): void {
    const tval = (BigInt(tvalHi >>> 0) << 32n) | BigInt(tvalLo >>> 0);
    this.exceptions.push({ cause, tval, privilege });
  }

  softInterrupt(pcLo: number, pcHi: number, mstatus: number, mip: number, privilege: number): void {
    const pc = (BigInt(pcHi >>> 0) << 32n) | BigInt(pcLo >>> 0);
    this.softInterrupts.push({ pc, mstatus, mip, privilege });
  }
}
