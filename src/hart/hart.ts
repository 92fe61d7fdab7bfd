/**
 * One hart: the generated interpreter with its runtime around it. `run` never blocks; everything it keeps lies in the one
 * memory, and what is in JavaScript is a cache of that.
 */
import { FENCE_CODE, FENCE_TLB, HART, REASON_INTERRUPT } from '../protocol/layout.ts';
import { CsrFile } from './csr-file.ts';
import type { HartCore, HartEnvironment } from './environment.ts';
import {
  HartState,
  MACHINE,
  MENVCFG_ADUE,
  MENVCFG_STCE,
  MSTATUS,
  MSTATUS_HIGH,
  SLOT,
  SUPERVISOR,
  USER,
} from './hart-state.ts';
import {
  type AccessKind,
  EXIT,
  type InterpreterExports,
  type InterpreterImports,
  PRIVATE,
  SYSTEM_OPS,
} from './interpreter-abi.ts';
import { instantiateInterpreter } from './interpreter.ts';
import { Mmu } from './mmu.ts';
import { Pmp } from './pmp.ts';
import { Timer } from './timer.ts';
import { Tlb } from './tlb.ts';
import { CAUSE, DELEGABLE, S_INTERRUPTS, Traps } from './trap.ts';

const RAW = HART.PRIVATE + PRIVATE.RAW;
const CODE_EPOCH = HART.PRIVATE + PRIVATE.CODE_EPOCH;
/** Result of `system`: go on with the next instruction. */
const GO_ON = -1;
const A0 = HART.X + 10 * 8;
const A1 = HART.X + 11 * 8;
/** pmpcfg byte: NAPOT with read, write, execute. */
const PMP_ALL = 0x1f;

export class Hart implements HartCore {
  readonly id: number;
  readonly block: number;
  private readonly state: HartState;
  private readonly env: HartEnvironment;
  private readonly pmp: Pmp;
  private readonly tlb: Tlb;
  private readonly mmu: Mmu;
  private readonly traps: Traps;
  private readonly timer: Timer;
  private readonly interpreter: InterpreterExports;
  /** What each SystemOp does, in the order of SYSTEM_OPS. */
  private readonly systemOps: readonly (() => number)[];

  constructor(memory: WebAssembly.Memory, interpreter: WebAssembly.Module, id: number, env: HartEnvironment) {
    this.id = id;
    this.env = env;
    this.state = new HartState(memory, id);
    this.block = this.state.block;
    this.pmp = new Pmp(this.state);
    this.tlb = new Tlb(this.state);
    this.traps = new Traps(this.state, env);
    this.timer = new Timer(this.state, env);
    const mmu = new Mmu(this.state, env, this.pmp, this.tlb, this.traps);
    this.mmu = mmu;
    const csrs = new CsrFile(this.state, env, this.pmp, this.tlb, this.timer, this.traps);
    const system: Record<(typeof SYSTEM_OPS)[number], () => number> = {
      ecall: () => this.ecall(),
      ebreak: () => this.ebreak(),
      mret: () => this.mret(),
      sret: () => this.sret(),
      wfi: () => this.wfi(),
      'sfence.vma': () => this.sfenceVma(),
      'fence.i': () => this.fenceI(),
      illegal: () => this.illegal(),
    };
    this.systemOps = SYSTEM_OPS.map((name) => system[name]);
    const imports: InterpreterImports = {
      fetch: (_h, offset) => mmu.fetch(offset),
      translate: (_h, vaLow, vaHigh, width, kind) => mmu.translate(vaLow, vaHigh, width, kind as AccessKind),
      commitStore: () => mmu.commitStore(),
      csr: (_h, op, reads, writes) => csrs.access(op, reads !== 0, writes !== 0),
      system: (_h, op) => (this.systemOps[op] ?? system.illegal)(),
    };
    this.interpreter = instantiateInterpreter(interpreter, memory, imports);
    this.state.selectContexts();
  }

  run(budget: number): number {
    const reasons = this.state.index(HART.REASONS);
    let left = budget;
    for (;;) {
      // The bit first, then mip: an interrupt that is raised in between is seen in one of them.
      if (Atomics.and(this.state.words, reasons, ~REASON_INTERRUPT) & ~REASON_INTERRUPT) {
        this.state.setWord(HART.BUDGET, left);
        return EXIT.REASONS;
      }
      this.traps.takeInterrupt();
      const exit = this.interpret(left);
      if (exit !== EXIT.REASONS) return exit;
      left = this.state.low(HART.BUDGET);
      if (left <= 0) return EXIT.BUDGET;
    }
  }

  /** Runs the interpreter on behind stores that are watched, as if nobody watched them, unless that gave a reason to leave. */
  private interpret(budget: number): number {
    for (let left = budget; ;) {
      const exit = this.interpreter.run(this.block, left);
      if (!this.mmu.endWatchedStore()) return exit;
      this.env.stored?.();
      left = this.state.low(HART.BUDGET);
      if (left <= 0) return EXIT.BUDGET;
      if (Atomics.load(this.state.words, this.state.index(HART.REASONS)) !== 0) return EXIT.REASONS;
    }
  }

  start(pc: bigint, opaque: bigint, privilege: 1 | 3): void {
    const { state } = this;
    state.bytes.fill(0, this.block + HART.X, this.block + HART.PC);
    state.bytes.fill(0, this.block + HART.CSRS, this.block + HART.PRIVATE);
    state.set(SLOT.MSTATUS, 0, MSTATUS_HIGH);
    state.set(SLOT.STIMECMP, -1, -1);
    if (privilege === MACHINE) state.set(SLOT.STARTED_IN_M, 1, 0);
    else this.prepareForSupervisor();
    state.set(A0, this.id, 0);
    state.setLong(A1, opaque);
    state.setLong(HART.PC, pc);
    state.dropReservation();
    state.setPrivilege(privilege);
    this.timer.switched();
    this.fence(FENCE_TLB | FENCE_CODE);
  }

  /** What firmware has set up in M-mode's CSRs before it enters a kernel in S-mode. */
  private prepareForSupervisor(): void {
    const { state } = this;
    state.set(SLOT.MEDELEG, DELEGABLE & ~(1 << CAUSE.ECALL_S), 0);
    state.set(SLOT.MIDELEG, S_INTERRUPTS, 0);
    state.set(SLOT.MENVCFG, 0, MENVCFG_STCE | MENVCFG_ADUE);
    state.set(SLOT.MCOUNTEREN, -1, 0);
    state.set(SLOT.SCOUNTEREN, 7, 0);
    state.set(SLOT.PMPCFG0, PMP_ALL, 0);
    state.set(SLOT.PMPADDR, -1, 0x3f_ffff);
  }

  fence(kinds: number): void {
    if ((kinds & FENCE_TLB) !== 0) {
      // The state in memory may be another one (a snapshot was put back): nothing derived from it may stay.
      this.pmp.decode();
      this.state.selectContexts();
      this.tlb.flushAll();
    }
    if ((kinds & FENCE_CODE) !== 0) this.dropCode();
  }

  wakeable(): boolean {
    return (this.state.pending() & this.state.low(SLOT.MIE)) !== 0;
  }

  deadline(): number {
    return this.timer.deadline();
  }

  updateTimer(): void {
    this.timer.update();
  }

  setTimer(ticks: bigint): void {
    this.timer.setStimecmp(Number(BigInt.asIntN(32, ticks)), Number(BigInt.asIntN(32, ticks >> 32n)));
  }

  loadVirtual(address: bigint): bigint | null {
    return this.mmu.peek(address);
  }

  x(index: number): bigint {
    return this.state.long(HART.X + index * 8);
  }

  setX(index: number, value: bigint): void {
    if (index !== 0) this.state.setLong(HART.X + index * 8, value);
  }

  pc(): bigint {
    return this.state.long(HART.PC);
  }

  setPc(value: bigint): void {
    this.state.setLong(HART.PC, value);
  }

  // ── SystemOps: each leaves pc where execution goes on and returns GO_ON or an EXIT code ───────────────────────────

  private ecall(): number {
    const { privilege } = this.state;
    if (privilege === SUPERVISOR && this.env.firmware()) return EXIT.FIRMWARE;
    this.traps.exception(CAUSE.ECALL_U + privilege, 0, 0);
    return GO_ON;
  }

  private ebreak(): number {
    this.traps.exception(CAUSE.BREAKPOINT, this.state.low(HART.PC), this.state.high(HART.PC));
    return GO_ON;
  }

  private illegal(): number {
    this.traps.exception(CAUSE.ILLEGAL, this.state.low(RAW), 0);
    return GO_ON;
  }

  private mret(): number {
    if (this.state.privilege !== MACHINE) return this.illegal();
    this.traps.returnFromM();
    return this.afterChange();
  }

  private sret(): number {
    if (this.forbidden(MSTATUS.TSR)) return this.illegal();
    this.traps.returnFromS();
    return this.afterChange();
  }

  private wfi(): number {
    if (this.forbidden(MSTATUS.TW)) return this.illegal();
    this.state.advance(4);
    this.timer.update();
    return this.wakeable() ? this.afterChange() : EXIT.WFI;
  }

  private sfenceVma(): number {
    if (this.forbidden(MSTATUS.TVM)) return this.illegal();
    const rs1 = (this.state.low(RAW) >>> 15) & 31;
    if (rs1 === 0) this.tlb.flushTranslations();
    else this.tlb.flushPage(this.state.low(HART.X + rs1 * 8), this.state.high(HART.X + rs1 * 8));
    this.state.advance(4);
    return GO_ON;
  }

  private fenceI(): number {
    this.dropCode();
    this.state.advance(4);
    return GO_ON;
  }

  /** SRET, WFI and SFENCE.VMA are illegal in U-mode, and in S-mode when M-mode has said so by this bit of mstatus. */
  private forbidden(bit: number): boolean {
    const { privilege } = this.state;
    return privilege === USER || (privilege === SUPERVISOR && (this.state.mstatus & bit) !== 0);
  }

  /** Interrupts may have become takeable: they are taken before the next instruction, by `run`. */
  private afterChange(): number {
    return this.traps.takeable() >= 0 ? EXIT.REASONS : GO_ON;
  }

  private dropCode(): void {
    this.state.setWord(CODE_EPOCH, this.state.low(CODE_EPOCH) + 1);
  }
}
