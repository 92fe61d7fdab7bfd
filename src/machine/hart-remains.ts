/** Registers of a stopped hart, and what on its stack may be return addresses. */
import { HART, hartBlock } from '../protocol/layout.ts';
import { MACHINE, SLOT } from '../hart/hart-state.ts';
import type { Gate } from './gate.ts';
import { GuestReader } from './guest-reader.ts';

/** ABI names of x0 … x31 (RISC-V ELF psABI, "Register Convention"). */
const NAMES =
  'zero ra sp gp tp t0 t1 t2 s0 s1 a0 a1 a2 a3 a4 a5 a6 a7 s2 s3 s4 s5 s6 s7 s8 s9 s10 s11 t3 t4 t5 t6'.split(
    ' ',
  );
const SP = 2;
/** How much of the stack is looked at, doublewords, and how many addresses are enough. */
const STACK_WORDS = 1024;
const STACK_LIMIT = 32;

export interface HartRemains {
  readonly hart: number;
  readonly pc: bigint;
  readonly registers: readonly { readonly name: string; readonly value: bigint }[];
  readonly stack: readonly bigint[];
}

/** Reads the hart's block and the memory of `instance`, which owns it. The hart must be STOPPED. */
export function remainsOf(
  memory: WebAssembly.Memory,
  gate: Gate,
  instance: number,
  hart: number,
): HartRemains {
  const view = new DataView(memory.buffer, hartBlock(hart));
  const word = (offset: number): bigint => view.getBigUint64(offset, true);
  const machine = view.getInt32(HART.PRIVILEGE, true) === MACHINE;
  const trap = machine
    ? { mcause: SLOT.MCAUSE, mepc: SLOT.MEPC, mtval: SLOT.MTVAL }
    : { scause: SLOT.SCAUSE, sepc: SLOT.SEPC, stval: SLOT.STVAL };
  const reader = new GuestReader(memory, gate, instance, hart);
  return {
    hart,
    pc: word(HART.PC),
    registers: [
      ...NAMES.map((name, x) => ({ name, value: word(HART.X + x * 8) })).slice(1),
      ...Object.entries(trap).map(([name, slot]) => ({ name, value: word(slot) })),
    ],
    stack: possibleReturns(reader, word(HART.X + SP * 8), word(HART.X + 8)),
  };
}

/** `ra`, then words of the stack, that point behind a call. The scan ends where the stack is not mapped any more. */
function possibleReturns(reader: GuestReader, sp: bigint, ra: bigint): bigint[] {
  const found: bigint[] = [];
  const take = (address: bigint): void => {
    if (isBehindCall(reader, address) && found.at(-1) !== address) found.push(address);
  };
  take(ra);
  let at = (sp + 7n) & ~7n;
  for (let words = 0; words < STACK_WORDS && found.length < STACK_LIMIT; words++, at += 8n) {
    const word = reader.doubleword(at);
    if (word === null) break;
    take(word);
  }
  return found;
}

/** Whether the instruction before `address` is JAL or JALR with ra as its destination, or C.JALR. */
function isBehindCall(reader: GuestReader, address: bigint): boolean {
  if ((address & 1n) !== 0n) return false;
  const last = reader.parcel(address - 2n);
  if (last === null) return false;
  if ((last & 0xf07f) === 0x9002 && (last & 0x0f80) !== 0) return true;
  const first = reader.parcel(address - 4n);
  if (first === null) return false;
  const destination = (first >> 7) & 31;
  const opcode = first & 0x7f;
  return destination === 1 && (opcode === 0x6f || opcode === 0x67);
}
