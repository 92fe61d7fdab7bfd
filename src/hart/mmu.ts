/**
 * Accesses that the TLBs cannot answer: translation, PMP, the gate, MMIO, and accesses that cross a page. Raises the
 * trap itself when one is due.
 */
import { HART, PAGE_SIZE, RAM_BASE, RAM_HOST } from '../protocol/layout.ts';
import type { HartEnvironment } from './environment.ts';
import type { HartState } from './hart-state.ts';
import { ACCESS, type AccessKind, FETCH_ONCE, PRIVATE } from './interpreter-abi.ts';
import { PageWalker, WALK_OK, WALK_PAGE_FAULT } from './page-walk.ts';
import { type Pmp, PMP_EXECUTE, PMP_READ, PMP_WRITE } from './pmp.ts';
import { isWrite } from './pte.ts';
import type { Tlb } from './tlb.ts';
import { CAUSE, type Traps } from './trap.ts';

/** Results of `locate` and `resolve` that are not host addresses. */
const TRAPPED = 0;
const DEVICE = -1;
const PAGE_FAULT = -2;
const ACCESS_FAULT = -3;
/** Devices decode 40 address bits; what lies above is nobody's (and need not be exact in a Number). */
const DEVICE_LIMIT = 0x100_0000_0000;

/** What commitStore has to do with the bounce buffer. */
interface PendingStore {
  vaLow: number;
  vaHigh: number;
  width: number;
  /** Device address, or −1: a store across two pages of RAM. */
  device: number;
  /** Host addresses of the two parts, and bytes in the first. */
  firstHost: number;
  secondHost: number;
  firstLength: number;
}

export class Mmu {
  private readonly state: HartState;
  private readonly env: HartEnvironment;
  private readonly pmp: Pmp;
  private readonly tlb: Tlb;
  private readonly traps: Traps;
  private readonly walker: PageWalker;
  private readonly ramEnd: number;
  private readonly bounce: number;
  /** The page that `resolve` found last is watched, and was asked for to be written. */
  private watched = false;
  /** The present instruction stores into a watched page. */
  private storing = false;
  /** Instructions that were taken from the budget, so that `run` ends behind that one. */
  private withheld = 0;
  /** Physical address of the last `locate`. */
  private physical = 0;
  private readonly store: PendingStore = {
    vaLow: 0,
    vaHigh: 0,
    width: 0,
    device: -1,
    firstHost: 0,
    secondHost: 0,
    firstLength: 0,
  };

  constructor(state: HartState, env: HartEnvironment, pmp: Pmp, tlb: Tlb, traps: Traps) {
    this.state = state;
    this.env = env;
    this.pmp = pmp;
    this.tlb = tlb;
    this.traps = traps;
    this.walker = new PageWalker(state, env, pmp, tlb);
    this.ramEnd = RAM_BASE + env.ramSize;
    this.bounce = state.block + HART.PRIVATE + PRIVATE.BOUNCE;
  }

  /** InterpreterImports.fetch: devices cannot be executed from. */
  fetch(offset: number): number {
    const pcLow = this.state.low(HART.PC);
    const low = (pcLow + offset) | 0;
    const high = (this.state.high(HART.PC) + (low >>> 0 < pcLow >>> 0 ? 1 : 0)) | 0;
    const host = this.locate(low, high, 2, ACCESS.FETCH);
    if (host === TRAPPED) return 0;
    if (host === DEVICE) return this.accessFault(low, high, ACCESS.FETCH);
    const page = host - (low & (PAGE_SIZE - 1));
    if (!this.pmp.uniform(this.walker.page)) return page | FETCH_ONCE;
    this.tlb.fetchFills(this.state.fetchContext);
    return page;
  }

  /** InterpreterImports.translate. */
  translate(vaLow: number, vaHigh: number, width: number, kind: AccessKind): number {
    const misaligned = (vaLow & (width - 1)) !== 0;
    if (misaligned && kind >= ACCESS.AMO) {
      const cause = kind === ACCESS.LR ? CAUSE.LOAD_MISALIGNED : CAUSE.STORE_MISALIGNED;
      this.traps.exception(cause, vaLow, vaHigh);
      return 0;
    }
    const inPage = PAGE_SIZE - (vaLow & (PAGE_SIZE - 1));
    if (inPage < width) return this.crossing(vaLow, vaHigh, width, inPage, kind);
    const host = this.locate(vaLow, vaHigh, width, kind);
    if (host > 0 && this.watched) this.beginWatchedStore();
    if (host !== DEVICE) return host;
    // Devices take no atomics and no misaligned accesses.
    if (misaligned || kind >= ACCESS.AMO) return this.accessFault(vaLow, vaHigh, kind);
    return this.device(vaLow, vaHigh, width, kind);
  }

  /** InterpreterImports.commitStore. */
  commitStore(): number {
    const { vaLow, vaHigh, width, device, firstHost, secondHost, firstLength } = this.store;
    if (device >= 0) {
      if (this.env.deviceWrite(device, width, this.bounce)) return 0;
      this.accessFault(vaLow, vaHigh, ACCESS.STORE);
      return 1;
    }
    const middle = this.bounce + firstLength;
    this.state.bytes.copyWithin(firstHost, this.bounce, middle);
    this.state.bytes.copyWithin(secondHost, middle, this.bounce + width);
    return 0;
  }

  /**
   * The 64-bit number in RAM at a virtual address (any alignment) as a load of the hart would read it now, or null where
   * that load would fault or meet a device. Takes no trap: it is read on behalf of the guest, by the firmware.
   */
  peek(address: bigint): bigint | null {
    let value = 0n;
    for (let at = 0n; at < 8n;) {
      const low = Number(BigInt.asIntN(32, address + at));
      const high = Number(BigInt.asIntN(32, (address + at) >> 32n));
      const length = Math.min(8 - Number(at), PAGE_SIZE - (low & (PAGE_SIZE - 1)));
      const host = this.resolve(low, high, length, ACCESS.LOAD);
      if (host < 0) return null;
      for (let byte = 0; byte < length; byte++, at++) {
        value |= BigInt(this.state.bytes[host + byte] ?? 0) << (at * 8n);
      }
    }
    return value;
  }

  /**
   * Whether the last instruction stored into a watched page; `run` has ended behind it then, and the budget is given back.
   */
  endWatchedStore(): boolean {
    if (!this.storing) return false;
    this.storing = false;
    this.state.setWord(HART.BUDGET, this.state.low(HART.BUDGET) + this.withheld);
    this.withheld = 0;
    return true;
  }

  /** To be called when nothing can hinder the store any more: what it takes from the budget is time until it is done. */
  private beginWatchedStore(): void {
    const left = this.state.low(HART.BUDGET);
    this.storing = true;
    this.withheld += left - 1;
    this.state.setWord(HART.BUDGET, 1);
  }

  private device(vaLow: number, vaHigh: number, width: number, kind: AccessKind): number {
    if (this.physical >= DEVICE_LIMIT) return this.accessFault(vaLow, vaHigh, kind);
    if (kind === ACCESS.LOAD) {
      if (!this.env.deviceRead(this.physical, width, this.bounce))
        return this.accessFault(vaLow, vaHigh, kind);
    } else {
      this.store.vaLow = vaLow;
      this.store.vaHigh = vaHigh;
      this.store.width = width;
      this.store.device = this.physical;
    }
    return this.bounce;
  }

  /** A load or store of which `firstLength` bytes lie in one page and the rest in the next: both are checked first. */
  private crossing(
    vaLow: number,
    vaHigh: number,
    width: number,
    firstLength: number,
    kind: AccessKind,
  ): number {
    const nextLow = (vaLow + firstLength) | 0;
    const nextHigh = (vaHigh + (nextLow === 0 ? 1 : 0)) | 0;
    const first = this.locate(vaLow, vaHigh, firstLength, kind);
    const { watched } = this;
    if (first === TRAPPED) return 0;
    if (first === DEVICE) return this.accessFault(vaLow, vaHigh, kind);
    const second = this.locate(nextLow, nextHigh, width - firstLength, kind);
    if (second === TRAPPED) return 0;
    if (second === DEVICE) return this.accessFault(nextLow, nextHigh, kind);
    if (watched || this.watched) this.beginWatchedStore();
    if (kind === ACCESS.LOAD) {
      this.state.bytes.copyWithin(this.bounce, first, first + firstLength);
      this.state.bytes.copyWithin(this.bounce + firstLength, second, second + width - firstLength);
    } else {
      this.store.width = width;
      this.store.device = -1;
      this.store.firstHost = first;
      this.store.secondHost = second;
      this.store.firstLength = firstLength;
    }
    return this.bounce;
  }

  /**
   * Where `length` bytes inside one page are: a host address, DEVICE (address in `physical`), or TRAPPED. Fills the TLB
   * when every access to the page in this way will be allowed.
   */
  private locate(vaLow: number, vaHigh: number, length: number, kind: AccessKind): number {
    const found = this.resolve(vaLow, vaHigh, length, kind);
    if (found === PAGE_FAULT) return this.pageFault(vaLow, vaHigh, kind);
    if (found === ACCESS_FAULT) return this.accessFault(vaLow, vaHigh, kind);
    return found;
  }

  /** As `locate`, but a fault is an answer (PAGE_FAULT or ACCESS_FAULT) and no trap is taken. */
  private resolve(vaLow: number, vaHigh: number, length: number, kind: AccessKind): number {
    const state = this.state;
    const fetch = kind === ACCESS.FETCH;
    this.watched = false;
    const privilege = fetch ? state.privilege : state.dataPrivilege;
    const walked = this.walker.translate(vaLow, vaHigh, kind, privilege);
    if (walked !== WALK_OK) return walked === WALK_PAGE_FAULT ? PAGE_FAULT : ACCESS_FAULT;
    const page = this.walker.page;
    const physical = page + (vaLow & (PAGE_SIZE - 1));
    this.physical = physical;
    const need = fetch ? PMP_EXECUTE : isWrite(kind) ? PMP_WRITE : PMP_READ;
    if (!this.pmp.allows(physical, length, privilege, need)) return ACCESS_FAULT;
    if (page < RAM_BASE || page >= this.ramEnd) return DEVICE;
    if (!this.env.grant(page, PAGE_SIZE, kind)) {
      this.env.refused(physical, kind);
      return ACCESS_FAULT;
    }
    const host = RAM_HOST + (page - RAM_BASE);
    if (isWrite(kind) && this.env.watched?.(page)) {
      this.watched = true;
    } else if (!fetch && this.pmp.uniform(page)) {
      this.tlb.fill(state.dataContext, isWrite(kind) ? 1 : 0, vaLow, vaHigh, host);
    }
    return host + (physical - page);
  }

  private pageFault(vaLow: number, vaHigh: number, kind: AccessKind): 0 {
    const cause =
      kind === ACCESS.FETCH ? CAUSE.FETCH_PAGE : isWrite(kind) ? CAUSE.STORE_PAGE : CAUSE.LOAD_PAGE;
    this.traps.exception(cause, vaLow, vaHigh);
    return TRAPPED;
  }

  private accessFault(vaLow: number, vaHigh: number, kind: AccessKind): 0 {
    const cause =
      kind === ACCESS.FETCH ? CAUSE.FETCH_ACCESS : isWrite(kind) ? CAUSE.STORE_ACCESS : CAUSE.LOAD_ACCESS;
    this.traps.exception(cause, vaLow, vaHigh);
    return TRAPPED;
  }
}
