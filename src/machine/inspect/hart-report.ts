/** The registers of a hart as its block says, for people: nothing is written, and the hart is not stopped. */
import { CSR_TABLE, type CsrSource } from '../../hart/csr-table.ts';
import { SHOWN_CSRS } from '../../hart/csr-fields.ts';
import { HartState } from '../../hart/hart-state.ts';
import type { CsrLayout, HartInspection, PrivilegeName } from '../../protocol/inspect.ts';
import { HART, PHASE_RUNNING } from '../../protocol/layout.ts';

export const CSR_LAYOUTS: readonly CsrLayout[] = SHOWN_CSRS.map(({ layout }) => layout);

/** 64 bits as they are shown. */
export const hex64 = (value: bigint): string =>
  `0x${BigInt.asUintN(64, value).toString(16).padStart(16, '0')}`;

/** Of HART.PRIVILEGE, or a field of two bits. */
export function privilegeName(privilege: number): PrivilegeName {
  return privilege === 3 ? 'M' : privilege === 1 ? 'S' : 'U';
}

/** Whether the hart is at rest: what its block says is its state then. */
export const atRest = (state: HartState): boolean =>
  Atomics.load(state.words, state.index(HART.PHASE)) !== PHASE_RUNNING;

/** Reads CSRs by the rows of the table, and changes nothing. */
class Looker implements CsrSource {
  readonly state: HartState;
  readonly env: { time(): number };
  /** The hart itself keeps the timers' bits. */
  readonly timer = { update: (): void => undefined };
  private value = 0n;

  constructor(state: HartState, time: () => number) {
    this.state = state;
    this.env = { time };
  }

  give(low: number, high: number): void {
    this.value = (BigInt(high >>> 0) << 32n) | BigInt(low >>> 0);
  }

  csr(number: number): bigint {
    this.value = 0n;
    CSR_TABLE[number]?.read(this);
    return this.value;
  }
}

/** Value of the CSR of that name; null: no hart has it, or it reads 0 for ever. */
export function csrByName(memory: WebAssembly.Memory, hart: number, name: string): bigint | null {
  const found = SHOWN_CSRS.find(({ layout }) => layout.name === name);
  return found ? new Looker(new HartState(memory, hart), () => 0).csr(found.number) : null;
}

/** All but who owns it and what its pc is called. `time`: machine time in ticks. */
export function hartReport(
  memory: WebAssembly.Memory,
  hart: number,
  time: () => number,
): Omit<HartInspection, 'owner' | 'pc'> & { readonly pc: bigint } {
  const state = new HartState(memory, hart);
  const restedBefore = atRest(state);
  const looker = new Looker(state, time);
  const registers = Array.from({ length: 32 }, (_, x) => hex64(state.long(HART.X + x * 8)));
  const csrs = SHOWN_CSRS.map(({ number }) => hex64(looker.csr(number)));
  const pc = state.long(HART.PC);
  const privilege = privilegeName(state.privilege);
  const retired = Number(state.long(HART.INSTRET));
  return { hart, exact: restedBefore && atRest(state), privilege, pc, registers, csrs, retired };
}
