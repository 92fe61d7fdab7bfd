/** The interpreter's slow function: does one instruction, asking the runtime for each address, CSR and system operation. */
import { HART } from '../protocol/layout.ts';
import type { SystemOp, Width } from '../isa/emit.ts';
import type { BaseInstruction } from '../isa/instruction.ts';
import { CodeBuilder, type Label } from '../wasm/code.ts';
import { ENTRY, ENTRY_SHIFT } from './decoded-pages.ts';
import { EntryEmit } from './entry-emit.ts';
import { HANDLER_COUNT, HANDLERS } from './handlers.ts';
import { type AccessKind, EXIT, PRIVATE, SYSTEM_OPS } from './interpreter-abi.ts';

/** Indices of the imported functions. */
export interface RuntimeFunctions {
  readonly translate: number;
  readonly commitStore: number;
  readonly csr: number;
  readonly system: number;
}

/** Result of the slow function when the interpreter is to go on. */
export const GO_ON = -1;

const CSR_OPS = ['write', 'set', 'clear'] as const;
const CSR_TRAPPED = 1;
const CSR_LEAVE = 2;
/** rs1 or uimm in a CSR instruction. */
const CSR_OPERAND_SHIFT = 15;

interface Locals {
  readonly ip: number;
  readonly pc: number;
  /** Where the instruction goes when it is done. */
  readonly nextPc: number;
  readonly result: number;
  readonly traps: number;
}

class SlowEmit extends EntryEmit {
  private readonly locals: Locals;
  private readonly runtime: RuntimeFunctions;
  /** A trap was taken: the instruction has no effect. */
  private readonly trapped: Label;
  /** The runtime has done all but the counting. */
  private readonly systemDone: Label;

  constructor(
    code: CodeBuilder,
    locals: Locals,
    runtime: RuntimeFunctions,
    trapped: Label,
    systemDone: Label,
  ) {
    super(code, locals.ip);
    this.locals = locals;
    this.runtime = runtime;
    this.trapped = trapped;
    this.systemDone = systemDone;
  }

  pc(): void {
    this.code.get(this.locals.pc);
  }

  nextPc(): void {
    this.code.get(this.locals.nextPc);
  }

  branchIf(cond: () => void): void {
    cond();
    this.code.if();
    this.jump();
    this.code.end();
  }

  jump(): void {
    const { code, locals } = this;
    this.pc();
    this.imm();
    code.i64(ENTRY_SHIFT);
    code.op('i64.shr_s');
    code.op('i64.add');
    code.set(locals.nextPc);
  }

  jumpIndirect(target: () => void): void {
    target();
    this.code.set(this.locals.nextPc);
  }

  csr(op: 'write' | 'set' | 'clear', operand: () => void): void {
    const { code, locals } = this;
    code.get(this.h);
    operand();
    code.mem('i64.store', HART.PRIVATE + PRIVATE.CSR_OPERAND);
    code.get(this.h);
    code.i32(CSR_OPS.indexOf(op));
    code.get(this.ip);
    code.mem('i32.load16_u', ENTRY.RD);
    code.i32(HART.X_SINK);
    code.op('i32.ne');
    if (op === 'write') {
      code.i32(1);
    } else {
      // The field decides, not the value (chapter "Zicsr").
      code.get(this.ip);
      code.mem('i32.load', ENTRY.RAW);
      code.i32(31 << CSR_OPERAND_SHIFT);
      code.op('i32.and');
      code.i32(0);
      code.op('i32.ne');
    }
    code.call(this.runtime.csr);
    code.tee(locals.result);
    code.i32(CSR_TRAPPED);
    code.op('i32.eq');
    code.brIf(this.trapped);
    code.i32(EXIT.REASONS);
    code.i32(GO_ON);
    code.get(locals.result);
    code.i32(CSR_LEAVE);
    code.op('i32.eq');
    code.op('select');
    code.set(locals.result);
    code.get(this.h);
    code.mem('i64.load', HART.PRIVATE + PRIVATE.CSR_OLD);
  }

  system(op: SystemOp): void {
    const { code, locals } = this;
    code.get(this.h);
    code.mem('i32.load', HART.TRAPS);
    code.set(locals.traps);
    code.get(this.h);
    code.i32(SYSTEM_OPS.indexOf(op));
    code.call(this.runtime.system);
    code.set(locals.result);
    code.br(this.systemDone);
  }

  protected locate(kind: AccessKind, width: Width): void {
    const { code } = this;
    code.get(this.h);
    code.get(this.va);
    code.op('i32.wrap_i64');
    code.get(this.va);
    code.i64(32);
    code.op('i64.shr_u');
    code.op('i32.wrap_i64');
    code.i32(width);
    code.i32(kind);
    code.call(this.runtime.translate);
    code.tee(this.host);
    code.op('i32.eqz');
    code.brIf(this.trapped);
  }

  protected stored(): void {
    const { code } = this;
    code.get(this.host);
    code.get(this.h);
    code.i32(HART.PRIVATE + PRIVATE.BOUNCE);
    code.op('i32.add');
    code.op('i32.eq');
    code.if();
    code.get(this.h);
    code.call(this.runtime.commitStore);
    code.brIf(this.trapped);
    code.end();
  }
}

export function spendBudget(code: CodeBuilder): void {
  code.get(0);
  code.get(0);
  code.mem('i32.load', HART.BUDGET);
  code.i32(1);
  code.op('i32.sub');
  code.mem('i32.store', HART.BUDGET);
}

function retire(code: CodeBuilder): void {
  code.get(0);
  code.get(0);
  code.mem('i64.load', HART.INSTRET);
  code.i64(1);
  code.op('i64.add');
  code.mem('i64.store', HART.INSTRET);
}

/** Parameters: hart block and entry of the instruction at HART.PC. Result: GO_ON or an EXIT code. */
export function slowFunction(runtime: RuntimeFunctions): CodeBuilder {
  const code = new CodeBuilder(2);
  const h = 0;
  const ip = 1;
  const locals: Locals = {
    ip,
    pc: code.local('i64'),
    nextPc: code.local('i64'),
    result: code.local('i32'),
    traps: code.local('i32'),
  };
  code.i32(GO_ON);
  code.set(locals.result);
  code.get(h);
  code.get(ip);
  code.mem('i32.load', ENTRY.RAW);
  code.mem('i32.store', HART.PRIVATE + PRIVATE.RAW);
  code.get(h);
  code.mem('i64.load', HART.PC);
  code.tee(locals.pc);
  code.i64(4);
  code.i64(2);
  code.get(ip);
  code.mem('i32.load', ENTRY.RAW);
  code.i32(3);
  code.op('i32.and');
  code.i32(3);
  code.op('i32.eq');
  code.op('select');
  code.op('i64.add');
  code.set(locals.nextPc);

  const trapped = code.block();
  const systemDone = code.block();
  const done = code.block();
  const rows: BaseInstruction[] = [...new Set(HANDLERS.map(({ row }) => row))];
  const blocks = new Map(rows.toReversed().map((row) => [row, code.block()]));
  const never = code.block();
  const targets: Label[] = new Array<Label>(HANDLER_COUNT).fill(never);
  for (const { row, number } of HANDLERS) targets[number] = blocks.get(row) ?? never;
  code.get(ip);
  code.mem('i32.load16_u', ENTRY.HANDLER);
  code.brTable(targets, never);
  code.end(); // never: run does not call this function for entries that are no instruction
  code.op('unreachable');
  const emit = new SlowEmit(code, locals, runtime, trapped, systemDone);
  for (const row of rows) {
    code.end();
    row.semantics(emit);
    code.br(done);
  }
  code.end(); // done
  code.get(h);
  code.get(locals.nextPc);
  code.mem('i64.store', HART.PC);
  spendBudget(code);
  retire(code);
  code.get(locals.result);
  code.op('return');

  code.end(); // systemDone: what trapped, or waits for the firmware, has not retired
  spendBudget(code);
  code.get(h);
  code.mem('i32.load', HART.TRAPS);
  code.get(locals.traps);
  code.op('i32.eq');
  code.get(locals.result);
  code.i32(EXIT.FIRMWARE);
  code.op('i32.ne');
  code.op('i32.and');
  code.if();
  retire(code);
  code.end();
  code.get(locals.result);
  code.op('return');

  code.end(); // trapped
  spendBudget(code);
  code.i32(GO_ON);
  return code;
}
