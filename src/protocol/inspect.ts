/**
 * What the services tell of the inside of the machine, for people: registers, code, memory, translations, device trees.
 * Looking changes nothing and stops nobody. Numbers of 64 bits are text, 16 hexadecimal digits after 0x, so that they
 * pass every border and compare as they are shown.
 */
import type { Result } from '../base/result.ts';
import type { CodeAddress } from './last-words.ts';

/** A field of a CSR, bits `high` … `low` (privileged specification, at the register). */
export interface CsrField {
  readonly name: string;
  readonly high: number;
  readonly low: number;
  /** What its values are called; those that have no name are shown as numbers. */
  readonly values?: Readonly<Record<number, string>>;
  /** Names of its values instead while the other field of the register has this value. */
  readonly otherwise?: {
    readonly field: string;
    readonly is: number;
    readonly values: Readonly<Record<number, string>>;
  };
}

/** The registers of every hart, the same for the life of a machine. */
export interface RegisterLayout {
  /** ABI names of x0 … x31. */
  readonly registers: readonly string[];
  readonly csrs: readonly CsrLayout[];
}

export interface CsrLayout {
  readonly name: string;
  /** The lowest privilege that may read it. */
  readonly level: 'user' | 'supervisor' | 'machine';
  /** From the highest bits to the lowest; empty: the register is one number. */
  readonly fields: readonly CsrField[];
}

export type PrivilegeName = 'U' | 'S' | 'M';

export interface HartInspection {
  readonly hart: number;
  /** Instance ID that owns it, or null: free. */
  readonly owner: number | null;
  /**
   * The hart was at rest while it was read, so this is its state. Otherwise it ran, with registers in WebAssembly locals,
   * and this is what it left in memory when it last returned to its loop.
   */
  readonly exact: boolean;
  readonly privilege: PrivilegeName;
  readonly pc: CodeAddress;
  /** x0 … x31. */
  readonly registers: readonly string[];
  /** Values of the CSRs, in the order of RegisterLayout. */
  readonly csrs: readonly string[];
  /** Instructions retired since the machine was made. */
  readonly retired: number;
}

export interface CodeLine {
  readonly address: string;
  /** The instruction as it lies in memory, 4 or 8 hexadecimal digits; '' where nothing can be read. */
  readonly code: string;
  /** Assembly text, or what is wrong with the place. */
  readonly text: string;
  /** `function+0x1c`, if a function is known there. */
  readonly symbol: string | null;
}

export interface MemoryRow {
  /** Of the first of its 16 bytes, as asked for: virtual or guest-physical. */
  readonly address: string;
  /** Guest-physical; null: no page is mapped there. */
  readonly physical: string | null;
  /** Owner byte of the page (layout.ts, PAGE_OWNER); null: not mapped, or outside RAM. */
  readonly owner: number | null;
  /** null: not mapped, or outside RAM; what lies there is not read. */
  readonly bytes: readonly number[] | null;
}

/** Where an address is meant: `hart` sees it through its present translation; null: guest-physical. */
export interface AddressQuery {
  readonly hart: number | null;
  /** A number, or a register, CSR or function of that hart's kernel, with an offset if need be. */
  readonly address: string;
}

export const ACCESS_NAMES = ['load', 'store', 'fetch'] as const;
export type AccessName = (typeof ACCESS_NAMES)[number];

/** Why a walk, or the access behind it, ends where it does. */
export type WalkVerdict =
  | 'next-table'
  | 'granted'
  | 'device'
  // Page faults.
  | 'not-canonical'
  | 'invalid'
  | 'write-without-read'
  | 'reserved-bits'
  | 'no-leaf'
  | 'pointer-with-leaf-bits'
  | 'misaligned-superpage'
  | 'user-page'
  | 'supervisor-page'
  | 'no-permission'
  | 'accessed-clear'
  | 'dirty-clear'
  // Access faults.
  | 'outside-ram'
  | 'pmp'
  | 'gate';

export interface WalkStep {
  /** 3 (Sv48's root) … 0. */
  readonly level: number;
  /** The nine bits of the address that select the entry. */
  readonly index: number;
  /** Guest-physical address of the entry. */
  readonly at: string;
  /** Owner byte of the page that the entry lies in; null: outside RAM. */
  readonly owner: number | null;
  /** The entry; null: it may not be read. */
  readonly entry: string | null;
  /** Its flag bits by name, from V on, set or not. */
  readonly flags: readonly { readonly name: string; readonly set: boolean }[];
  /** Guest-physical address that the entry points to; null: to none. */
  readonly target: string | null;
  readonly verdict: WalkVerdict;
}

export interface WalkReport {
  readonly hart: number;
  readonly exact: boolean;
  readonly address: string;
  readonly access: AccessName;
  /** That the access is checked with: MPP for loads and stores of M-mode under MPRV. */
  readonly privilege: PrivilegeName;
  /** Bare where M-mode accesses memory too. */
  readonly mode: 'Bare' | 'Sv39' | 'Sv48';
  readonly steps: readonly WalkStep[];
  /** Guest-physical; null: the walk did not come so far. */
  readonly physical: string | null;
  /** Bytes of the page that the last entry maps; null: none, or no translation. */
  readonly pageSize: number | null;
  /** Owner byte of that page; null: no page, or outside RAM. */
  readonly owner: number | null;
  /** Whether the hart's PMP allows the access there; null: not asked. */
  readonly pmp: boolean | null;
  /** Whether the gate grants it; null: not asked. */
  readonly gate: boolean | null;
  readonly verdict: WalkVerdict;
  /** What the access would raise; null: nothing. */
  readonly fault: 'page' | 'access' | null;
}

/** A node of a device tree, its properties as source. */
export interface TreeNode {
  readonly name: string;
  readonly properties: readonly { readonly name: string; readonly value: string }[];
  readonly children: readonly TreeNode[];
}

export interface DeviceTreeReport {
  /** Guest-physical address of the blob. */
  readonly address: string;
  readonly root: TreeNode;
  /** All of it, as dtc prints it. */
  readonly source: string;
}

/** The part of ServicesApi that looks inside. Refusals: `bad-address`, `no-hart`, `no-kernel`, and those that are named. */
export interface InspectorApi {
  registerLayout(): Promise<RegisterLayout>;
  inspectHart(hart: number): Promise<HartInspection | null>;
  /**
   * `count` (1 … 256) instructions as the hart sees them, from `address` on, and before it `before` of the function that
   * the address lies in, if one is known. Refused: `not-mapped`.
   */
  disassemble(query: AddressQuery, before: number, count: number): Promise<Result<readonly CodeLine[]>>;
  /** `rows` (1 … 256) rows of 16 bytes from `address`, rounded down to 16. Refused: `not-mapped`, `outside-ram`. */
  readMemory(query: AddressQuery, rows: number): Promise<Result<readonly MemoryRow[]>>;
  /** The way of an access of the hart through its page tables, PMP and the gate. */
  walk(hart: number, address: string, access: AccessName): Promise<Result<WalkReport>>;
  /** The tree that the instance's kernel was given, as it lies in its memory now. Refused: `not-a-tree`. */
  deviceTree(instance: number): Promise<Result<DeviceTreeReport>>;
}
