/** The parts of a hart's runtime without the interpreter, for tests of one part at a time. */
import { HART, RAM_HOST } from '../protocol/layout.ts';
import { CsrFile } from './csr-file.ts';
import { CSR_CLEAR, CSR_SET, CSR_WRITE } from './csr-table.ts';
import { TestEnvironment } from './environment.testkit.ts';
import { HartState, MACHINE, MSTATUS_HIGH, SLOT } from './hart-state.ts';
import { PRIVATE } from './interpreter-abi.ts';
import { Mmu } from './mmu.ts';
import { Pmp } from './pmp.ts';
import { Timer } from './timer.ts';
import { Tlb } from './tlb.ts';
import { Traps } from './trap.ts';

export const RAM_SIZE = 0x10_0000;

export interface Parts {
  readonly state: HartState;
  readonly env: TestEnvironment;
  readonly pmp: Pmp;
  readonly tlb: Tlb;
  readonly traps: Traps;
  readonly timer: Timer;
  readonly mmu: Mmu;
  readonly ram: DataView;
  /** CSR instruction with rd ≠ x0; the old value, or null when it trapped. */
  write(number: number, value: bigint): bigint | null;
  set(number: number, value: bigint): bigint | null;
  clear(number: number, value: bigint): bigint | null;
  /** CSRRS rd, csr, x0. */
  read(number: number): bigint | null;
  /** InterpreterImports.csr result of CSRRW x0. */
  writeResult(number: number, value: bigint): number;
}

/** A hart in M-mode at the reset of the specification. */
export function createParts(): Parts {
  const pages = (RAM_HOST + RAM_SIZE) / 0x1_0000;
  const memory = new WebAssembly.Memory({ shared: true, initial: pages, maximum: pages });
  const state = new HartState(memory, 0);
  const env = new TestEnvironment(memory, RAM_SIZE);
  const pmp = new Pmp(state);
  const tlb = new Tlb(state);
  const traps = new Traps(state, env);
  const timer = new Timer(state, env);
  const csrs = new CsrFile(state, env, pmp, tlb, timer, traps);
  state.set(SLOT.MSTATUS, 0, MSTATUS_HIGH);
  state.set(SLOT.STIMECMP, -1, -1);
  state.setPrivilege(MACHINE);

  const access = (number: number, op: number, operand: bigint, reads: boolean, writes: boolean): number => {
    state.setWord(HART.PRIVATE + PRIVATE.RAW, (number << 20) | 0x73);
    state.setLong(HART.PRIVATE + PRIVATE.CSR_OPERAND, BigInt.asUintN(64, operand));
    return csrs.access(op, reads, writes);
  };
  const old = (result: number): bigint | null =>
    result === 1 ? null : state.long(HART.PRIVATE + PRIVATE.CSR_OLD);
  return {
    state,
    env,
    pmp,
    tlb,
    traps,
    timer,
    mmu: new Mmu(state, env, pmp, tlb, traps),
    ram: new DataView(memory.buffer, RAM_HOST, RAM_SIZE),
    write: (number, value) => old(access(number, CSR_WRITE, value, true, true)),
    set: (number, value) => old(access(number, CSR_SET, value, true, true)),
    clear: (number, value) => old(access(number, CSR_CLEAR, value, true, true)),
    read: (number) => old(access(number, CSR_SET, 0n, true, false)),
    writeResult: (number, value) => access(number, CSR_WRITE, value, false, true),
  };
}
