/**
 * Semantics as code of the interpreter: operands come from a decoded entry, registers are in memory. What the fast and
 * the slow function have in common; they differ in how they find an address and in how they go on.
 */
import { HART } from '../protocol/layout.ts';
import type { AmoOp, Emit, SystemOp, Width } from '../isa/emit.ts';
import type { CodeBuilder } from '../wasm/code.ts';
import type { AtomicOp, MemoryOp, PlainOp } from '../wasm/opcodes.ts';
import { ENTRY } from './decoded-pages.ts';
import { ACCESS, type AccessKind, PRIVATE } from './interpreter-abi.ts';

const LOADS: Readonly<Record<Width, readonly [unsigned: MemoryOp, signed: MemoryOp]>> = {
  1: ['i64.load8_u', 'i64.load8_s'],
  2: ['i64.load16_u', 'i64.load16_s'],
  4: ['i64.load32_u', 'i64.load32_s'],
  8: ['i64.load', 'i64.load'],
};
const STORES: Readonly<Record<Width, MemoryOp>> = {
  1: 'i64.store8',
  2: 'i64.store16',
  4: 'i64.store32',
  8: 'i64.store',
};
/** Operations that WebAssembly has; the others compare: keep the old value when old op new. */
const RMW: Partial<Record<AmoOp, string>> = { swap: 'xchg', add: 'add', xor: 'xor', and: 'and', or: 'or' };
const KEEP_OLD: Partial<Record<AmoOp, string>> = { min: 'lt_s', max: 'gt_s', minu: 'lt_u', maxu: 'gt_u' };

export abstract class EntryEmit implements Emit {
  readonly code: CodeBuilder;
  /** Parameter: the hart block. */
  protected readonly h = 0;
  /** Local with the address of the decoded entry. */
  protected readonly ip: number;
  /** Local with the guest address of the present access, and with its host address once it is known. */
  protected readonly va: number;
  protected readonly host: number;
  private readonly scratch64: readonly number[];
  private readonly scratch32: readonly number[];
  private readonly operand: { readonly i64: number; readonly i32: number };
  private readonly old: { readonly i64: number; readonly i32: number };

  constructor(code: CodeBuilder, ip: number) {
    this.code = code;
    this.ip = ip;
    this.va = code.local('i64');
    this.host = code.local('i32');
    this.scratch64 = [0, 1, 2, 3].map(() => code.local('i64'));
    this.scratch32 = [0, 1, 2, 3].map(() => code.local('i32'));
    this.operand = { i64: code.local('i64'), i32: code.local('i32') };
    this.old = { i64: code.local('i64'), i32: code.local('i32') };
  }

  abstract pc(): void;
  abstract nextPc(): void;
  abstract branchIf(cond: () => void): void;
  abstract jump(): void;
  abstract jumpIndirect(target: () => void): void;
  abstract csr(op: 'write' | 'set' | 'clear', operand: () => void): void;
  abstract system(op: SystemOp): void;
  /** Sets local `host` for an access of `width` bytes at the address in local `va`, or leaves. */
  protected abstract locate(kind: AccessKind, width: Width): void;
  /** A plain store to the address in local `host` was done. */
  protected abstract stored(): void;

  /** Pushes the host address of the register that a field of the entry names. */
  private register(field: number): void {
    this.code.get(this.h);
    this.code.get(this.ip);
    this.code.mem('i32.load16_u', field);
    this.code.op('i32.add');
  }

  rs1(): void {
    this.register(ENTRY.RS1);
    this.code.mem('i64.load');
  }

  rs2(): void {
    this.register(ENTRY.RS2);
    this.code.mem('i64.load');
  }

  imm(): void {
    this.code.get(this.ip);
    this.code.mem('i64.load32_s', ENTRY.IMM);
  }

  imm32(): void {
    this.code.get(this.ip);
    this.code.mem('i32.load', ENTRY.IMM);
  }

  setRd(value: () => void): void {
    this.register(ENTRY.RD);
    value();
    this.code.mem('i64.store');
  }

  local64(index: number): number {
    return at(this.scratch64, index);
  }

  local32(index: number): number {
    return at(this.scratch32, index);
  }

  load(width: Width, signed: boolean, address: () => void): void {
    this.find(ACCESS.LOAD, width, address);
    this.code.get(this.host);
    this.code.mem(LOADS[width][signed ? 1 : 0]);
  }

  store(width: Width, address: () => void, value: () => void): void {
    this.find(ACCESS.STORE, width, address);
    this.code.get(this.host);
    value();
    this.code.mem(STORES[width]);
    this.stored();
  }

  loadReserved(width: 4 | 8, address: () => void): void {
    const { code } = this;
    this.find(ACCESS.LR, width, address);
    code.get(this.host);
    if (width === 4) {
      code.atomic('i32.atomic.load');
      code.op('i64.extend_i32_s');
    } else {
      code.atomic('i64.atomic.load');
    }
    code.set(this.old.i64);
    code.get(this.h);
    code.get(this.host);
    code.mem('i32.store', HART.PRIVATE + PRIVATE.RESERVED_AT);
    code.get(this.h);
    code.get(this.old.i64);
    code.mem('i64.store', HART.PRIVATE + PRIVATE.RESERVED_VALUE);
    code.get(this.old.i64);
  }

  storeConditional(width: 4 | 8, address: () => void, value: () => void): void {
    const { code } = this;
    const type = width === 4 ? 'i32' : 'i64';
    const expected = this.old[type];
    this.find(ACCESS.SC, width, address);
    code.get(this.h);
    code.mem('i32.load', HART.PRIVATE + PRIVATE.RESERVED_AT);
    code.get(this.host);
    code.op('i32.eq');
    code.if('i64');
    code.get(this.h);
    code.mem(`${type}.load`, HART.PRIVATE + PRIVATE.RESERVED_VALUE);
    code.set(expected);
    code.get(this.host);
    code.get(expected);
    this.narrow(width, value);
    code.atomic(`${type}.atomic.rmw.cmpxchg`);
    code.get(expected);
    code.op(`${type}.ne`);
    code.op('i64.extend_i32_u');
    code.else();
    code.i64(1);
    code.end();
    // Whether it succeeds or not, an SC ends the reservation.
    code.get(this.h);
    code.i32(0);
    code.mem('i32.store', HART.PRIVATE + PRIVATE.RESERVED_AT);
  }

  amo(op: AmoOp, width: 4 | 8, address: () => void, value: () => void): void {
    const { code } = this;
    const type = width === 4 ? 'i32' : 'i64';
    const rmw = RMW[op];
    this.find(ACCESS.AMO, width, address);
    if (rmw !== undefined) {
      code.get(this.host);
      this.narrow(width, value);
      code.atomic(`${type}.atomic.rmw.${rmw}` as AtomicOp);
    } else {
      const old = this.old[type];
      const operand = this.operand[type];
      this.narrow(width, value);
      code.set(operand);
      const retry = code.loop();
      code.get(this.host);
      // The value that is compared and swapped.
      code.get(this.host);
      code.atomic(`${type}.atomic.load`);
      code.tee(old);
      code.get(old);
      code.get(operand);
      code.get(old);
      code.get(operand);
      code.op(`${type}.${KEEP_OLD[op]}` as PlainOp);
      code.op('select');
      code.atomic(`${type}.atomic.rmw.cmpxchg`);
      code.get(old);
      code.op(`${type}.ne`);
      code.brIf(retry);
      code.end();
      code.get(old);
    }
    if (width === 4) code.op('i64.extend_i32_s');
  }

  fence(): void {
    this.code.atomicFence();
  }

  private find(kind: AccessKind, width: Width, address: () => void): void {
    address();
    this.code.set(this.va);
    this.locate(kind, width);
  }

  private narrow(width: 4 | 8, value: () => void): void {
    value();
    if (width === 4) this.code.op('i32.wrap_i64');
  }
}

function at(locals: readonly number[], index: number): number {
  const local = locals[index];
  if (local === undefined) throw new RangeError(`there is no scratch local ${index}`);
  return local;
}
