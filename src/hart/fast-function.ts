/**
 * The interpreter's fast function: one loop over decoded entries without a call in it. What it cannot do (a TLB miss, a
 * CSR, an entry that is not decoded) it leaves to `run` with everything in memory exact.
 */
import { HART } from '../protocol/layout.ts';
import type { Width } from '../isa/emit.ts';
import { CodeBuilder, type Label } from '../wasm/code.ts';
import { ENTRY, ENTRY_SHIFT, SLOT_ENTRIES, SLOT_HEADER } from './decoded-pages.ts';
import { EntryEmit } from './entry-emit.ts';
import { HANDLER_COUNT, HANDLER_PAGE_END, type Handler, HANDLERS, type Step } from './handlers.ts';
import { ACCESS, type AccessKind, EXIT, FETCH_ENTRIES, PRIVATE, TLB_ENTRIES } from './interpreter-abi.ts';

/** Result when the page of HART.PC is not in the fetch TLB. Other results: EXIT codes, or the address of an entry. */
export const EXIT_FETCH = EXIT.SLOW;

const PAGE_SHIFT = 12;
const TLB_ENTRY_SHIFT = 4;
const ENTRY_HOST = 8;

/** Locals of the fast function beyond those of its Emit. */
interface Locals {
  readonly ip: number;
  /** Entry of the first instruction of the page. */
  readonly entries: number;
  /** Virtual address of the page. */
  readonly page: number;
  /** pc = bias + (ip >> ENTRY_SHIFT). */
  readonly bias: number;
  readonly budget: number;
  readonly tlbLoad: number;
  readonly tlbStore: number;
  /** Where to go, for jumps that leave the page. */
  readonly target: number;
  readonly tlbEntry: number;
  readonly within: number;
  readonly result: number;
}

/** Where handlers go on. */
interface Labels {
  /** The instruction at ip. */
  readonly next: Label;
  /** The instruction at `target`. */
  readonly goto: Label;
  /** Leave before the instruction at ip, which `run` will do. */
  readonly slow: Label;
  /** Leave before the instruction at ip because of REASONS. */
  readonly reasons: Label;
  /** Leave before the instruction at ip because the budget is spent. */
  readonly spent: Label;
}

class FastEmit extends EntryEmit {
  private readonly locals: Locals;
  private readonly labels: Labels;
  /** What is being emitted. */
  private step: Step;

  constructor(code: CodeBuilder, locals: Locals, labels: Labels, step: Step) {
    super(code, locals.ip);
    this.locals = locals;
    this.labels = labels;
    this.step = step;
  }

  /** Emits one handler: its semantics, then the way on. */
  emit({ then, ...first }: Handler): void {
    this.step = first;
    first.row.semantics(this);
    this.advance();
    if (then) {
      spend(this.code, this.locals, this.labels.spent);
      this.step = then;
      then.row.semantics(this);
      this.advance();
    }
    this.code.br(this.labels.next);
  }

  pc(): void {
    pushPc(this.code, this.locals);
  }

  nextPc(): void {
    this.pc();
    this.code.i64(this.step.length);
    this.code.op('i64.add');
  }

  branchIf(cond: () => void): void {
    cond();
    this.code.if();
    this.jump();
    this.code.end();
  }

  jump(): void {
    const { code, locals } = this;
    if (this.step.near) {
      code.get(locals.ip);
      this.imm32();
      code.op('i32.add');
      code.set(locals.ip);
      this.pollAndContinue();
      return;
    }
    this.pc();
    this.imm();
    code.i64(ENTRY_SHIFT);
    code.op('i64.shr_s');
    code.op('i64.add');
    code.set(locals.target);
    code.br(this.labels.goto);
  }

  jumpIndirect(target: () => void): void {
    const { code, locals } = this;
    target();
    code.tee(locals.target);
    code.get(locals.page);
    code.op('i64.xor');
    code.tee(locals.within);
    code.i64(1 << PAGE_SHIFT);
    code.op('i64.ge_u');
    code.brIf(this.labels.goto);
    code.get(locals.entries);
    code.get(locals.within);
    code.op('i32.wrap_i64');
    code.i32(ENTRY_SHIFT);
    code.op('i32.shl');
    code.op('i32.add');
    code.set(locals.ip);
    this.pollAndContinue();
  }

  csr(): void {
    this.code.br(this.labels.slow);
  }

  system(): void {
    this.code.br(this.labels.slow);
  }

  protected locate(kind: AccessKind, width: Width): void {
    const { code, locals, labels } = this;
    // WebAssembly traps on misaligned atomics; the guest gets its own trap, from the runtime.
    if (kind >= ACCESS.AMO) {
      code.get(this.va);
      code.op('i32.wrap_i64');
      code.i32(width - 1);
      code.op('i32.and');
      code.brIf(labels.slow);
    }
    code.get(kind === ACCESS.LOAD || kind === ACCESS.LR ? locals.tlbLoad : locals.tlbStore);
    pushTableOffset(code, this.va, TLB_ENTRIES);
    code.op('i32.add');
    code.tee(locals.tlbEntry);
    code.mem('i64.load');
    code.get(this.va);
    code.op('i64.xor');
    code.tee(locals.within);
    code.i64((1 << PAGE_SHIFT) - width);
    code.op('i64.gt_u');
    code.brIf(labels.slow);
    code.get(locals.tlbEntry);
    code.mem('i32.load', ENTRY_HOST);
    code.get(locals.within);
    code.op('i32.wrap_i64');
    code.op('i32.add');
    code.set(this.host);
  }

  protected stored(): void {
    // Plain RAM: done.
  }

  /** Makes the instruction behind the present one. */
  private advance(): void {
    const { code, locals } = this;
    code.get(locals.ip);
    code.i32(this.step.length << ENTRY_SHIFT);
    code.op('i32.add');
    code.set(locals.ip);
  }

  private pollAndContinue(): void {
    pushReasons(this.code);
    this.code.brIf(this.labels.reasons);
    this.code.br(this.labels.next);
  }
}

/** Takes one instruction from the budget, or leaves. */
function spend(code: CodeBuilder, locals: Locals, spent: Label): void {
  code.get(locals.budget);
  code.op('i32.eqz');
  code.brIf(spent);
  code.get(locals.budget);
  code.i32(1);
  code.op('i32.sub');
  code.set(locals.budget);
}

/** Pushes the byte offset of the TLB entry for the address in a local (i32). */
function pushTableOffset(code: CodeBuilder, address: number, tableEntries: number): void {
  code.get(address);
  code.i64(PAGE_SHIFT - TLB_ENTRY_SHIFT);
  code.op('i64.shr_u');
  code.op('i32.wrap_i64');
  code.i32((tableEntries - 1) << TLB_ENTRY_SHIFT);
  code.op('i32.and');
}

/** Pushes the address of the fetch TLB entry for the address in a local (i32). */
export function pushFetchEntry(code: CodeBuilder, address: number): void {
  code.get(0);
  code.mem('i32.load', HART.PRIVATE + PRIVATE.TLB_FETCH);
  pushTableOffset(code, address, FETCH_ENTRIES);
  code.op('i32.add');
}

export function pushReasons(code: CodeBuilder): void {
  code.get(0);
  code.atomic('i32.atomic.load', HART.REASONS);
}

function pushPc(code: CodeBuilder, locals: Locals): void {
  code.get(locals.bias);
  code.get(locals.ip);
  code.i32(ENTRY_SHIFT);
  code.op('i32.shr_u');
  code.op('i64.extend_i32_u');
  code.op('i64.add');
}

/** Parameter: hart block. Result: an EXIT code, EXIT_FETCH, or the address of the entry that `run` must deal with. */
export function fastFunction(): CodeBuilder {
  const code = new CodeBuilder(1);
  const h = 0;
  const i32 = (): number => code.local('i32');
  const i64 = (): number => code.local('i64');
  const locals: Locals = {
    ip: i32(),
    entries: i32(),
    page: i64(),
    bias: i64(),
    budget: i32(),
    tlbLoad: i32(),
    tlbStore: i32(),
    target: i64(),
    tlbEntry: i32(),
    within: i64(),
    result: i32(),
  };
  const slot = i32();
  const load = (local: number, offset: number, type: 'i32' | 'i64' = 'i32'): void => {
    code.get(h);
    code.mem(`${type}.load`, offset);
    code.set(local);
  };
  load(locals.budget, HART.BUDGET);
  load(locals.tlbLoad, HART.PRIVATE + PRIVATE.TLB_LOAD);
  load(locals.tlbStore, HART.PRIVATE + PRIVATE.TLB_STORE);
  load(locals.target, HART.PC, 'i64');

  const leave = code.block();
  code.i32(EXIT_FETCH);
  code.set(locals.result);
  const goto = code.loop();
  enterPage(code, locals, slot, leave);

  const leaveAtIp = code.block();
  const slow = code.block();
  const reasons = code.block();
  pushReasons(code);
  code.brIf(reasons);
  const spent = code.block();
  const next = code.loop();
  spend(code, locals, spent);
  dispatch(code, locals, { next, goto, slow, reasons, spent });
  code.end();
  code.end(); // spent
  code.i32(EXIT.BUDGET);
  code.set(locals.result);
  code.br(leaveAtIp);
  code.end(); // reasons
  code.i32(EXIT.REASONS);
  code.set(locals.result);
  code.br(leaveAtIp);
  code.end(); // slow
  code.get(locals.ip);
  code.set(locals.result);
  code.get(locals.budget);
  code.i32(1);
  code.op('i32.add');
  code.set(locals.budget);
  code.end(); // leaveAtIp
  pushPc(code, locals);
  code.set(locals.target);
  code.end(); // goto
  code.end(); // leave

  code.get(h);
  code.get(locals.target);
  code.mem('i64.store', HART.PC);
  code.get(h);
  code.get(h);
  code.mem('i64.load', HART.INSTRET);
  code.get(h);
  code.mem('i32.load', HART.BUDGET);
  code.get(locals.budget);
  code.op('i32.sub');
  code.op('i64.extend_i32_u');
  code.op('i64.add');
  code.mem('i64.store', HART.INSTRET);
  code.get(h);
  code.get(locals.budget);
  code.mem('i32.store', HART.BUDGET);
  code.get(locals.result);
  return code;
}

/** Makes the page of `target` the present one, or goes to `miss`. */
function enterPage(code: CodeBuilder, locals: Locals, slot: number, miss: Label): void {
  code.get(locals.target);
  code.i64(-1 << PAGE_SHIFT);
  code.op('i64.and');
  code.set(locals.page);
  pushFetchEntry(code, locals.target);
  code.tee(locals.tlbEntry);
  code.mem('i64.load');
  code.get(locals.page);
  code.op('i64.ne');
  code.brIf(miss);
  code.get(locals.tlbEntry);
  code.mem('i32.load', FETCH_ENTRY.SLOT);
  code.tee(slot);
  code.mem('i32.load', SLOT_HEADER.PAGE);
  code.get(locals.tlbEntry);
  code.mem('i32.load', FETCH_ENTRY.PAGE);
  code.op('i32.ne');
  code.brIf(miss);
  code.get(slot);
  code.mem('i32.load', SLOT_HEADER.EPOCH);
  code.get(0);
  code.mem('i32.load', HART.PRIVATE + PRIVATE.CODE_EPOCH);
  code.op('i32.ne');
  code.brIf(miss);

  code.get(slot);
  code.i32(SLOT_ENTRIES);
  code.op('i32.add');
  code.tee(locals.entries);
  code.get(locals.target);
  code.op('i32.wrap_i64');
  code.i32((1 << PAGE_SHIFT) - 1);
  code.op('i32.and');
  code.i32(ENTRY_SHIFT);
  code.op('i32.shl');
  code.op('i32.add');
  code.set(locals.ip);
  code.get(locals.page);
  code.get(locals.entries);
  code.i32(ENTRY_SHIFT);
  code.op('i32.shr_u');
  code.op('i64.extend_i32_u');
  code.op('i64.sub');
  code.set(locals.bias);
}

/** Fields of a fetch TLB entry behind the tag. */
export const FETCH_ENTRY = { SLOT: 8, PAGE: 12 } as const;

/** br_table over the handlers and their bodies. Handlers that the runtime does share the way out. */
function dispatch(code: CodeBuilder, locals: Locals, labels: Labels): void {
  const inline = HANDLERS.filter(({ row }) => !row.runtime);
  const targets: Label[] = new Array<Label>(HANDLER_COUNT).fill(labels.slow);
  // The first handler's block is opened last, so that it is the innermost.
  const pageEnd = code.block();
  targets[HANDLER_PAGE_END] = pageEnd;
  for (const { number } of inline.toReversed()) targets[number] = code.block();
  code.get(locals.ip);
  code.mem('i32.load16_u', ENTRY.HANDLER);
  code.brTable(targets, labels.slow);
  const [first] = inline;
  if (first === undefined) throw new Error('the instruction table is empty');
  const emit = new FastEmit(code, locals, labels, first);
  for (const handler of inline) {
    code.end();
    emit.emit(handler);
  }
  code.end(); // pageEnd: no instruction, so it costs nothing
  code.get(locals.budget);
  code.i32(1);
  code.op('i32.add');
  code.set(locals.budget);
  pushPc(code, locals);
  code.set(locals.target);
  code.br(labels.goto);
}
