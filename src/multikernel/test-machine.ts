/**
 * For tests of the controller: a machine whose memory and protocol words are the real ones, and whose harts are small
 * state machines that honour them, with a kernel on each that knows the messages. Machine time passes in `until` only.
 */
import { MSG_RESOURCE, MSG_SYSTEM, RESOURCE, SYSTEM } from '../protocol/channel.ts';
import { signal, signalController } from '../protocol/hart-protocol.ts';
import {
  CONTROLLER_END,
  EXIT_SHUTDOWN,
  HART,
  hartBlock,
  HEADER,
  HSM_START_PENDING,
  HSM_STARTED,
  HSM_STOPPED,
  HSM_SUSPENDED,
  INSTANCE,
  instanceBlock,
  PHASE_LOST,
  PHASE_RUNNING,
  PHASE_SAFE,
  REASON_FENCE,
  REASON_START,
  REASON_STOP,
} from '../protocol/layout.ts';
import type { InstanceId } from '../base/brand.ts';
import type { KerfReply, MachineConfig } from '../protocol/machine-view.ts';
import { createMemory } from '../machine/memory.ts';
import { ChannelRegion, type Message } from './channel-region.ts';
import { ChannelTable, ringOf } from './channels.ts';
import { Controller } from './controller.ts';
import { Ownership } from './ownership.ts';

/** SBI_ERR_DENIED. */
const DENIED = -4n;

/** How the kernels of a test behave. */
export interface Manners {
  /** Answers nothing at all. */
  deaf: boolean;
  /** Acknowledges SHUTDOWN and goes on running. */
  stubborn: boolean;
  /** Machine time in ticks from reading a message to doing what it says. */
  slowness: number;
  /** Status in the acknowledgement of CPU_ADD. */
  addStatus: bigint;
  /** Says that a hart is online without having started it, or stopped without having stopped it. */
  pretends: boolean;
  /** Status in the acknowledgement of CPU_REMOVE; the hart runs on. */
  removeStatus: bigint;
  /** Stops a hart that it is asked for, whatever it then says. */
  stops: boolean;
  /** Suspends a hart as soon as it is started for CPU_ADD. */
  suspends: boolean;
  /** Does what it is asked for and acknowledges nothing. */
  silent: boolean;
  /** A hart whose CPU_ADD it answers with an error; −1: none. */
  refuses: number;
  /** Status in the acknowledgement of MEM_ADD and MEM_REMOVE. */
  memoryStatus: bigint;
  /** Uses memory that it gets before it says so: acknowledges MEM_ADD when it is asked back, and refuses that. */
  late: boolean;
  /** Status in the acknowledgement of DEVICE_ADD, and of DEVICE_REMOVE. */
  deviceStatus: { readonly add: bigint; readonly remove: bigint };
}

/** What a test lets kernels do beside their manners: messages of the class SYSTEM, and the first turn after a start. */
export interface TestBehaviour {
  boot?: (kernel: TestVoice) => void;
  system?: (kernel: TestVoice, subtype: number, id: bigint) => void;
}

export interface TestVoice {
  readonly instance: InstanceId;
  readonly boot: number;
  /** Sends a message of the class SYSTEM to the controller. */
  say(subtype: number, id: bigint, ...words: readonly bigint[]): void;
}

export class TestMachine {
  readonly memory: WebAssembly.Memory;
  readonly controller: Controller;
  readonly region: ChannelRegion;
  readonly channels: ChannelTable;
  readonly ownership: Ownership;
  readonly words: Int32Array;
  readonly view: DataView;
  readonly manners: Manners = {
    deaf: false,
    stubborn: false,
    slowness: 0,
    addStatus: 0n,
    pretends: false,
    removeStatus: 0n,
    stops: false,
    suspends: false,
    silent: false,
    refuses: -1,
    memoryStatus: 0n,
    late: false,
    deviceStatus: { add: 0n, remove: 0n },
  };
  /** What an instance does otherwise than `manners` says. */
  readonly mannersOf = new Map<number, Partial<Manners>>();
  behaviour: TestBehaviour = {};
  /** Harts that look at nothing any more. */
  readonly hung = new Set<number>();
  readonly replaced: number[] = [];
  /** Harts whose workers cannot be started. */
  readonly unstartable = new Set<number>();
  readonly files = new Map<string, Uint8Array>();
  /** RESOURCE messages that kernels have heard: instance, what, its first word. */
  readonly requests: string[] = [];
  /** For each start of a hart: hart, pc, a1, privilege. */
  readonly starts: { hart: number; pc: number; opaque: number; privilege: number }[] = [];
  ticks = 0;
  /** Machine time of a round: 1 ms. */
  ticksPerRound = 10_000;
  /** Called before each round. */
  beforeRound: () => void = () => undefined;
  /** Goes on while the machine is paused. */
  hostTicks = 0;
  readonly #kernels = new Map<number, TestKernel>();

  constructor(config: Pick<MachineConfig, 'harts' | 'memory' | 'devices'>) {
    const whole: MachineConfig = { ...config, isolation: 'enforced', mode: 'repeatable', seed: 0 };
    this.memory = createMemory(whole);
    this.words = new Int32Array(this.memory.buffer);
    this.view = new DataView(this.memory.buffer);
    this.region = new ChannelRegion(this.memory.buffer);
    this.channels = new ChannelTable(this.memory.buffer);
    this.ownership = new Ownership(this.memory.buffer);
    for (let hart = 0; hart < config.harts; hart += 1) this.setHartWord(hart, HART.HSM, HSM_STOPPED);
    this.controller = new Controller(this.memory, {
      config: whole,
      until: (condition, timeoutMs) => this.until(condition, timeoutMs),
      untilKernel: (condition, timeoutMs) => this.#untilTime(() => this.ticks, condition, timeoutMs),
      readFile: async (name) => this.files.get(name) ?? null,
      replaceWorker: async (hart) => this.#replace(hart),
      lossReason: () => 'out of memory',
      consoleTail: () => 'the last line\n',
      time: () => this.ticks,
    });
  }

  /** Runs lines in order and returns the last reply. */
  async kerf(...lines: string[]): Promise<KerfReply> {
    let reply: KerfReply | null = null;
    for (const line of lines) reply = await this.controller.run(line);
    if (reply === null) throw new Error('no line');
    return reply;
  }

  until(condition: () => boolean, timeoutMs: number): Promise<boolean> {
    return this.#untilTime(() => this.hostTicks, condition, timeoutMs);
  }

  async #untilTime(time: () => number, condition: () => boolean, timeoutMs: number): Promise<boolean> {
    const end = time() + timeoutMs * 10_000;
    for (;;) {
      await Promise.resolve();
      if (condition()) return true;
      if (time() >= end) return false;
      this.round();
    }
  }

  round(): void {
    this.beforeRound();
    for (let hart = 0; hart < this.ownership.harts; hart += 1) this.#turn(hart);
    this.hostTicks += this.ticksPerRound;
    if (!this.#paused) this.ticks += this.ticksPerRound;
    this.controller.poll();
  }

  /** Rounds until nothing is left to do for the controller. */
  async settle(): Promise<void> {
    await this.until(() => false, 20);
    await this.controller.run('show');
    await this.until(() => false, 20);
  }

  hartWord(hart: number, offset: number): number {
    return Atomics.load(this.words, (hartBlock(hart) + offset) >> 2);
  }

  setHartWord(hart: number, offset: number, value: number): void {
    Atomics.store(this.words, (hartBlock(hart) + offset) >> 2, value);
  }

  instanceWord(instance: number, offset: number): number {
    return Atomics.load(this.words, (instanceBlock(instance) + offset) >> 2) >>> 0;
  }

  /** What the firmware does when a kernel ends itself. */
  exit(instance: number, why: number): void {
    Atomics.compareExchange(this.words, (instanceBlock(instance) + INSTANCE.EXIT) >> 2, 0, why);
    for (const hart of this.ownership.hartsOf(instance as InstanceId)) signal(this.words, hart, REASON_STOP);
    signalController(this.words);
  }

  /** What the session does when a worker has died. */
  lose(hart: number): void {
    this.hung.add(hart);
    this.setHartWord(hart, HART.PHASE, PHASE_LOST);
    signalController(this.words);
  }

  get #paused(): boolean {
    return Atomics.load(this.words, HEADER.PAUSED >> 2) !== 0;
  }

  #replace(hart: number): void {
    this.replaced.push(hart);
    this.setHartWord(hart, HART.HSM, HSM_STOPPED);
    this.setHartWord(hart, HART.REASONS, 0);
    const startable = !this.unstartable.has(hart);
    if (startable) this.hung.delete(hart);
    this.setHartWord(hart, HART.PHASE, startable ? PHASE_SAFE : PHASE_LOST);
  }

  #turn(hart: number): void {
    if (this.hung.has(hart)) return;
    this.setHartWord(hart, HART.PHASE, PHASE_RUNNING);
    const reasons = Atomics.exchange(this.words, (hartBlock(hart) + HART.REASONS) >> 2, 0);
    if ((reasons & REASON_FENCE) !== 0) {
      const request = this.hartWord(hart, HART.FENCE_REQUEST);
      this.setHartWord(hart, HART.FENCE_KINDS, 0);
      this.setHartWord(hart, HART.FENCE_ACK, request);
    }
    if ((reasons & REASON_START) !== 0 && this.hartWord(hart, HART.HSM) === HSM_START_PENDING)
      this.#start(hart);
    if ((reasons & REASON_STOP) !== 0) this.setHartWord(hart, HART.HSM, HSM_STOPPED);
    if (this.hartWord(hart, HART.HSM) === HSM_STARTED && !this.#paused) this.#runKernel(hart);
    this.setHartWord(hart, HART.PHASE, PHASE_SAFE);
    if (reasons !== 0) signalController(this.words);
  }

  #start(hart: number): void {
    const block = hartBlock(hart);
    this.starts.push({
      hart,
      pc: Number(this.view.getBigUint64(block + HART.START_PC, true)),
      opaque: Number(this.view.getBigUint64(block + HART.START_OPAQUE, true)),
      privilege: this.view.getUint32(block + HART.START_PRIVILEGE, true),
    });
    this.setHartWord(hart, HART.HSM, HSM_STARTED);
  }

  /** The boot hart of an instance runs its kernel. */
  #runKernel(hart: number): void {
    const instance = this.ownership.hartOwner(hart);
    if (instance === null || this.instanceWord(instance, INSTANCE.INTERRUPT_HART) !== hart) return;
    const boot = this.instanceWord(instance, INSTANCE.BOOT_ID);
    let kernel = this.#kernels.get(instance);
    if (kernel?.boot !== boot) {
      kernel = new TestKernel(this, instance, boot);
      this.#kernels.set(instance, kernel);
    }
    kernel.turn();
  }
}

/** A kernel that knows the management messages. */
class TestKernel implements TestVoice {
  readonly boot: number;
  readonly instance: InstanceId;
  readonly #machine: TestMachine;
  #booted = false;
  #tail = 0;
  #head = 0;
  #joining: Message | null = null;
  #late: Message | null = null;
  /** Messages that it has read, and not done yet. */
  readonly #read: { readonly message: Message; readonly due: number }[] = [];

  constructor(machine: TestMachine, instance: InstanceId, boot: number) {
    this.#machine = machine;
    this.instance = instance;
    this.boot = boot;
  }

  get #manners(): Manners {
    return { ...this.#machine.manners, ...this.#machine.mannersOf.get(this.instance) };
  }

  turn(): void {
    if (this.#manners.deaf) return;
    if (!this.#booted) this.#machine.behaviour.boot?.(this);
    this.#booted = true;
    this.#finishJoin();
    const channel = this.#machine.channels.between(CONTROLLER_END, this.instance);
    if (!channel) throw new Error('no management channel');
    const drained = this.#machine.region.drainMessages(ringOf(channel, 'a-to-b'), this.#tail);
    this.#tail = drained.tail;
    const { ticks } = this.#machine;
    this.#read.push(...drained.messages.map((message) => ({ message, due: ticks + this.#manners.slowness })));
    for (let next = this.#read[0]; next !== undefined && next.due <= ticks; next = this.#read[0]) {
      this.#read.shift();
      this.#hear(next.message);
    }
  }

  say(subtype: number, id: bigint, ...words: readonly bigint[]): void {
    const payload = new Uint8Array(8 * words.length);
    const view = new DataView(payload.buffer);
    words.forEach((word, index) => view.setBigUint64(8 * index, BigInt.asUintN(64, word), true));
    this.#send(MSG_SYSTEM, subtype, id, payload);
  }

  #hear(message: Message): void {
    const manners = this.#manners;
    if (message.type === MSG_SYSTEM && message.subtype === SYSTEM.SHUTDOWN) {
      if (this.#machine.ticks > firstWord(message)) return;
      this.#send(MSG_SYSTEM, SYSTEM.SHUTDOWN_ACK, message.id, new Uint8Array());
      if (!manners.stubborn) this.#machine.exit(this.instance, EXIT_SHUTDOWN);
    }
    if (message.type === MSG_SYSTEM) this.#machine.behaviour.system?.(this, message.subtype, message.id);
    if (message.type !== MSG_RESOURCE) return;
    this.#machine.requests.push(`${this.instance} ${nameOf(message.subtype)} ${hartOf(message)}`);
    switch (message.subtype) {
      case RESOURCE.CPU_ADD:
        // HART_START refuses what is another's: the request was read too late.
        if (this.#machine.ownership.hartOwner(hartOf(message)) !== this.instance) {
          this.#acknowledge(message, DENIED);
          break;
        }
        if (this.#addStatus(message) === 0n && !manners.pretends) this.#hartStart(hartOf(message));
        this.#joining = message;
        break;
      case RESOURCE.CPU_REMOVE:
        if (manners.stops || (manners.removeStatus === 0n && !manners.pretends))
          this.#hartStop(hartOf(message));
        this.#acknowledge(message, manners.removeStatus);
        break;
      case RESOURCE.MEM_ADD:
        if (manners.late) this.#late = message;
        else this.#acknowledge(message, manners.memoryStatus);
        break;
      case RESOURCE.MEM_REMOVE:
        if (this.#late) this.#acknowledge(this.#late, 0n);
        if (this.#late) this.#acknowledge(message, -1n);
        this.#late = null;
        if (manners.late) break;
        this.#acknowledge(message, manners.memoryStatus);
        break;
      case RESOURCE.DEVICE_ADD:
        this.#acknowledge(message, manners.deviceStatus.add);
        break;
      case RESOURCE.DEVICE_REMOVE:
        this.#acknowledge(message, manners.deviceStatus.remove);
        break;
    }
  }

  #hartStart(hart: number): void {
    if (this.#machine.hartWord(hart, HART.HSM) !== HSM_STOPPED) return;
    this.#machine.setHartWord(hart, HART.HSM, HSM_START_PENDING);
    signal(this.#machine.words, hart, REASON_START);
  }

  /** Its own hart does that by itself, and does not when it looks at nothing any more; another's is not there. */
  #hartStop(hart: number): void {
    if (this.#machine.ownership.hartOwner(hart) !== this.instance || this.#machine.hung.has(hart)) return;
    this.#machine.setHartWord(hart, HART.HSM, HSM_STOPPED);
  }

  #finishJoin(): void {
    const message = this.#joining;
    if (!message) return;
    const manners = this.#manners;
    const hart = hartOf(message);
    const started = this.#machine.hartWord(hart, HART.HSM) === HSM_STARTED;
    if (!started && this.#addStatus(message) === 0n && !manners.pretends) return;
    if (started && manners.suspends) this.#machine.setHartWord(hart, HART.HSM, HSM_SUSPENDED);
    this.#joining = null;
    this.#acknowledge(message, this.#addStatus(message));
  }

  #addStatus(message: Message): bigint {
    return hartOf(message) === this.#manners.refuses ? -3n : this.#manners.addStatus;
  }

  #acknowledge(message: Message, status: bigint): void {
    if (this.#manners.silent) return;
    const payload = new Uint8Array(16);
    const view = new DataView(payload.buffer);
    view.setBigUint64(0, BigInt(hartOf(message)), true);
    view.setBigInt64(8, status, true);
    this.#send(MSG_RESOURCE, message.subtype + RESOURCE.ACK, message.id, payload);
  }

  #send(type: number, subtype: number, id: bigint, payload: Uint8Array): void {
    const channel = this.#machine.channels.between(CONTROLLER_END, this.instance);
    if (!channel) throw new Error('no management channel');
    this.#machine.region.sendMessage(ringOf(channel, 'b-to-a'), this.#head, { type, subtype, id, payload });
    this.#head += 1;
    signalController(this.#machine.words);
  }
}

const nameOf = (subtype: number): string =>
  Object.entries(RESOURCE).find(([, value]) => value === subtype)?.[0] ?? 'unknown';

/** The first word: the hart, or the base of memory. */
const hartOf = (message: Message): number => firstWord(message);
const firstWord = (message: Message): number =>
  Number(new DataView(message.payload.buffer, message.payload.byteOffset).getBigUint64(0, true));
