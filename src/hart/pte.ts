/** Page-table entries of Sv39 and Sv48, low half (privileged spec, "Sv39: Page-Based 39-bit Virtual-Memory System"). */
import { MSTATUS, SUPERVISOR, USER } from './hart-state.ts';
import { ACCESS, type AccessKind } from './interpreter-abi.ts';

export const PTE = {
  V: 1 << 0,
  R: 1 << 1,
  W: 1 << 2,
  X: 1 << 3,
  U: 1 << 4,
  G: 1 << 5,
  A: 1 << 6,
  D: 1 << 7,
} as const;
/** Bits 54 … 63 as seen in the high half: reserved, and N and PBMT of extensions that are absent. */
export const PTE_RESERVED_HIGH = 0xffc0_0000 | 0;
export const PTE_PPN_HIGH = 0x3f_ffff;
export const PTE_SIZE = 8;

export const isWrite = (kind: AccessKind): boolean =>
  kind === ACCESS.STORE || kind === ACCESS.AMO || kind === ACCESS.SC;

/** May `privilege` access the page of a leaf entry, with this mstatus? */
export function permits(status: number, pte: number, kind: AccessKind, privilege: number): boolean {
  if (!reaches(status, pte, kind, privilege)) return false;
  if (kind === ACCESS.FETCH) return (pte & PTE.X) !== 0;
  if (isWrite(kind)) return (pte & PTE.W) !== 0;
  return (pte & PTE.R) !== 0 || ((pte & PTE.X) !== 0 && (status & MSTATUS.MXR) !== 0);
}

/** The part of `permits` that U decides: is the page one of this privilege? */
export function reaches(status: number, pte: number, kind: AccessKind, privilege: number): boolean {
  if ((pte & PTE.U) === 0) return privilege !== USER;
  return privilege !== SUPERVISOR || (kind !== ACCESS.FETCH && (status & MSTATUS.SUM) !== 0);
}
