/**
 * Platform-level interrupt controller (RISC-V PLIC specification 1.0.0; register map of the SiFive PLIC): 31 sources, two
 * contexts for each hart of the machine, 2·hart for M-mode and 2·hart + 1 for S-mode. Each kernel has its own; contexts of
 * harts that it does not own read as 0 and ignore writes.
 *
 * All state is 32-bit atomics at INSTANCE.PLIC, 0 at power-on, so that devices on any thread can move their lines. Sources
 * are levels: the gateway passes a high line on as one pending interrupt and is then closed until the completion.
 */
import { lowerInterrupt, raiseInterrupt } from '../../protocol/hart-protocol.ts';
import { HART, hartBlock, HEADER, INSTANCE, instanceBlock } from '../../protocol/layout.ts';
import type { Device, DeviceAccess } from './device.ts';
import { SERVICES, settle } from './settle.ts';

export const PLIC_BASE = 0x0c00_0000;
export const PLIC_SIZE = 0x60_0000;
/** Sources are 1 … 31; ID 0 means "no interrupt". */
const PLIC_SOURCES = 31;

/** Offsets from INSTANCE.PLIC. */
const STATE = {
  /** The pair of settle.ts. */
  SETTLE: 0x00,
  /** Lines as the devices hold them: bit s for source s, as in the next two. */
  LEVEL: 0x08,
  /** Interrupts that the gateways passed on and nobody claimed. */
  PENDING: 0x0c,
  /** Gateways closed: claimed and not completed. The PENDING bit of a closed source means nothing. */
  CLAIMED: 0x10,
  /** u32[32]: by source. */
  PRIORITY: 0x80,
  /** u32[32]: by context, bit s for source s. */
  ENABLE: 0x100,
  /** u32[32]: by context. */
  THRESHOLD: 0x180,
} as const;

/** Register map, bytes from the base of the window. */
const REGISTERS = {
  PRIORITY_END: 0x80,
  PENDING: 0x1000,
  ENABLE: 0x2000,
  ENABLE_STRIDE: 0x80,
  ENABLE_END: 0x20_0000,
  CONTEXT: 0x20_0000,
  CONTEXT_STRIDE: 0x1000,
  THRESHOLD: 0,
  CLAIM: 4,
} as const;

/** Priorities and thresholds have three bits, as on the virt board. */
const PRIORITY_MASK = 7;
const MIP_SEIP = 1 << 9;
const MIP_MEIP = 1 << 11;

export class Plic implements Device {
  readonly base = PLIC_BASE;
  readonly size = PLIC_SIZE;
  private readonly words: Int32Array;

  constructor(memory: WebAssembly.Memory) {
    this.words = new Int32Array(memory.buffer);
  }

  /** Registers are words of 32 bits: any other access is a fault, as on the virt board. */
  read(access: DeviceAccess): boolean {
    if (access.width !== 4 || (access.offset & 3) !== 0) return false;
    access.lo = this.register(access);
    return true;
  }

  write(access: DeviceAccess): boolean {
    const { offset, instance, hart, lo } = access;
    if (access.width !== 4 || (offset & 3) !== 0) return false;
    const state = plicState(instance);
    if (offset < REGISTERS.PRIORITY_END) {
      if (offset === 0) return true;
      Atomics.store(this.words, (state + STATE.PRIORITY + offset) >> 2, lo & PRIORITY_MASK);
    } else if (offset < REGISTERS.CONTEXT) {
      const context = this.enableContext(instance, offset);
      if (context === null) return true;
      // Source 0 does not exist.
      Atomics.store(this.words, (state + STATE.ENABLE) / 4 + context, lo & ~1);
    } else {
      const context = this.ownContext(
        instance,
        Math.floor((offset - REGISTERS.CONTEXT) / REGISTERS.CONTEXT_STRIDE),
      );
      if (context === null) return true;
      const register = offset % REGISTERS.CONTEXT_STRIDE;
      if (register === REGISTERS.THRESHOLD) {
        Atomics.store(this.words, (state + STATE.THRESHOLD) / 4 + context, lo & PRIORITY_MASK);
      } else if (register === REGISTERS.CLAIM) {
        this.complete(state, context, lo);
      } else {
        return true;
      }
    }
    updateInterrupts(this.words, instance, hart);
    return true;
  }

  private register(access: DeviceAccess): number {
    const { offset, instance, hart } = access;
    const state = plicState(instance);
    if (offset < REGISTERS.PRIORITY_END)
      return Atomics.load(this.words, (state + STATE.PRIORITY + offset) >> 2);
    if (offset === REGISTERS.PENDING) return waiting(this.words, state);
    if (offset < REGISTERS.CONTEXT) {
      const context = this.enableContext(instance, offset);
      return context === null ? 0 : Atomics.load(this.words, (state + STATE.ENABLE) / 4 + context);
    }
    const context = this.ownContext(
      instance,
      Math.floor((offset - REGISTERS.CONTEXT) / REGISTERS.CONTEXT_STRIDE),
    );
    if (context === null) return 0;
    const register = offset % REGISTERS.CONTEXT_STRIDE;
    if (register === REGISTERS.THRESHOLD)
      return Atomics.load(this.words, (state + STATE.THRESHOLD) / 4 + context);
    if (register !== REGISTERS.CLAIM) return 0;
    const source = this.claim(state, context);
    if (source !== 0) updateInterrupts(this.words, instance, hart);
    return source;
  }

  /** Whatever the threshold is: it does not act on claims (specification, "Interrupt Claim Process"). */
  private claim(state: number, context: number): number {
    for (;;) {
      const source = best(this.words, state, context, 0);
      if (source === 0) return 0;
      const bit = 1 << source;
      // Two harts may see the same source: the one that closes the gateway has it.
      if ((Atomics.or(this.words, (state + STATE.CLAIMED) >> 2, bit) & bit) === 0) {
        Atomics.and(this.words, (state + STATE.PENDING) >> 2, ~bit);
        return source;
      }
    }
  }

  /** Ignored unless the source is enabled for the context (specification, "Interrupt Completion"). */
  private complete(state: number, context: number, source: number): void {
    const bit = source >= 1 && source <= PLIC_SOURCES ? 1 << source : 0;
    if ((Atomics.load(this.words, (state + STATE.ENABLE) / 4 + context) & bit) === 0) return;
    Atomics.and(this.words, (state + STATE.CLAIMED) >> 2, ~bit);
  }

  /** The context whose first enable word is at `offset`, or null. */
  private enableContext(instance: number, offset: number): number | null {
    const at = offset - REGISTERS.ENABLE;
    if (at < 0 || offset >= REGISTERS.ENABLE_END || at % REGISTERS.ENABLE_STRIDE !== 0) return null;
    return this.ownContext(instance, at / REGISTERS.ENABLE_STRIDE);
  }

  private ownContext(instance: number, context: number): number | null {
    const hart = context >> 1;
    return hart < (this.words[HEADER.HARTS >> 2] ?? 0) && owns(this.words, instance, hart) ? context : null;
  }
}

/**
 * Sets the level of a source's line, idempotent. `who` is the hart on whose worker this runs, or SERVICES (settle.ts). `source` is
 * 1 … 31.
 */
export function setLine(
  words: Int32Array,
  instance: number,
  source: number,
  level: boolean,
  who: number,
): void {
  const index = (plicState(instance) + STATE.LEVEL) >> 2;
  const bit = 1 << source;
  const before = level ? Atomics.or(words, index, bit) : Atomics.and(words, index, ~bit);
  if (((before & bit) !== 0) !== level) updateInterrupts(words, instance, who);
}

/**
 * Brings SEIP and MEIP of a hart in step with whose it is now: `instance`, or null, the pool's. For the controller, which
 * calls it after each change of the owner table: what the old owner's PLIC had raised is not the new one's, and a line of
 * the new one may be high already. Before a hart that was taken from a running kernel is given away, all harts of that
 * kernel are fenced, as for memory: one of them may be driving its lines still, and must not do so to another's hart.
 */
export function hartOwnerChanged(words: Int32Array, hart: number, instance: number | null): void {
  lowerInterrupt(words, hart, MIP_SEIP | MIP_MEIP);
  if (instance !== null) updateInterrupts(words, instance, SERVICES);
}

/**
 * Forgets what a source that is gone has left pending. For the controller: its line is low, and no hart of the instance has
 * seen it otherwise. What a kernel has claimed of it, it may complete.
 */
export function dropPending(words: Int32Array, instance: number, source: number): void {
  Atomics.and(words, (plicState(instance) + STATE.PENDING) >> 2, ~(1 << source));
  updateInterrupts(words, instance, SERVICES);
}

/** Brings SEIP and MEIP of the instance's harts in step with its PLIC. */
function updateInterrupts(words: Int32Array, instance: number, who: number): void {
  settle(words, plicState(instance) + STATE.SETTLE, who, () => {
    const state = plicState(instance);
    const open = ~Atomics.load(words, (state + STATE.CLAIMED) >> 2);
    const passed = Atomics.load(words, (state + STATE.LEVEL) >> 2) & open;
    if (passed !== 0) Atomics.or(words, (state + STATE.PENDING) >> 2, passed);
    const harts = words[HEADER.HARTS >> 2] ?? 0;
    for (let hart = 0; hart < harts; hart++) {
      if (!owns(words, instance, hart)) continue;
      drive(words, state, hart, 2 * hart, MIP_MEIP);
      drive(words, state, hart, 2 * hart + 1, MIP_SEIP);
    }
  });
}

const plicState = (instance: number): number => instanceBlock(instance) + INSTANCE.PLIC;

function owns(words: Int32Array, instance: number, hart: number): boolean {
  const word = Atomics.load(words, (HEADER.HART_OWNER + hart) >> 2);
  return ((word >>> ((hart & 3) * 8)) & 0xff) === instance + 1;
}

/** Raises or lowers one external interrupt of a hart, if it is not so already. */
function drive(words: Int32Array, state: number, hart: number, context: number, mipBit: number): void {
  const threshold = Atomics.load(words, (state + STATE.THRESHOLD) / 4 + context);
  const wanted = best(words, state, context, threshold) !== 0;
  const raised = (Atomics.load(words, (hartBlock(hart) + HART.MIP) >> 2) & mipBit) !== 0;
  if (wanted === raised) return;
  if (!wanted) {
    lowerInterrupt(words, hart, mipBit);
    return;
  }
  raiseInterrupt(words, hart, mipBit);
}

function waiting(words: Int32Array, state: number): number {
  const open = ~Atomics.load(words, (state + STATE.CLAIMED) >> 2);
  return Atomics.load(words, (state + STATE.PENDING) >> 2) & open;
}

/** The waiting source with the highest priority above `threshold` for a context, the lowest ID of equals; 0: none. */
function best(words: Int32Array, state: number, context: number, threshold: number): number {
  let rest = waiting(words, state) & Atomics.load(words, (state + STATE.ENABLE) / 4 + context);
  let found = 0;
  let highest = threshold;
  while (rest !== 0) {
    const source = 31 - Math.clz32(rest & -rest);
    rest &= rest - 1;
    const priority = Atomics.load(words, (state + STATE.PRIORITY) / 4 + source);
    if (priority > highest) {
      found = source;
      highest = priority;
    }
  }
  return found;
}
