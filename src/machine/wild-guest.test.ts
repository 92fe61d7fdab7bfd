/**
 * A guest that lies: seeded random SBI calls, CSR accesses, loads and stores at every width to devices, borders and
 * nowhere, page tables made of noise. Whatever it does is an event for the guest; JavaScript never throws, and every turn
 * ends (the bound is vitest's time-out).
 */
import { describe, expect, it } from 'vitest';
import { drawFrom } from '../base/random.ts';
import { decode } from '../isa/decode.ts';
import { assemble } from '../isa/assemble.ts';
import { EXTENSION } from './firmware/sbi.ts';
import {
  EXIT_NONE,
  HART,
  hartBlock,
  HSM_START_PENDING,
  HSM_STOPPED,
  INSTANCE,
  instanceBlock,
  POOL_DEVICE,
  RAM_BASE,
  RAM_HOST,
  REASON_START,
  REASON_STOP,
} from '../protocol/layout.ts';
import { signal } from '../protocol/hart-protocol.ts';
import { SBI_EXT_MK } from '../protocol/mk.ts';
import { InstructionClock } from './clock.ts';
import { drainConsoleOutput, pushConsoleInput } from './console-ring.ts';
import { createHartRunner, createInterpreter } from './hart-loop.ts';
import type { HartRunner } from './hart-runner.ts';
import { createTraceReader, type TraceReader } from './trace-reader.ts';
import { POOL_DEVICES, slotAddress, VIRTIO_SLOTS } from '../protocol/pool-devices.ts';
import { TRACE_KIND } from '../protocol/trace.ts';
import { DeviceWords, STATUS, WORD } from './devices/virtio/device-words.ts';
import { TEST_RAM, TestMachine } from './machine.testkit.ts';

/** Pages: hart 0 and 1 are the wild kernel's, with the first half of RAM; hart 2 is a neighbour's. */
const WILD = 0;
const NEIGHBOUR = 1;
const WILD_HARTS = 2;
const HALF = TEST_RAM / 2;
/** Device k of the pool is in slot k: this one of the neighbour's, the others of the wild kernel's. */
const NEIGHBOURS_DEVICE = 1;
/** Where the code lies, and the words that become page tables. */
const CODE = RAM_BASE + 0x1000;
const TABLES = RAM_BASE + 0x8_0000;
const TURN = 1_000;

const EXTENSIONS = [...Object.values(EXTENSION), SBI_EXT_MK, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 0xffff_ffff];
const CSRS = [
  0x100, 0x104, 0x105, 0x106, 0x10a, 0x140, 0x141, 0x142, 0x143, 0x144, 0x14d, 0x180, 0x300, 0x302, 0x303,
  0x304, 0x305, 0x306, 0x30a, 0x320, 0x340, 0x341, 0x342, 0x343, 0x344, 0x3a0, 0x3a2, 0x3b0, 0x3b1, 0x3bf,
  0xb00, 0xb02, 0xc00, 0xc01, 0xc02, 0x7a0, 0xf14,
];
/** Addresses at and around everything that has an edge. */
const EDGES = [
  0n,
  0x10_0000n,
  0x200_0000n,
  0x200_4000n,
  0x200_bff8n,
  0xc00_0000n,
  0xc00_2000n,
  0xc20_0000n,
  0x1000_0000n,
  0x1000_0100n,
  // Virtio: every slot, with a device and without, and the end of the window. The noise around these is their registers.
  ...Array.from({ length: VIRTIO_SLOTS + 1 }, (_, slot) => BigInt(slotAddress(slot))),
  BigInt(RAM_BASE),
  BigInt(RAM_BASE + HALF),
  BigInt(RAM_BASE + TEST_RAM),
  BigInt(TABLES),
  1n << 32n,
  1n << 38n,
  1n << 40n,
  1n << 53n,
  1n << 56n,
  1n << 63n,
  1n << 64n,
];
const LOADS = ['lb', 'lbu', 'lh', 'lhu', 'lw', 'lwu', 'ld', 'lr.w', 'lr.d'];
const STORES = ['sb', 'sh', 'sw', 'sd'];
const ATOMICS = ['amoadd.w', 'amoswap.d', 'amomaxu.d', 'sc.w', 'sc.d'];

class WildMachine {
  readonly machine = new TestMachine([WILD, WILD, NEIGHBOUR]);
  readonly runners: readonly HartRunner[];
  readonly devices: DeviceWords[] = [];
  private readonly pick: (below: number) => number;
  private readonly privilege: 1 | 3;
  private readonly clock: InstructionClock;
  private programs = 0;

  constructor(seed: number, privilege: 1 | 3) {
    this.pick = drawFrom(seed);
    this.privilege = privilege;
    const { machine } = this;
    machine.givePages(WILD, 0, HALF / 4096);
    machine.givePages(NEIGHBOUR, HALF / 4096, HALF / 4096);
    machine.connect(0, WILD, NEIGHBOUR, HALF / 4096 - 4, 4);
    machine.setInterruptHart(WILD, 0);
    machine.setInterruptHart(NEIGHBOUR, 2);
    POOL_DEVICES.forEach(({ type }, index) => {
      const device = new DeviceWords(machine.words, index);
      device.store(POOL_DEVICE.TYPE, type);
      device.setPlace({ instance: index === NEIGHBOURS_DEVICE ? NEIGHBOUR : WILD, slot: index });
      this.devices.push(device);
    });
    machine.words[(instanceBlock(WILD) + INSTANCE.M_MODE) >> 2] = privilege === 3 ? 1 : 0;
    this.clock = new InstructionClock(machine.memory);
    this.reader = createTraceReader(machine.memory);
    const interpreter = createInterpreter(machine.memory);
    this.runners = [0, 1, 2].map((hart) =>
      createHartRunner({ memory: machine.memory, interpreter, hart }, this.clock),
    );
  }

  /** Kinds of trace records with what they are about, to tell that the noise reaches what it is meant for. */
  readonly met = new Set<string>();
  private readonly reader: TraceReader;

  /** One program of noise on both harts, for a few turns. */
  round(): void {
    const { machine, pick } = this;
    this.writeTables();
    const code = assemble(this.program(), { base: BigInt(CODE) }).bytes;
    machine.bytes.set(code, RAM_HOST + (CODE - RAM_BASE));
    // Behind it, words that nobody meant as instructions.
    for (let i = 0; i < 64; i++) this.putWord(CODE + code.length + 4 * i, this.word32());
    Atomics.store(machine.words, (instanceBlock(WILD) + INSTANCE.EXIT) >> 2, EXIT_NONE);
    for (let hart = 0; hart < WILD_HARTS; hart++) this.start(hart);
    for (let turn = 0; turn < 4; turn++) {
      for (const runner of this.runners) {
        runner.turn(TURN);
        runner.becomeSafe();
        runner.sleepMs();
        runner.deadline();
      }
      this.clock.advanceTo(this.clock.time() + pick(10_000));
      pushConsoleInput(machine.memory, WILD, Uint8Array.of(pick(256)));
      drainConsoleOutput(machine.memory, WILD);
    }
    this.devices.forEach((device, index) => {
      if ((device.load(WORD.STATUS) & STATUS.NEEDS_RESET) !== 0) this.met.add(`virtio ${index} broken`);
      if (device.load(WORD.SERVED) !== 0) this.met.add(`virtio ${index} served`);
    });
    for (const { kind, a, b } of this.reader.drain().records) {
      if (kind === TRACE_KIND.SBI) this.met.add(`sbi ${a.toString(16)}.${b}`);
      else if (kind === TRACE_KIND.TRAP) this.met.add(`trap ${a}`);
      else this.met.add(`kind ${kind}`);
    }
  }

  /** Begins anew, whatever it does: stopped by the word that a guest cannot resist. */
  private start(hart: number): void {
    const { words, memory } = this.machine;
    const runner = this.runners[hart];
    const block = hartBlock(hart);
    signal(words, hart, REASON_STOP);
    runner?.turn(1);
    runner?.becomeSafe();
    expect(Atomics.compareExchange(words, (block + HART.HSM) >> 2, HSM_STOPPED, HSM_START_PENDING)).toBe(
      HSM_STOPPED,
    );
    const view = new DataView(memory.buffer, block);
    view.setBigUint64(HART.START_PC, BigInt(CODE), true);
    view.setUint32(HART.START_PRIVILEGE, this.privilege, true);
    signal(words, hart, REASON_START);
  }

  private program(): string {
    const { pick } = this;
    const lines: string[] = [];
    // A trap goes to the next statement, to the program's begin, or anywhere.
    const vector = [`la t0, after`, `la t0, begin`, `li t0, ${this.value()}`][this.pick(3)] ?? '';
    const tvec = this.privilege === 3 ? 'mtvec' : 'stvec';
    lines.push('begin:', vector, `csrw ${tvec}, t0`);
    // Where the noise leads is luck; that it knocks at the neighbour's door, and calls every extension, must not be.
    const number = this.programs++;
    if (number % 8 === 0) lines.push(`li t0, ${RAM_BASE + HALF + 8 * pick(64)}`, 'ld t1, (t0)');
    if (number % 4 === 2) lines.push(...this.queue((number >> 2) % POOL_DEVICES.length));
    if (number % 2 === 1) lines.push(...this.call(EXTENSIONS[(number >> 1) % EXTENSIONS.length] ?? 0));
    for (let i = 0; i < 12; i++) lines.push(...this.statement());
    lines.push('after:');
    for (let i = 0; i < 24; i++) lines.push(...this.statement());
    return lines.join('\n');
  }

  private call(extension: number): string[] {
    return [
      ...[0, 1, 2, 3].map((arg) => `li a${arg}, ${this.value()}`),
      `li a6, ${this.pick(8) === 0 ? this.value() : this.pick(4)}`,
      `li a7, ${extension}`,
      'ecall',
    ];
  }

  /** Brings a device to life with a queue anywhere, in which a chain of noise waits, and notifies (virtio 1.2, 4.2.2). */
  private queue(slot: number): string[] {
    const { pick } = this;
    const anywhere = (): number =>
      pick(2) === 0 ? TABLES + 16 * pick(0x300) : RAM_BASE + 16 * pick(TEST_RAM / 16 + 64);
    const chain = pick(4) > 0;
    const available = chain ? TABLES + 16 * pick(0x300) : anywhere();
    const registers: readonly (readonly [number, number])[] = [
      [0x70, 0],
      [0x24, 1],
      [0x20, 1],
      [0x70, 0xb],
      [0x38, 2 ** pick(5)],
      [0x80, anywhere()],
      [0x90, available],
      [0xa0, anywhere()],
      [0x44, 1],
      [0x70, 0xf],
      [0x50, 0],
    ];
    const store = (address: number, value: number): string[] => [
      `li t0, ${address}`,
      `li t1, ${value}`,
      'sw t1, (t0)',
    ];
    const base = slotAddress(slot);
    return [
      // Flags 0, and one chain, which begins at a low descriptor.
      ...(chain ? [...store(available, 0x1_0000), ...store(available + 4, pick(4))] : []),
      ...registers.flatMap(([register, value]) => store(base + register, value)),
    ];
  }

  private statement(): string[] {
    const { pick } = this;
    switch (pick(8)) {
      case 0:
      case 1:
        return this.call(EXTENSIONS[pick(EXTENSIONS.length)] ?? 0);
      case 2:
      case 3: {
        const op = ['csrrw', 'csrrs', 'csrrc'][pick(3)] ?? 'csrrw';
        const csr = pick(4) === 0 ? pick(4096) : (CSRS[pick(CSRS.length)] ?? 0);
        const value = csr === 0x180 && pick(2) === 0 ? this.satp() : this.value();
        return [`li t0, ${value}`, `${op} t1, ${csr}, t0`];
      }
      case 4:
        return [`li t0, ${this.value()}`, `${LOADS[pick(LOADS.length)] ?? 'lb'} t1, (t0)`];
      case 5:
        return [
          `li t0, ${this.value()}`,
          `li t1, ${this.value()}`,
          `${STORES[pick(STORES.length)] ?? 'sb'} t1, (t0)`,
        ];
      case 6:
        return [
          `li t0, ${this.value()}`,
          `li t1, ${this.value()}`,
          `${ATOMICS[pick(ATOMICS.length)] ?? 'sc.w'} t2, t1, (t0)`,
        ];
      default:
        return [
          ['wfi', 'sfence.vma', 'fence.i', 'ebreak', 'mret', 'sret', `li t0, ${this.value()}\njr t0`][
            pick(7)
          ] ?? 'wfi',
        ];
    }
  }

  /** A number of 64 bits, as a signed one: small, at an edge, or anything. */
  private value(): bigint {
    const { pick } = this;
    const edge = EDGES[pick(EDGES.length)] ?? 0n;
    const value =
      pick(6) === 0
        ? (BigInt(this.word32()) << 32n) | BigInt(this.word32())
        : pick(5) === 0
          ? BigInt(pick(20)) - 3n
          : edge + BigInt(pick(2) === 0 ? pick(64) - 32 : (pick(512) - 128) * 8);
    return BigInt.asIntN(64, value);
  }

  private satp(): bigint {
    const page = BigInt(this.pick(4) === 0 ? this.word32() : (TABLES >>> 12) + this.pick(4));
    return BigInt.asIntN(64, (BigInt(8 + this.pick(2)) << 60n) | page);
  }

  /** Page tables that point at each other, at RAM, at its borders, at nowhere. */
  private writeTables(): void {
    const { pick } = this;
    for (let i = 0; i < 4 * 512; i++) {
      const page =
        pick(3) === 0
          ? (TABLES >>> 12) + pick(4)
          : pick(2) === 0
            ? (RAM_BASE >>> 12) + pick(TEST_RAM / 4096 + 2)
            : this.word32();
      const high = pick(8) === 0 ? this.word32() : page >>> 22;
      this.putWord(TABLES + 8 * i, (page << 10) | pick(1024) | (pick(4) === 0 ? 0 : 1));
      this.putWord(TABLES + 8 * i + 4, high);
    }
  }

  private word32(): number {
    return this.pick(0x1_0000_0000);
  }

  private putWord(address: number, value: number): void {
    this.machine.words[(RAM_HOST + (address - RAM_BASE)) >> 2] = value;
  }
}

const ROUNDS = Number(process.env['WILD_ROUNDS'] ?? 60);
const SEED = Number(process.env['WILD_SEED'] ?? 1);

describe('a guest that does anything at all', () => {
  for (const privilege of [1, 3] as const) {
    it(
      `makes nothing throw and no turn endless from ${privilege === 1 ? 'S' : 'M'}-mode`,
      { timeout: 120_000 },
      () => {
        const wild = new WildMachine(SEED, privilege);
        const neighbour = wild.machine.bytes.slice(RAM_HOST + HALF, RAM_HOST + TEST_RAM);
        for (let round = 0; round < ROUNDS; round++) wild.round();
        expect(wild.machine.bytes.slice(RAM_HOST + HALF, RAM_HOST + TEST_RAM)).toEqual(neighbour);
        expect(wild.met).toContain(`kind ${TRACE_KIND.GATE_FAULT}`);
        if (privilege === 1)
          expect([...wild.met].filter((what) => what.startsWith('sbi')).length).toBeGreaterThan(8);
        expect(wild.machine.instanceWord(NEIGHBOUR, INSTANCE.EXIT)).toBe(EXIT_NONE);
        for (const { index } of wild.devices) {
          const own = index !== NEIGHBOURS_DEVICE;
          expect(wild.met.has(`virtio ${index} broken`), `device ${index} met noise`).toBe(own);
        }
        const registers = Array.from({ length: (WORD.SERVED - WORD.LINE) / 4 + 1 }, (_, word) =>
          wild.devices[NEIGHBOURS_DEVICE]?.load(WORD.LINE + 4 * word),
        );
        expect(new Set(registers)).toEqual(new Set([0]));
      },
    );
  }

  it('decodes every word', () => {
    const pick = drawFrom(SEED);
    for (let i = 0; i < 100_000; i++) decode(pick(0x1_0000_0000));
  });
});
