/** Whether a hart has returned from the function that a run is to end behind (protocol/stop.ts). */
import type { HartCore } from '../hart/environment.ts';
import { HartState, SLOT } from '../hart/hart-state.ts';
import { decode, lengthOf } from '../isa/decode.ts';
import { HART, hartBlock } from '../protocol/layout.ts';
import { STOP, STOP_KIND } from '../protocol/stop.ts';
import type { MachineContext } from './firmware/context.ts';
import { Gate } from './gate.ts';
import { GuestReader } from './guest-reader.ts';
import { stopAt, stopsArmed } from './stop.ts';

const SP = 2;

export class ReturnWatch {
  private readonly core: HartCore;
  private readonly machine: MachineContext;

  constructor(core: HartCore, machine: MachineContext) {
    this.core = core;
    this.machine = machine;
  }

  /** This hart is to return. */
  awaited(): boolean {
    const { words } = this.machine;
    return (
      (stopsArmed(words) & STOP_KIND.return) !== 0 &&
      Atomics.load(words, STOP.RETURN_HART >> 2) === this.core.id
    );
  }

  /** To be called behind each instruction. True: it has returned, and the machine stops here. */
  look(): boolean {
    if (this.core.pc() !== this.long(STOP.RETURN_PC) || !this.isBack()) return false;
    const { hart, memory } = this.machine;
    return stopAt(memory, hart, STOP_KIND.return, {
      kind: 0,
      sequence: 0n,
      time: this.machine.time(),
      instance: this.machine.owner(),
      a: 0n,
      b: 0n,
      c: 0,
    });
  }

  /**
   * Another thread may come to the same place, and a function may call itself: the call is over where the stack pointer is
   * what it was (RISC-V psABI, "Integer Calling Convention"), in the same address space.
   */
  private isBack(): boolean {
    const block = hartBlock(this.core.id);
    return (
      this.core.x(SP) === this.long(STOP.RETURN_SP) &&
      this.long(block + SLOT.SATP) === this.long(STOP.RETURN_SATP) &&
      this.machine.words[(block + HART.PRIVILEGE) >> 2] === this.machine.words[STOP.RETURN_PRIVILEGE >> 2]
    );
  }

  private long(at: number): bigint {
    return BigInt.asUintN(64, this.machine.longs[at >> 3] ?? 0n);
  }
}

/** The link registers by convention (unprivileged specification, "Unconditional Jumps"). */
const LINKS: readonly number[] = [1, 5];

/**
 * Says where a hart that rests is to return to, if the instruction at its pc is a call: a jump that leaves its return
 * address in ra or t0. False: it is not, or cannot be read.
 */
export function awaitReturn(memory: WebAssembly.Memory, hart: number): boolean {
  const state = new HartState(memory, hart);
  const gate = new Gate(memory);
  const reader = new GuestReader(memory, { mayRead: (_, at, length) => gate.inRam(at, length) }, 0, hart);
  const pc = state.long(HART.PC);
  const first = reader.parcel(pc);
  const second = first !== null && lengthOf(first) === 4 ? reader.parcel(pc + 2n) : 0;
  if (first === null || second === null) return false;
  const { base, rd, length } = decode((first | (second << 16)) >>> 0);
  if ((base.mnemonic !== 'jal' && base.mnemonic !== 'jalr') || !LINKS.includes(rd)) return false;
  const view = new DataView(memory.buffer);
  view.setUint32(STOP.RETURN_HART, hart, true);
  view.setUint32(STOP.RETURN_PRIVILEGE, state.privilege, true);
  view.setBigUint64(STOP.RETURN_PC, BigInt.asUintN(64, pc + BigInt(length)), true);
  view.setBigUint64(STOP.RETURN_SP, state.long(HART.X + 8 * SP), true);
  view.setBigUint64(STOP.RETURN_SATP, state.long(SLOT.SATP), true);
  return true;
}
