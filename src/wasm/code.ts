import { assert } from '../base/assert.ts';
import { ByteWriter } from './bytes.ts';
import { ATOMIC, MEMORY, PLAIN, VALUE_TYPE } from './opcodes.ts';
import type { AtomicOp, MemoryOp, PlainOp, ValueType } from './opcodes.ts';

/** A place that a branch can go to: an open block, loop or if. */
export interface Label {
  /** Number of blocks that enclose it. */
  readonly depth: number;
}

/**
 * Receives the instructions of one function body. Instructions have the names of the text format; operands are what
 * was pushed before. Blocks are opened by `block`, `loop` and `if` and closed by `end`.
 */
export class CodeBuilder {
  private readonly out = new ByteWriter();
  private readonly open: Label[] = [];
  private readonly locals: ValueType[] = [];
  private readonly parameters: number;

  /** `parameters`: number of parameters of the function; they are locals 0 … parameters − 1. */
  constructor(parameters: number) {
    this.parameters = parameters;
  }

  /** Declares a local, zero at entry, and returns its index. */
  local(type: ValueType): number {
    this.locals.push(type);
    return this.parameters + this.locals.length - 1;
  }

  op(name: PlainOp): void {
    this.out.byte(PLAIN[name]);
  }

  i32(value: number): void {
    this.out.byte(0x41);
    this.out.s32(value);
  }

  i64(value: bigint | number): void {
    this.out.byte(0x42);
    this.out.s64(BigInt(value));
  }

  get(local: number): void {
    this.out.byte(0x20);
    this.out.u32(local);
  }

  set(local: number): void {
    this.out.byte(0x21);
    this.out.u32(local);
  }

  tee(local: number): void {
    this.out.byte(0x22);
    this.out.u32(local);
  }

  /** Load or store. Address: i32 on the stack plus `offset` bytes. */
  mem(name: MemoryOp, offset = 0): void {
    this.out.byte(MEMORY[name]);
    this.out.u32(0);
    this.out.u32(offset);
  }

  /** Atomic access. The address must be a multiple of the width, or the engine traps. */
  atomic(name: AtomicOp, offset = 0): void {
    const [opcode, alignment] = ATOMIC[name];
    this.out.byte(0xfe);
    this.out.u32(opcode);
    this.out.u32(alignment);
    this.out.u32(offset);
  }

  atomicFence(): void {
    this.out.byte(0xfe);
    this.out.u32(0x03);
    this.out.byte(0x00);
  }

  /** Fills: address, byte value and length (all i32) on the stack. */
  memoryFill(): void {
    this.out.byte(0xfc);
    this.out.u32(11);
    this.out.byte(0x00);
  }

  block(result?: ValueType): Label {
    return this.openBlock(0x02, result);
  }

  loop(result?: ValueType): Label {
    return this.openBlock(0x03, result);
  }

  /** Takes an i32 condition from the stack. */
  if(result?: ValueType): Label {
    return this.openBlock(0x04, result);
  }

  else(): void {
    this.out.byte(0x05);
  }

  end(): void {
    assert(this.open.pop(), 'end without an open block');
    this.out.byte(0x0b);
  }

  br(to: Label): void {
    this.out.byte(0x0c);
    this.out.u32(this.distance(to));
  }

  brIf(to: Label): void {
    this.out.byte(0x0d);
    this.out.u32(this.distance(to));
  }

  brTable(targets: readonly Label[], otherwise: Label): void {
    this.out.byte(0x0e);
    this.out.u32(targets.length);
    for (const target of targets) this.out.u32(this.distance(target));
    this.out.u32(this.distance(otherwise));
  }

  /** Calls the function of this index (imports come first). */
  call(functionIndex: number): void {
    this.out.byte(0x10);
    this.out.u32(functionIndex);
  }

  /** The body in binary form (section 5.4.10): locals, instructions, end. */
  finish(): ByteWriter {
    assert(this.open.length === 0, 'a block is still open');
    const runs: { type: ValueType; count: number }[] = [];
    for (const type of this.locals) {
      const last = runs.at(-1);
      if (last?.type === type) last.count++;
      else runs.push({ type, count: 1 });
    }
    const body = new ByteWriter();
    body.u32(runs.length);
    for (const run of runs) {
      body.u32(run.count);
      body.byte(VALUE_TYPE[run.type]);
    }
    body.append(this.out);
    body.byte(0x0b);
    return body;
  }

  private openBlock(opcode: number, result: ValueType | undefined): Label {
    this.out.byte(opcode);
    this.out.byte(result === undefined ? 0x40 : VALUE_TYPE[result]);
    const label = { depth: this.open.length };
    this.open.push(label);
    return label;
  }

  private distance(to: Label): number {
    assert(this.open[to.depth] === to, 'branch to a block that is closed');
    return this.open.length - 1 - to.depth;
  }
}
