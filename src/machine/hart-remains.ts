/** Registers of a stopped hart, and the calls that it was in. */
import { HART, hartBlock } from '../protocol/layout.ts';
import { MACHINE, SLOT } from '../hart/hart-state.ts';
import { callChain, type CallChain } from './call-chain.ts';
import type { Gate } from './gate.ts';
import { GuestReader } from './guest-reader.ts';

/** ABI names of x0 … x31 (RISC-V ELF psABI, "Register Convention"). */
const NAMES =
  'zero ra sp gp tp t0 t1 t2 s0 s1 a0 a1 a2 a3 a4 a5 a6 a7 s2 s3 s4 s5 s6 s7 s8 s9 s10 s11 t3 t4 t5 t6'.split(
    ' ',
  );
const RA = 1;
const SP = 2;
const FP = 8;

export interface HartRemains {
  readonly hart: number;
  readonly pc: bigint;
  readonly registers: readonly { readonly name: string; readonly value: bigint }[];
  readonly calls: CallChain;
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
  const x = (register: number): bigint => word(HART.X + register * 8);
  const reader = new GuestReader(memory, gate, instance, hart);
  return {
    hart,
    pc: word(HART.PC),
    registers: [
      ...NAMES.map((name, register) => ({ name, value: x(register) })).slice(1),
      ...Object.entries(trap).map(([name, slot]) => ({ name, value: word(slot) })),
    ],
    calls: callChain(reader, {
      sp: x(SP),
      ra: x(RA),
      fp: x(FP),
      epc: word(machine ? SLOT.MEPC : SLOT.SEPC),
    }),
  };
}
