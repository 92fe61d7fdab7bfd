/**
 * The generated interpreter over memory of its own, with a runtime that translates every RAM address to itself and takes
 * no privilege into account: enough to see what single instructions do. Traps are recorded and go to TRAP_VECTOR.
 */
import { assemble, type Program } from '../isa/assemble.ts';
import { HART, hartBlock, PAGE_SIZE, RAM_BASE, RAM_HOST } from '../protocol/layout.ts';
import {
  ACCESS,
  EXIT,
  FETCH_ONCE,
  FETCH_TABLE_SIZE,
  type InterpreterExports,
  PRIVATE,
  SYSTEM_OPS,
  TLB_ENTRIES,
  TLB_ENTRY_SIZE,
  TLB_TABLE_SIZE,
} from './interpreter-abi.ts';
import { createInterpreterModule, instantiateInterpreter } from './interpreter.ts';

const RAM_SIZE = 0x10_0000;
const WASM_PAGE = 0x1_0000;
export const CODE = BigInt(RAM_BASE);
/** Where the tests keep data. */
export const DATA = CODE + 0x1_0000n;
export const TRAP_VECTOR = CODE + 0x1_f000n;
/** A page that is the hart's own block, so that a guest can write its control words. */
export const OWN_BLOCK = 0x2000_0000n;
/** A page whose accesses go to the bounce buffer, as a device's do; `device` holds its bytes. */
export const DEVICE = 0x1000_0000n;

export interface Trap {
  readonly what: string;
  readonly pc: bigint;
  readonly address: bigint;
}

export interface CsrAccess {
  readonly number: number;
  readonly op: number;
  readonly reads: boolean;
  readonly writes: boolean;
  readonly operand: bigint;
}

const modules = new Map<boolean, WebAssembly.Module>();

export class TestHart {
  readonly view: DataView;
  readonly traps: Trap[] = [];
  readonly csrs: CsrAccess[] = [];
  readonly systems: string[] = [];
  readonly device = new Uint8Array(PAGE_SIZE);
  /** Results for csr() and system(); the defaults go on. */
  csrResult = 0;
  systemResult = -1;
  /** Guest pages (address without its low bits) that may not be fetched from, or for one instruction only. */
  readonly noFetch = new Set<bigint>();
  readonly fetchOnce = new Set<bigint>();
  /** Calls of fetch and translate so far. */
  fetches = 0;
  translations = 0;
  program: Program | undefined;
  private readonly h = hartBlock(1);
  private readonly interpreter: InterpreterExports;
  private pendingStore: { offset: number; width: number } | undefined;

  constructor(shared = true) {
    const pages = (RAM_HOST + RAM_SIZE) / WASM_PAGE;
    const type = { shared, initial: pages, maximum: pages };
    const memory = new WebAssembly.Memory(type);
    const module = modules.get(shared) ?? createInterpreterModule(type);
    modules.set(shared, module);
    this.view = new DataView(memory.buffer);
    this.emptyTlbs(memory);
    this.interpreter = instantiateInterpreter(module, memory, {
      fetch: (_h, offset) => this.fetch(BigInt(offset)),
      translate: (_h, low, high, width, kind) =>
        this.translate((BigInt(high >>> 0) << 32n) | BigInt(low >>> 0), width, kind),
      commitStore: () => this.commitStore(),
      csr: (_h, op, reads, writes) => this.csr(op, reads, writes),
      system: (_h, op) => this.system(op),
    });
  }

  /** Assembles `text` at `base`, copies it there and sets the pc to it. */
  load(text: string, base = CODE): Program {
    const program = assemble(text, { base });
    program.bytes.forEach((byte, i) => this.view.setUint8(this.host(base) + i, byte));
    this.pc = base;
    this.program = program;
    return program;
  }

  /** Runs at most `budget` instructions; returns the EXIT code. */
  run(budget: number): number {
    return this.interpreter.run(this.h, budget);
  }

  /** Runs until the program reaches its label `end`, which must be followed by an instruction. */
  runToEnd(limit = 10_000): void {
    const end = this.program?.symbols.get('end');
    for (let i = 0; i < limit && this.pc !== end; i++) this.run(1);
    if (this.pc !== end)
      throw new Error(`not at its end after ${limit} instructions: pc ${this.pc.toString(16)}`);
  }

  x(register: number): bigint {
    return this.view.getBigUint64(this.h + HART.X + register * 8, true);
  }

  setX(register: number, value: bigint): void {
    this.view.setBigUint64(this.h + HART.X + register * 8, BigInt.asUintN(64, value), true);
  }

  get pc(): bigint {
    return this.view.getBigUint64(this.h + HART.PC, true);
  }

  set pc(value: bigint) {
    this.view.setBigUint64(this.h + HART.PC, value, true);
  }

  get instret(): bigint {
    return this.view.getBigUint64(this.h + HART.INSTRET, true);
  }

  get budget(): number {
    return this.view.getInt32(this.h + HART.BUDGET, true);
  }

  set reasons(bits: number) {
    this.view.setUint32(this.h + HART.REASONS, bits, true);
  }

  raiseCodeEpoch(): void {
    const epoch = this.h + HART.PRIVATE + PRIVATE.CODE_EPOCH;
    this.view.setUint32(epoch, this.view.getUint32(epoch, true) + 1, true);
  }

  /** A word of PRIVATE. */
  privateWord(offset: number): number {
    return this.view.getUint32(this.h + HART.PRIVATE + offset, true);
  }

  setPrivateWord(offset: number, value: number): void {
    this.view.setUint32(this.h + HART.PRIVATE + offset, value, true);
  }

  /** Host address of guest RAM. */
  host(address: bigint): number {
    return RAM_HOST + Number(address - CODE);
  }

  read64(address: bigint): bigint {
    return this.view.getBigUint64(this.host(address), true);
  }

  write64(address: bigint, value: bigint): void {
    this.view.setBigUint64(this.host(address), BigInt.asUintN(64, value), true);
  }

  private emptyTlbs(memory: WebAssembly.Memory): void {
    const { h, view } = this;
    const tlb = h + HART.TLB;
    const fetchTlb = h + HART.FETCH_TLB;
    const bytes = new Uint8Array(memory.buffer);
    bytes.fill(0xff, tlb, tlb + 8 * TLB_TABLE_SIZE);
    const lastEntry = TLB_TABLE_SIZE - TLB_ENTRY_SIZE;
    for (const table of [0, 1]) view.setBigUint64(tlb + table * TLB_TABLE_SIZE + lastEntry, 0n, true);
    bytes.fill(0xff, fetchTlb, fetchTlb + 4 * FETCH_TABLE_SIZE);
    view.setUint32(h + HART.PRIVATE + PRIVATE.TLB_LOAD, tlb, true);
    view.setUint32(h + HART.PRIVATE + PRIVATE.TLB_STORE, tlb + TLB_TABLE_SIZE, true);
    view.setUint32(h + HART.PRIVATE + PRIVATE.TLB_FETCH, fetchTlb, true);
  }

  private inRam(address: bigint): boolean {
    return address >= CODE && address < CODE + BigInt(RAM_SIZE);
  }

  private trap(what: string, address: bigint): void {
    this.traps.push({ what, pc: this.pc, address });
    this.view.setUint32(this.h + HART.TRAPS, this.traps.length, true);
    this.pc = TRAP_VECTOR;
  }

  private fetch(offset: bigint): number {
    this.fetches++;
    const address = this.pc + offset;
    const page = address & ~0xfffn;
    if (!this.inRam(address) || this.noFetch.has(page)) {
      this.trap('fetch', address);
      return 0;
    }
    return this.host(page) + (this.fetchOnce.has(page) ? FETCH_ONCE : 0);
  }

  private translate(address: bigint, width: number, kind: number): number {
    this.translations++;
    const { view, h } = this;
    const bounce = h + HART.PRIVATE + PRIVATE.BOUNCE;
    const name =
      Object.entries(ACCESS)
        .find(([, value]) => value === kind)?.[0]
        .toLowerCase() ?? '';
    if (kind >= ACCESS.AMO && address % BigInt(width) !== 0n) {
      this.trap(`${name} misaligned`, address);
      return 0;
    }
    const last = address + BigInt(width - 1);
    const page = address & ~0xfffn;
    const isDevice = page === DEVICE && (kind === ACCESS.LOAD || kind === ACCESS.STORE);
    const crosses = page !== (last & ~0xfffn);
    if (!isDevice && page !== OWN_BLOCK && !(this.inRam(address) && this.inRam(last))) {
      this.trap(name, address);
      return 0;
    }
    if (isDevice || crosses) {
      const source = isDevice ? this.device : new Uint8Array(view.buffer, this.host(address));
      const offset = isDevice ? Number(address - DEVICE) : 0;
      for (let i = 0; kind === ACCESS.LOAD && i < width; i++)
        view.setUint8(bounce + i, source[offset + i] ?? 0);
      this.pendingStore = { offset: isDevice ? offset : -this.host(address), width };
      return bounce;
    }
    const write = kind === ACCESS.STORE || kind === ACCESS.AMO || kind === ACCESS.SC;
    const table = this.privateWord(write ? PRIVATE.TLB_STORE : PRIVATE.TLB_LOAD);
    const entry = table + (Number(address >> 12n) & (TLB_ENTRIES - 1)) * TLB_ENTRY_SIZE;
    const host = page === OWN_BLOCK ? h : this.host(page);
    view.setBigUint64(entry, page, true);
    view.setUint32(entry + 8, host, true);
    return host + Number(address - page);
  }

  /** The device refuses to be written at its last doubleword. */
  private commitStore(): number {
    const { view, h } = this;
    const bounce = h + HART.PRIVATE + PRIVATE.BOUNCE;
    const { offset, width } = this.pendingStore ?? { offset: 0, width: 0 };
    if (offset === PAGE_SIZE - 8) {
      this.trap('store', DEVICE + BigInt(offset));
      return 1;
    }
    for (let i = 0; i < width; i++) {
      const byte = view.getUint8(bounce + i);
      if (offset < 0) view.setUint8(-offset + i, byte);
      else this.device[offset + i] = byte;
    }
    return 0;
  }

  private csr(op: number, reads: number, writes: number): number {
    const raw = this.privateWord(PRIVATE.RAW);
    const operand = this.view.getBigUint64(this.h + HART.PRIVATE + PRIVATE.CSR_OPERAND, true);
    this.csrs.push({ number: raw >>> 20, op, reads: reads !== 0, writes: writes !== 0, operand });
    this.view.setBigUint64(this.h + HART.PRIVATE + PRIVATE.CSR_OLD, 0x1234_5678_9abc_def0n, true);
    if (this.csrResult === 1) this.trap('csr', BigInt(raw));
    return this.csrResult;
  }

  private system(op: number): number {
    const name = SYSTEM_OPS[op] ?? '';
    this.systems.push(name);
    if (name === 'illegal' || name === 'ebreak') this.trap(name, BigInt(this.privateWord(PRIVATE.RAW)));
    else if (this.systemResult !== EXIT.FIRMWARE) this.pc += 4n;
    if (name === 'fence.i') this.raiseCodeEpoch();
    return this.systemResult;
  }
}
