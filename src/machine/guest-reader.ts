/** Reads the memory of a stopped hart as its kernel saw it, for people: nothing is written, no fault is taken. */
import { HART, hartBlock, PAGE_SIZE, RAM_BASE, RAM_HOST } from '../protocol/layout.ts';
import { MACHINE, SLOT } from '../hart/hart-state.ts';
import type { Gate } from './gate.ts';

/** satp.MODE and the levels of its page tables (privileged spec, "satp"). */
const LEVELS: Readonly<Record<number, number>> = { 8: 3, 9: 4 };
const PTE_V = 1n;
const PTE_LEAF = 0b1010n;
const PTE_PPN = (1n << 44n) - 1n;

export class GuestReader {
  private readonly memory: DataView;
  private readonly gate: Pick<Gate, 'mayRead'>;
  private readonly instance: number;
  private readonly satp: bigint;

  /** `instance` owns the hart: what is not its memory is not read. */
  constructor(memory: WebAssembly.Memory, gate: Pick<Gate, 'mayRead'>, instance: number, hart: number) {
    this.memory = new DataView(memory.buffer);
    this.gate = gate;
    this.instance = instance;
    const block = hartBlock(hart);
    const translates = this.memory.getInt32(block + HART.PRIVILEGE, true) !== MACHINE;
    this.satp = translates ? this.memory.getBigUint64(block + SLOT.SATP, true) : 0n;
  }

  /** The 16-bit parcel at a virtual address, or null: it is not mapped, or not the kernel's. */
  parcel(address: bigint): number | null {
    const host = this.host(address, 2);
    return host === null ? null : this.memory.getUint16(host, true);
  }

  /** The doubleword at a virtual address that is a multiple of 8, or null. */
  doubleword(address: bigint): bigint | null {
    const host = this.host(address, 8);
    return host === null ? null : this.memory.getBigUint64(host, true);
  }

  private host(address: bigint, length: number): number | null {
    const physical = this.physical(address);
    return physical === null ? null : this.ram(physical, length);
  }

  /** The guest-physical address of a virtual one, whatever may be done there; null: it is not mapped. */
  physical(address: bigint): bigint | null {
    return this.translate(BigInt.asUintN(64, address));
  }

  private ram(physical: bigint, length: number): number | null {
    if (physical < BigInt(RAM_BASE) || physical > BigInt(Number.MAX_SAFE_INTEGER)) return null;
    const at = Number(physical);
    return this.gate.mayRead(this.instance, at, length) ? RAM_HOST + (at - RAM_BASE) : null;
  }

  private translate(address: bigint): bigint | null {
    const levels = LEVELS[Number(this.satp >> 60n)];
    if (levels === undefined) return address;
    // The bits above the translated ones equal the highest of those.
    if (BigInt.asUintN(64, BigInt.asIntN(12 + 9 * levels, address)) !== address) return null;
    let table = (this.satp & PTE_PPN) * BigInt(PAGE_SIZE);
    for (let level = levels - 1; level >= 0; level--) {
      const shift = BigInt(12 + 9 * level);
      const host = this.ram(table + ((address >> shift) & 511n) * 8n, 8);
      const entry = host === null ? 0n : this.memory.getBigUint64(host, true);
      if ((entry & PTE_V) === 0n) return null;
      const page = ((entry >> 10n) & PTE_PPN) * BigInt(PAGE_SIZE);
      if ((entry & PTE_LEAF) !== 0n) return page + (address & ((1n << shift) - 1n));
      table = page;
    }
    return null;
  }
}
