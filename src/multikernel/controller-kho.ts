/**
 * `exec --kho`: a running kernel is replaced in place by the image loaded next, which takes over what the old one preserves
 * (kexec hand-over). Phases, and what becomes of a failure in each:
 *
 *   preserve      the kernel says what it leaves; refused or silent: it has not been disturbed
 *   freeze        it serves no more; no answer: it is told to go on
 *   stopped       its harts stop, those that do not by force; from here on there is no way back
 *   scratch-boot  all memory but what is preserved is cleared, the next kernel starts in scratch
 *   restore       it runs, and takes over; it ends or does not finish: the instance fails, and what was preserved is lost
 *   finish        it serves; what it does not recognise it gives up and says so: it runs without that
 */
import { TICKS_PER_MS } from '../machine/clock.ts';
import { ok, refuse, type Result } from '../base/result.ts';
import { RING, STATUS, SYSTEM } from '../protocol/channel.ts';
import { FENCE_CODE, FENCE_TLB, INSTANCE } from '../protocol/layout.ts';
import type { UpdatePhase } from '../protocol/machine-view.ts';
import { otherEnd, ringFrom } from './channels.ts';
import type { ControllerContext } from './controller-context.ts';
import { sweepChannels } from './controller-create.ts';
import { closeBooks } from './controller-end.ts';
import { checkWorkers, startKernel } from './controller-exec.ts';
import { fenceHarts, FORCE_LIMIT_MS, isStopped, settleHarts, stopHarts } from './hart-control.ts';
import { regionOf, runsOf } from './instance-memory.ts';
import type { Instance, LoadedKernel } from './instances.ts';
import { checkNotPaused } from './instance-states.ts';
import { formatHarts, formatSize } from './kerf-values.ts';
import { KernelDialogue, type Answer } from './kernel-dialogue.ts';
import { closeLinks, statusWord } from './kernel-links.ts';
import { NO_INTERRUPT_HART } from './kernel-messages.ts';
import { clearAllBut, hostAddress, roomOf, sizeOf } from './kho-memory.ts';
import { preservedRanges, treeRange, type Range } from './kho-tree.ts';
import { leaveDeleted } from './peer-leave.ts';
import { bootHart } from './plan-update.ts';
import { forgetArrived, KERNEL_PHASE, setPhase } from './update-phases.ts';

/** A kernel answers from a thread that has nothing else to do. */
const PRESERVE_LIMIT_MS = 5_000;
const FREEZE_LIMIT_MS = 1_000;
const STOP_LIMIT_MS = 2_000;
/** For peers to take the answers that were on their way. */
const DRAIN_LIMIT_MS = 50;
/** From the start of the next kernel until it serves. */
const FINISH_LIMIT_MS = 10_000;

/** What the old kernel leaves, checked. */
interface Preserved {
  readonly tree: Range;
  /** Copied when it was checked: what the kernel writes there afterwards changes nothing. */
  readonly blob: Uint8Array;
  readonly ranges: readonly Range[];
}

/** Messages that nobody will read any more. */
interface Lost {
  readonly requests: number;
  readonly replies: number;
}

export async function handOver(
  context: ControllerContext,
  instance: Instance,
  dryRun: boolean,
): Promise<Result<string>> {
  const { name, next } = instance;
  const running = checkNotPaused(context, instance, 'to say what it preserves');
  if (!running.ok) return running;
  const boot = bootHart(instance, context.hartsOf(instance));
  if (next === null || boot === null) {
    return refuse(
      'no-next-kernel',
      `${name} is active, and no kernel is loaded that could take over`,
      `load it: kerf load ${name} --kernel FILE`,
    );
  }
  if (dryRun) return ok(`${name} would be handed over to ${next.file}; nothing was changed`);
  const outcome = await new HandOver(context, instance, next, boot).run();
  forgetArrived(context);
  return outcome;
}

class HandOver {
  readonly #context: ControllerContext;
  readonly #instance: Instance;
  readonly #next: LoadedKernel;
  readonly #boot: number;
  #frozenAt = 0;

  constructor(context: ControllerContext, instance: Instance, next: LoadedKernel, boot: number) {
    this.#context = context;
    this.#instance = instance;
    this.#next = next;
    this.#boot = boot;
  }

  async run(): Promise<Result<string>> {
    const dialogue = new KernelDialogue(this.#context, this.#instance);
    const parted = await this.#part(dialogue).finally(() => dialogue.end());
    if (!parted.ok) {
      this.#phase('failed');
      return parted;
    }
    const { preserved, frozen, forced } = parted.value;
    const lost = await this.#closeOld();
    const started = await this.#startNext(preserved);
    if (!started.ok) return this.#failed(started.error.reason);
    const restored = await this.#restore();
    if (typeof restored === 'string') return this.#failed(restored);
    this.#phase('finish');
    return this.#verdict(preserved, frozen, restored, lost, forced);
  }

  /** Up to the point of no return: the old kernel has stopped. Refused: it goes on, or has ended by itself. */
  async #part(
    dialogue: KernelDialogue,
  ): Promise<Result<{ preserved: Preserved; frozen: Answer; forced: readonly number[] }>> {
    this.#phase('preserve');
    const preserved = await this.#preserve(dialogue);
    if (!preserved.ok) return preserved;
    this.#phase('freeze');
    this.#frozenAt = this.#context.env.time();
    const { KHO_FREEZE, KHO_FROZEN, KHO_ABORT, KHO_STOP } = SYSTEM;
    const frozen = await dialogue.ask(KHO_FREEZE, KHO_FROZEN, FREEZE_LIMIT_MS);
    const why = typeof frozen === 'string' ? frozen : frozen.error;
    if (why !== null || typeof frozen === 'string') {
      if (!this.#ended) dialogue.tell(KHO_ABORT);
      return this.#goesOn('kho-freeze', `froze nothing: ${why ?? ''}`);
    }
    dialogue.tell(KHO_STOP);
    const harts = this.#context.hartsOf(this.#instance);
    const stopped = (): boolean => harts.every((hart) => isStopped(this.#context, hart));
    await this.#context.env.untilKernel(() => stopped() || this.#ended, STOP_LIMIT_MS);
    const forced = harts.filter((hart) => !isStopped(this.#context, hart));
    if (!this.#ended) await stopHarts(this.#context, forced, FORCE_LIMIT_MS);
    if (this.#ended) return this.#goesOn('kho-stop', 'did not stop as it was asked');
    this.#phase('stopped');
    return ok({ preserved: preserved.value, frozen, forced });
  }

  async #preserve(dialogue: KernelDialogue): Promise<Result<Preserved>> {
    const { KHO_PRESERVE, KHO_PRESERVED } = SYSTEM;
    const answer = await dialogue.ask(KHO_PRESERVE, KHO_PRESERVED, PRESERVE_LIMIT_MS);
    const why = typeof answer === 'string' ? answer : answer.error;
    if (why !== null || typeof answer === 'string')
      return this.#goesOn('kho-preserve', `preserves nothing: ${why ?? ''}`);
    const room = roomOf(this.#instance);
    const length = answer.word(2);
    const tree = treeRange(answer.word(1), length, room);
    if (!tree.ok) return this.#goesOn(tree.error.code, `lies: ${tree.error.reason}`);
    const at = hostAddress(tree.value.base);
    const blob = new Uint8Array(this.#context.memory.buffer).slice(at, at + Number(length));
    const ranges = preservedRanges(blob, tree.value, room);
    if (!ranges.ok) return this.#goesOn(ranges.error.code, `lies: ${ranges.error.reason}`);
    return ok({ tree: tree.value, blob, ranges: ranges.value });
  }

  /** Its harts are stopped: its peers take what it has sent, and what they have sent is counted. */
  async #closeOld(): Promise<Lost> {
    const context = this.#context;
    const { id } = this.#instance;
    context.setInstanceWord(id, INSTANCE.ACTIVE, 0);
    context.setInstanceWord(id, INSTANCE.INTERRUPT_HART, NO_INTERRUPT_HART);
    closeLinks(context, this.#instance);
    context.heldHandOvers.release(context, this.#instance);
    const peers = context.channels.of(id).filter((channel) => {
      const end = otherEnd(channel, id);
      return context.instances.list().some((each) => each.id === end && each.state === 'active');
    });
    const waiting = (sender: 'this' | 'peer'): number =>
      peers.reduce((sum, channel) => {
        const ring = ringFrom(channel, sender === 'this' ? id : otherEnd(channel, id));
        const head = Atomics.load(context.words, (ring + RING.HEAD) >>> 2);
        const tail = Atomics.load(context.words, (ring + RING.TAIL) >>> 2);
        return sum + Math.max(0, (head - tail) | 0);
      }, 0);
    await context.env.untilKernel(() => waiting('this') === 0, DRAIN_LIMIT_MS);
    return { requests: waiting('peer'), replies: waiting('this') };
  }

  async #startNext(preserved: Preserved): Promise<Result<unknown>> {
    this.#phase('scratch-boot');
    const context = this.#context;
    const instance = this.#instance;
    const harts = context.hartsOf(instance);
    await settleHarts(context, harts);
    const able = checkWorkers(context, instance.name, harts);
    if (!able.ok) return able;
    await fenceHarts(context, harts, FENCE_TLB | FENCE_CODE);
    leaveDeleted(context, instance);
    await sweepChannels(context);
    clearAllBut(context, instance, [preserved.tree, ...preserved.ranges]);
    new Uint8Array(context.memory.buffer).set(preserved.blob, hostAddress(preserved.tree.base));
    instance.kernel = this.#next;
    instance.next = null;
    return startKernel(context, instance, {
      kernel: this.#next,
      boot: this.#boot,
      preserved: { base: preserved.tree.base, size: preserved.blob.length },
    });
  }

  /** A string: why the next kernel has not finished. */
  async #restore(): Promise<Answer | string> {
    const dialogue = new KernelDialogue(this.#context, this.#instance);
    const runs = (): boolean => statusWord(this.#context, this.#instance, STATUS.MAGIC) !== 0;
    const began = this.#context.env.time();
    await this.#context.env.untilKernel(() => runs() || this.#ended, FINISH_LIMIT_MS);
    if (runs()) this.#phase('restore');
    const spent = (this.#context.env.time() - began) / TICKS_PER_MS;
    const answer = await dialogue.hear(SYSTEM.KHO_FINISH, Math.max(0, FINISH_LIMIT_MS - spent));
    dialogue.end();
    return typeof answer === 'string' && !this.#ended
      ? `it did not finish in ${FINISH_LIMIT_MS / 1000} s`
      : answer;
  }

  #verdict(
    preserved: Preserved,
    frozen: Answer,
    restored: Answer,
    lost: Lost,
    forced: readonly number[],
  ): Result<string> {
    const { name } = this.#instance;
    const [counter, hash] = [restored.word(1), restored.word(2)];
    const same = counter === frozen.word(1) && hash === frozen.word(2);
    if (restored.error !== null || !same) {
      const why = restored.error ?? `it has counter ${counter}, hash ${hex(hash)}`;
      return refuse(
        'state-not-taken',
        `${name} runs ${this.#next.file}, without the state that was preserved (counter ${frozen.word(1)}, hash ${hex(frozen.word(2))}): ${why}`,
        `see what the kernel says: kerf console ${name}`,
      );
    }
    const kept = sizeOf(preserved.ranges);
    const all = sizeOf(runsOf(this.#instance).map(regionOf));
    const blackout = (this.#context.env.time() - this.#frozenAt) / TICKS_PER_MS;
    const lines = [
      `${name} was handed over to ${this.#next.file}, boot ID ${this.#instance.bootId}`,
      `blackout: ${blackout.toFixed(1)} ms from freeze to finish`,
      `state: counter ${counter}, hash ${hex(hash)}, as before`,
      `preserved: ${formatSize(kept)} in ${preserved.ranges.length} range${preserved.ranges.length === 1 ? '' : 's'}; given up: ${formatSize(all - kept)}`,
      `lost: ${lost.requests} messages not read, ${restored.word(3)} requests not answered, ${lost.replies} messages not delivered`,
    ];
    if (forced.length > 0) lines.push(`hart ${formatHarts(forced)} did not stop when asked, and was stopped`);
    return ok(lines.join('\n'));
  }

  /** There is nothing to go back to: the instance has failed. */
  async #failed(why: string): Promise<Result<string>> {
    const context = this.#context;
    const { name } = this.#instance;
    await stopHarts(context, context.hartsOf(this.#instance), FORCE_LIMIT_MS);
    closeBooks(context, this.#instance, 'failed', `hand-over to ${this.#next.file}: ${why}`);
    this.#phase('failed');
    return refuse(
      'kho-restore',
      `${name} has failed: ${this.#next.file} was started and did not take over: ${why}; what was preserved is lost`,
      `start anew: kerf unload ${name}, kerf load ${name} --kernel FILE, kerf exec ${name}`,
    );
  }

  #goesOn(code: string, why: string): Result<never> {
    const { name } = this.#instance;
    const now = this.#ended ? `${name} has ended` : `${name} goes on`;
    return refuse(code, `${now}: it ${why}`, `see what the kernel says: kerf console ${name}`);
  }

  get #ended(): boolean {
    return this.#context.exitOf(this.#instance) !== 0;
  }

  #phase(phase: UpdatePhase): void {
    setPhase(this.#context, this.#instance, KERNEL_PHASE, phase);
  }
}

const hex = (value: bigint): string => `0x${value.toString(16).padStart(16, '0')}`;
