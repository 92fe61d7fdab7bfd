/**
 * The way of an access through page tables, PMP and the gate, step by step, as hart/page-walk.ts goes it; but nothing is
 * marked in a table, refused in the trace or kept in a TLB. Both read the same entries by the same rules (hart/pte.ts), and
 * a test compares their outcomes.
 */
import { HartState, MACHINE, SLOT, SUPERVISOR } from '../../hart/hart-state.ts';
import { ACCESS, type AccessKind } from '../../hart/interpreter-abi.ts';
import { SATP_SV39 } from '../../hart/page-walk.ts';
import { Pmp, PMP_EXECUTE, PMP_READ, PMP_WRITE } from '../../hart/pmp.ts';
import { isWrite, permits, PTE, PTE_PPN_HIGH, PTE_RESERVED_HIGH, PTE_SIZE, reaches } from '../../hart/pte.ts';
import type { AccessName, WalkReport, WalkStep, WalkVerdict } from '../../protocol/inspect.ts';
import { RAM_BASE, RAM_HOST } from '../../protocol/layout.ts';
import type { Gate } from '../gate.ts';
import { atRest, hex64, privilegeName } from './hart-report.ts';

const KINDS: Readonly<Record<AccessName, AccessKind>> = {
  load: ACCESS.LOAD,
  store: ACCESS.STORE,
  fetch: ACCESS.FETCH,
};
const NEEDS = { load: PMP_READ, store: PMP_WRITE, fetch: PMP_EXECUTE } as const;
const PAGE_FAULTS: ReadonlySet<WalkVerdict> = new Set([
  'not-canonical',
  'invalid',
  'write-without-read',
  'reserved-bits',
  'no-leaf',
  'pointer-with-leaf-bits',
  'misaligned-superpage',
  'user-page',
  'supervisor-page',
  'no-permission',
  'accessed-clear',
  'dirty-clear',
]);
const LEVEL_BITS = 9n;
const PAGE_BITS = 12n;

type Outcome = Pick<WalkReport, 'physical' | 'pageSize' | 'owner' | 'pmp' | 'gate' | 'verdict'>;
const nowhere = (verdict: WalkVerdict): Outcome => ({
  physical: null,
  pageSize: null,
  owner: null,
  pmp: null,
  gate: null,
  verdict,
});

/** `instance`: the hart's owner, or null. `address`: an unsigned 64-bit virtual address. */
export function walkReport(
  memory: WebAssembly.Memory,
  gate: Gate,
  instance: number | null,
  hart: number,
  address: bigint,
  access: AccessName,
): WalkReport {
  const walk = new Walk(memory, gate, instance, new HartState(memory, hart), access);
  const exact = walk.exact();
  const outcome = walk.go(address);
  const { verdict } = outcome;
  const harmless = verdict === 'granted' || verdict === 'device';
  return {
    hart,
    exact: exact && walk.exact(),
    address: hex64(address),
    access,
    privilege: privilegeName(walk.privilege),
    mode: walk.mode,
    steps: walk.steps,
    ...outcome,
    fault: harmless ? null : PAGE_FAULTS.has(verdict) ? 'page' : 'access',
  };
}

class Walk {
  readonly privilege: number;
  readonly mode: WalkReport['mode'];
  readonly steps: WalkStep[] = [];
  private readonly memory: DataView;
  private readonly gate: Gate;
  private readonly instance: number | null;
  private readonly state: HartState;
  private readonly pmp: Pmp;
  private readonly access: AccessName;
  private readonly kind: AccessKind;

  constructor(
    memory: WebAssembly.Memory,
    gate: Gate,
    instance: number | null,
    state: HartState,
    access: AccessName,
  ) {
    this.memory = new DataView(memory.buffer);
    this.gate = gate;
    this.instance = instance;
    this.state = state;
    this.pmp = new Pmp(state);
    this.access = access;
    this.kind = KINDS[access];
    this.privilege = access === 'fetch' ? state.privilege : state.dataPrivilege;
    const mode = this.privilege === MACHINE ? 0 : state.high(SLOT.SATP) >>> 28;
    this.mode = mode === 0 ? 'Bare' : mode === SATP_SV39 ? 'Sv39' : 'Sv48';
  }

  exact(): boolean {
    return atRest(this.state);
  }

  go(address: bigint): Outcome {
    if (this.mode === 'Bare') return this.arrive(address, null);
    const levels = this.mode === 'Sv39' ? 3n : 4n;
    // The bits above the translated ones must all equal the highest of those.
    const width = Number(PAGE_BITS + LEVEL_BITS * levels);
    if (BigInt.asUintN(64, BigInt.asIntN(width, address)) !== address) return nowhere('not-canonical');
    let table = (this.state.long(SLOT.SATP) & ((1n << 44n) - 1n)) << PAGE_BITS;
    for (let level = Number(levels) - 1; ; level--) {
      const shift = PAGE_BITS + LEVEL_BITS * BigInt(level);
      const index = Number((address >> shift) & 511n);
      const step = this.step(level, index, table + BigInt(index * PTE_SIZE));
      this.steps.push(step);
      if (step.verdict === 'next-table' && step.target !== null) {
        table = BigInt(step.target);
        continue;
      }
      if (step.verdict !== 'granted' || step.target === null) return nowhere(step.verdict);
      const inside = (1n << shift) - 1n;
      return this.arrive((BigInt(step.target) & ~inside) | (address & inside), Number(inside + 1n));
    }
  }

  private step(level: number, index: number, at: bigint): WalkStep {
    const place = { level, index, at: hex64(at), owner: this.ownerOf(at) };
    const read = this.mayAccess(Number(at), PTE_SIZE, PMP_READ, ACCESS.LOAD, SUPERVISOR);
    if (read !== null) return { ...place, entry: null, flags: [], target: null, verdict: read };
    const host = RAM_HOST + (Number(at) - RAM_BASE);
    const low = this.memory.getInt32(host, true);
    const high = this.memory.getInt32(host + 4, true);
    const ppn = (BigInt(high & PTE_PPN_HIGH) << 22n) | BigInt(low >>> 10);
    return {
      ...place,
      entry: hex64(this.memory.getBigUint64(host, true)),
      flags: Object.entries(PTE).map(([name, bit]) => ({ name, set: (low & bit) !== 0 })),
      target: (low & PTE.V) === 0 ? null : hex64(ppn << PAGE_BITS),
      verdict: this.judge(level, low, high, ppn, Number(at)),
    };
  }

  /** 'granted': a leaf that maps the page for this access. */
  private judge(level: number, low: number, high: number, ppn: bigint, at: number): WalkVerdict {
    if ((low & PTE.V) === 0) return 'invalid';
    if ((low & (PTE.R | PTE.W)) === PTE.W) return 'write-without-read';
    if ((high & PTE_RESERVED_HIGH) !== 0) return 'reserved-bits';
    if ((low & (PTE.R | PTE.X)) === 0) {
      if (level === 0) return 'no-leaf';
      return (low & (PTE.A | PTE.D | PTE.U)) !== 0 ? 'pointer-with-leaf-bits' : 'next-table';
    }
    const status = this.state.mstatus;
    if (!reaches(status, low, this.kind, this.privilege))
      return (low & PTE.U) !== 0 ? 'user-page' : 'supervisor-page';
    if (!permits(status, low, this.kind, this.privilege)) return 'no-permission';
    if ((ppn & ((1n << (LEVEL_BITS * BigInt(level))) - 1n)) !== 0n) return 'misaligned-superpage';
    const needed = isWrite(this.kind) ? PTE.A | PTE.D : PTE.A;
    if ((low & needed) === needed) return 'granted';
    if (!this.state.hardwareAccessBits()) return (low & PTE.A) === 0 ? 'accessed-clear' : 'dirty-clear';
    // The hart would set them, which is a store to the table.
    return this.mayAccess(at, PTE_SIZE, PMP_WRITE, ACCESS.STORE, SUPERVISOR) ?? 'granted';
  }

  /** The access itself, of one byte. */
  private arrive(physical: bigint, pageSize: number | null): Outcome {
    const at = Number(physical);
    const place = { physical: hex64(physical), pageSize, owner: this.ownerOf(physical) };
    const pmp = this.pmp.allows(at, 1, this.privilege, NEEDS[this.access]);
    if (!pmp) return { ...place, pmp, gate: null, verdict: 'pmp' };
    // Below RAM are the windows of devices; who answers there is the bus's to say.
    if (at < RAM_BASE) return { ...place, pmp, gate: null, verdict: 'device' };
    if (place.owner === null) return { ...place, pmp, gate: null, verdict: 'outside-ram' };
    const gate = this.gate.grant(this.instance, at, 1, this.kind);
    return { ...place, pmp, gate, verdict: gate ? 'granted' : 'gate' };
  }

  /** Null: it may; else what forbids it. */
  private mayAccess(
    at: number,
    length: number,
    need: number,
    kind: AccessKind,
    privilege: number,
  ): WalkVerdict | null {
    if (!this.gate.inRam(at, length)) return 'outside-ram';
    if (!this.pmp.allows(at, length, privilege, need)) return 'pmp';
    return this.gate.grant(this.instance, at, length, kind) ? null : 'gate';
  }

  private ownerOf(physical: bigint): number | null {
    const at = Number(physical);
    return this.gate.inRam(at, 1) ? this.gate.ownerByte(at) : null;
  }
}
