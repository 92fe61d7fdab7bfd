/**
 * `handover OLD NEW`: the service of a running kernel goes to a kernel beside it, by messages between the two, and nobody
 * who asks notices more than a pause. Phases, and what becomes of a failure in each:
 *
 *   overlap   NEW is told to follow OLD, OLD to send its state to NEW; refused or silent: both forget it
 *   migrate   the state is sent while OLD serves; one of the two ends, or it takes too long: the same
 *   ready     all of it is at NEW, and kept up to date; --hold stops here, for --commit or --rollback
 *   commit    OLD seals its service, sends what is left, NEW compares the hash and serves. It does not: NEW forgets what it
 *             got and OLD serves on. It does: OLD sends everybody to NEW, also who had asked already.
 *   finish    OLD can be killed
 */
import { TICKS_PER_MS } from '../machine/clock.ts';
import { assert } from '../base/assert.ts';
import { ok, refuse, type Result } from '../base/result.ts';
import { SYSTEM } from '../protocol/channel.ts';
import type { UpdatePhase } from '../protocol/machine-view.ts';
import { otherEnd, ringAddress } from './channels.ts';
import type { ControllerContext } from './controller-context.ts';
import { killByForce } from './controller-kill.ts';
import type { HeldHandOver } from './held-handovers.ts';
import { checkNotPaused } from './instance-states.ts';
import type { Instance } from './instances.ts';
import type { HandoverCommand } from './kerf-parser.ts';
import { formatHarts, formatSize } from './kerf-values.ts';
import { KernelDialogue, type Answer } from './kernel-dialogue.ts';
import { forgetArrived, KERNEL_PHASE, setPhase } from './update-phases.ts';

const ANSWER_LIMIT_MS = 5_000;
const MIGRATE_LIMIT_MS = 30_000;
const SEAL_LIMIT_MS = 1_000;
const COMMIT_LIMIT_MS = 5_000;

export async function handOverBeside(
  context: ControllerContext,
  old: Instance,
  next: Instance,
  step: HandoverCommand['step'],
): Promise<Result<string>> {
  for (const instance of [old, next]) {
    const running = checkNotPaused(context, instance, 'to hand over');
    if (!running.ok) return running;
  }
  context.heldHandOvers.tell(context);
  const held = context.heldHandOvers.of(old);
  const reached = step === 'rollback' ? ok(null) : checkPeers(context, old, next);
  if (step === 'commit' || step === 'rollback') {
    if (held?.to === next)
      return reached.ok ? new SideBySide(context, old, next).continue(held, step) : reached;
    return refuse(
      'nothing-held',
      `no hand-over from ${old.name} to ${next.name} waits for --${step}`,
      `begin one: kerf handover ${old.name} ${next.name} --hold`,
    );
  }
  if (old === next || !context.channels.between(old.id, next.id)) {
    return refuse(
      'no-channel',
      `${old.name} cannot hand over to ${next.name}: there is no channel between them`,
      old === next ? 'name another instance' : `create ${next.name} with --peer ${old.name}`,
    );
  }
  if (held) {
    return refuse(
      'handover-held',
      `a hand-over of ${old.name} waits for --commit or --rollback`,
      `kerf handover ${old.name} ${held.to.name} --rollback`,
    );
  }
  if (!reached.ok) return reached;
  return new SideBySide(context, old, next).begin(step === 'hold');
}

/** Who asks OLD is sent to NEW, by name: each kernel that runs and can ask the one has to know the other. */
function checkPeers(context: ControllerContext, old: Instance, next: Instance): Result<null> {
  const left = context.channels
    .of(old.id)
    .map((channel) => context.instances.list().find(({ id }) => id === otherEnd(channel, old.id)))
    .filter(
      (peer) => peer?.state === 'active' && peer !== next && !context.channels.between(peer.id, next.id),
    )
    .map((peer) => peer?.name);
  if (left.length === 0) return ok(null);
  return refuse(
    'no-channel',
    `${old.name} cannot hand over to ${next.name}: ${left.join(', ')} can ask ${old.name}, and has no channel to ${next.name}`,
    `create ${next.name} with --peer ${[old.name, ...left].join(',')}`,
  );
}

class SideBySide {
  readonly #context: ControllerContext;
  readonly #old: Instance;
  readonly #next: Instance;
  readonly #toOld: KernelDialogue;
  readonly #toNext: KernelDialogue;
  /** Ids of FOLLOW and SEND; 0: not sent. */
  #follow = 0n;
  #send = 0n;
  /** OLD may have sealed its service, so that NEW may serve. */
  #committing = false;

  constructor(context: ControllerContext, old: Instance, next: Instance) {
    this.#context = context;
    this.#old = old;
    this.#next = next;
    this.#toOld = new KernelDialogue(context, old);
    this.#toNext = new KernelDialogue(context, next);
  }

  async begin(hold: boolean): Promise<Result<string>> {
    try {
      const ready = await this.#overlap();
      if (!ready.ok) return ready;
      if (!hold) return await this.#commit(ready.value.held);
      this.#context.heldHandOvers.add(ready.value.held);
      this.#context.changed();
      return ok(
        `${this.#next.name} is ready to take over from ${this.#old.name}: counter ${ready.value.answer.word(1)}, ` +
          `${formatSize(Number(ready.value.answer.word(2)))} received\n` +
          `then: kerf handover ${this.#old.name} ${this.#next.name} --commit, or --rollback`,
      );
    } finally {
      this.#end();
    }
  }

  async continue(held: HeldHandOver, step: 'commit' | 'rollback'): Promise<Result<string>> {
    this.#context.heldHandOvers.remove(held);
    this.#follow = held.follow;
    this.#send = held.send;
    try {
      if (step === 'commit') return await this.#commit(held);
      const began = this.#context.env.time();
      const undone = await this.#cancel();
      const took = this.#since(began);
      return ok(`${undone}; rolled back in ${took} ms`);
    } finally {
      this.#end();
    }
  }

  async #overlap(): Promise<Result<{ held: HeldHandOver; answer: Answer }>> {
    this.#phase('overlap');
    const channel = this.#context.channels.between(this.#old.id, this.#next.id);
    assert(channel, 'a hand-over began without a channel');
    const began = this.#context.env.time();
    const { HANDOVER_FOLLOW, HANDOVER_FOLLOWING, HANDOVER_SEND, HANDOVER_SENDING, HANDOVER_READY } = SYSTEM;
    const fromOld = BigInt(ringAddress(channel, this.#old.id));
    const follow = this.#toNext.tell(HANDOVER_FOLLOW, fromOld);
    this.#follow = follow ?? 0n;
    if (follow === null) return this.#undone(`the message ring of ${this.#next.name} is full`);
    const following = await this.#toNext.hear(HANDOVER_FOLLOWING, ANSWER_LIMIT_MS, follow);
    const notFollowing = whyNot(following, `${this.#next.name} does not follow`);
    if (notFollowing !== null) return this.#undone(notFollowing);
    const fromNext = BigInt(ringAddress(channel, this.#next.id));
    const send = this.#toOld.tell(HANDOVER_SEND, fromNext);
    this.#send = send ?? 0n;
    if (send === null) return this.#undone(`the message ring of ${this.#old.name} is full`);
    const sending = await this.#toOld.hear(HANDOVER_SENDING, ANSWER_LIMIT_MS, send);
    const notSending = whyNot(sending, `${this.#old.name} does not send`);
    if (notSending !== null) return this.#undone(notSending);
    this.#phase('migrate');
    const answer = await this.#toNext.hear(HANDOVER_READY, MIGRATE_LIMIT_MS, follow, () => this.#oldEnded());
    const notReady = whyNot(answer, `${this.#next.name} has not got all of it`);
    if (notReady !== null || typeof answer === 'string') return this.#undone(notReady ?? '');
    this.#phase('ready');
    return ok({ held: { from: this.#old, to: this.#next, follow, send, began }, answer });
  }

  async #commit({ follow, began }: HeldHandOver): Promise<Result<string>> {
    this.#phase('commit');
    this.#committing = true;
    const sealedAt = this.#context.env.time();
    const { HANDOVER_COMMIT, HANDOVER_SEALED, HANDOVER_DONE, HANDOVER_MOVE, HANDOVER_MOVED } = SYSTEM;
    const sealed = await this.#toOld.ask(HANDOVER_COMMIT, HANDOVER_SEALED, SEAL_LIMIT_MS);
    const notSealed = whyNot(sealed, `${this.#old.name} does not seal its service`);
    if (notSealed !== null || typeof sealed === 'string') return this.#undone(notSealed ?? '');
    const done = await this.#toNext.hear(HANDOVER_DONE, COMMIT_LIMIT_MS, follow);
    const notDone = whyNot(done, `${this.#next.name} does not serve`);
    if (notDone !== null || typeof done === 'string') return this.#undone(notDone ?? '');
    const [counter, hash] = [done.word(1), done.word(2)];
    if (counter !== sealed.word(1) || hash !== sealed.word(2))
      return this.#undone(
        `${this.#next.name} has counter ${counter}, hash ${hex(hash)}, which is another state`,
      );
    const moved = await this.#toOld.ask(HANDOVER_MOVE, HANDOVER_MOVED, ANSWER_LIMIT_MS);
    const blackout = this.#since(sealedAt);
    // It has said that it serves on, and has sent nobody to NEW.
    const notMoved =
      typeof moved === 'string' ? null : whyNot(moved, `${this.#old.name} does not end its service`);
    if (notMoved !== null) return this.#undone(notMoved);
    this.#phase('finish');
    const { name } = this.#old;
    const passedOn =
      typeof moved === 'string'
        ? `${moved}, so who had asked it has to ask again`
        : `${moved.word(1)} requests were waiting and were sent on`;
    return ok(
      [
        `${this.#next.name} serves instead of ${name}`,
        `blackout: ${blackout} ms from seal to move; ${passedOn}`,
        `state: counter ${counter}, hash ${hex(hash)}, as before`,
        `overlap: ${this.#since(began)} ms with hart ${formatHarts(this.#context.hartsOf(this.#next))} and ${formatSize(this.#next.memory.size)} of memory more`,
        `then: kerf kill ${name}`,
      ].join('\n'),
    );
  }

  async #undone(why: string): Promise<Result<never>> {
    const undone = await this.#cancel();
    return refuse(
      'handover-failed',
      `${undone}: ${why}`,
      `see what the kernels say: kerf console ${this.#old.name}, kerf console ${this.#next.name}`,
    );
  }

  /** NEW first: it must not serve when OLD does. Says what has become of both. */
  async #cancel(): Promise<string> {
    const next = await this.#cancelNext();
    const answer =
      this.#ended(this.#old) || this.#send === 0n ? null : await this.#ask(this.#toOld, this.#send);
    this.#phase('rolled-back');
    const { name } = this.#old;
    if (this.#ended(this.#old)) return `${name} has ended, ${next}`;
    return typeof answer === 'string'
      ? `${name} is still to go on (${answer}), ${next}`
      : `${name} serves on, ${next}`;
  }

  async #cancelNext(): Promise<string> {
    const { name } = this.#next;
    const ended = `and what ${name} got is of no use (${name} has ended)`;
    if (this.#ended(this.#next)) return ended;
    const answer = this.#follow === 0n ? null : await this.#ask(this.#toNext, this.#follow);
    if (typeof answer !== 'string') return `and ${name} has forgotten what it got`;
    if (this.#ended(this.#next)) return ended;
    // Without the final mark, which OLD will not send any more, it cannot serve; it will hear the message when it can.
    if (!this.#committing) return `and ${name} is still to forget what it got (${answer})`;
    const { now } = await killByForce(this.#context, this.#next);
    return `and ${name}, which might serve, was stopped (${answer}): ${now}`;
  }

  #ask(dialogue: KernelDialogue, id: bigint): Promise<Answer | string> {
    return dialogue.ask(SYSTEM.HANDOVER_CANCEL, SYSTEM.HANDOVER_CANCELLED, SEAL_LIMIT_MS, id);
  }

  #ended(instance: Instance): boolean {
    return this.#context.exitOf(instance) !== 0;
  }

  #oldEnded(): string | null {
    return this.#ended(this.#old) ? `${this.#old.name} ended meanwhile` : null;
  }

  #end(): void {
    this.#toOld.end();
    this.#toNext.end();
    if (!this.#context.heldHandOvers.of(this.#old)) forgetArrived(this.#context);
  }

  #since(ticks: number): string {
    return ((this.#context.env.time() - ticks) / TICKS_PER_MS).toFixed(1);
  }

  #phase(phase: UpdatePhase): void {
    setPhase(this.#context, this.#old, KERNEL_PHASE, phase);
  }
}

/** Null: the kernel has said that it has done it. */
function whyNot(answer: Answer | string, what: string): string | null {
  const why = typeof answer === 'string' ? answer : answer.error;
  return why === null ? null : `${what}: ${why}`;
}

const hex = (value: bigint): string => `0x${value.toString(16).padStart(16, '0')}`;
