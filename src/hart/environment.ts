/** What a hart needs from the machine around it. `machine/` implements it; tests of the hart bring a small real one. */
import type { AccessKind } from './interpreter-abi.ts';

export interface HartEnvironment {
  /** RAM size in bytes. */
  readonly ramSize: number;
  /** True when S-mode ECALLs are for the firmware (kernel entered in S-mode); false: real M-mode takes them. */
  firmware(): boolean;
  /**
   * The one gate to memory for this hart's present owner. `address` is guest-physical; the whole range must be inside RAM
   * and granted. Called at TLB fills and for every access that the TLB cannot hold.
   */
  grant(address: number, length: number, kind: AccessKind): boolean;
  /** Trace a refusal by the gate (the trap itself is the hart's work). */
  refused(address: number, kind: AccessKind): void;
  /** Device read outside RAM of 1, 2, 4 or 8 bytes into host memory at `into` (little-endian). False: access fault. */
  deviceRead(address: number, width: number, into: number): boolean;
  /** Device write from host memory at `from`. False: access fault. */
  deviceWrite(address: number, width: number, from: number): boolean;
  /** mtime now, in ticks (exact integer). */
  time(): number;
  /**
   * mtimecmp of this hart in ticks, Infinity when it is beyond what a Number holds. Only where the kernel has an ACLINT
   * (entered in M-mode); without it MTIP is left to whoever sets the bit.
   */
  machineTimer?(): number;
  /**
   * Somebody waits for stores into this page of RAM (guest-physical address): no TLB is to hold it for them, and `stored`
   * is to be called behind each instruction that makes one. Where it is missing, nobody waits for any.
   */
  watched?(page: number): boolean;
  /** An instruction has stored into a watched page, and is done. */
  stored?(): void;
  /** Trace an exception taken (cause, tval as lo/hi pair, privilege it was taken from). */
  trapped(cause: number, tvalLo: number, tvalHi: number, privilege: number): void;
  /**
   * The supervisor software interrupt is about to be taken: the pc that it interrupts, and the low halves of mstatus and
   * mip as they are before.
   */
  softInterrupt(pcLo: number, pcHi: number, mstatus: number, mip: number, privilege: number): void;
}

/** The face of a hart to session/ and machine/firmware (class Hart in hart.ts). */
export interface HartCore {
  readonly id: number;
  /** Host address of its block. */
  readonly block: number;
  /**
   * Takes a pending enabled interrupt if there is one, then executes at most `budget` instructions. Never blocks.
   * Returns an EXIT code (interpreter-abi.ts). Instructions executed = budget − HART.BUDGET.
   */
  run(budget: number): number;
  /**
   * Puts the hart into the state of a fresh start: privilege, pc, a0 = id, a1 = opaque, satp 0, interrupts off, TLBs empty.
   * HART.MIP keeps what devices and other harts have raised, but for the timer bits: whoever gives the hart to another
   * kernel clears it before.
   */
  start(pc: bigint, opaque: bigint, privilege: 1 | 3): void;
  /** Acts on FENCE_* kinds from another hart or the controller. */
  fence(kinds: number): void;
  /** True when an interrupt is pending and enabled in mie (whatever the global enables): ends WFI. */
  wakeable(): boolean;
  /** Ticks at which the earliest enabled timer (stimecmp under Sstc, or mtimecmp via the ACLINT's word) fires, or Infinity. */
  deadline(): number;
  /** Re-evaluates STIP (and MTIP through the environment) against the time now. */
  updateTimer(): void;
  /** Programs stimecmp (SBI set_timer), in ticks as unsigned 64-bit; all ones: never. Updates STIP. */
  setTimer(ticks: bigint): void;
  /**
   * The 64-bit number at virtual address `address` (unsigned 64-bit, any alignment) as a load by the hart's present
   * privilege and translation would read it; null where that load would fault or meet a device. Takes no trap.
   */
  loadVirtual(address: bigint): bigint | null;
  /** x register as unsigned 64-bit. */
  x(index: number): bigint;
  setX(index: number, value: bigint): void;
  pc(): bigint;
  setPc(value: bigint): void;
}
