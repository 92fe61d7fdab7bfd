/** A request of the class RESOURCE to a running kernel, and its acknowledgement (protocol/channel.ts). */
import { TICKS_PER_MS } from '../machine/clock.ts';
import { MSG_RESOURCE, RESOURCE, RING } from '../protocol/channel.ts';
import type { Message } from './channel-region.ts';
import { ringOf } from './channels.ts';
import type { ControllerContext } from './controller-context.ts';
import type { Instance } from './instances.ts';
import { hearKernel, sendToKernel } from './kernel-messages.ts';

/** From a request until everything that it asks for has been done. */
const ANSWER_LIMIT_MS = 5_000;

export type ResourceRequest = Exclude<keyof typeof RESOURCE, 'ACK'>;

export class KernelRequest {
  readonly #context: ControllerContext;
  readonly #instance: Instance;
  readonly #what: ResourceRequest;
  readonly #words: readonly number[];
  /** The number of the message: the ring's head after it. */
  readonly #id: number;
  readonly #began: number;
  /** What the acknowledgement said; null: there is none yet. */
  #status: bigint | null = null;

  private constructor(
    context: ControllerContext,
    instance: Instance,
    what: ResourceRequest,
    words: readonly number[],
  ) {
    this.#context = context;
    this.#instance = instance;
    this.#what = what;
    this.#words = words;
    this.#id = instance.sent;
    this.#began = context.env.time();
    context.hearers.set(instance.id, (message) => this.#hear(message));
  }

  /** Sends to an active kernel; `words` is the payload, u64 each. Null: its ring is full. */
  static send(
    context: ControllerContext,
    instance: Instance,
    what: ResourceRequest,
    ...words: readonly number[]
  ): KernelRequest | null {
    return KernelRequest.sendNamed(context, instance, what, '', ...words);
  }

  /** The same with a name at the end of the payload. */
  static sendNamed(
    context: ControllerContext,
    instance: Instance,
    what: ResourceRequest,
    name: string,
    ...words: readonly number[]
  ): KernelRequest | null {
    const letters = new TextEncoder().encode(name);
    const payload = new Uint8Array(8 * words.length + letters.length);
    const view = new DataView(payload.buffer);
    words.forEach((word, index) => view.setBigUint64(8 * index, BigInt(word), true));
    payload.set(letters, 8 * words.length);
    const sent = sendToKernel(context, instance, { type: MSG_RESOURCE, subtype: RESOURCE[what], payload });
    return sent ? new KernelRequest(context, instance, what, words) : null;
  }

  /**
   * Waits until the kernel has accepted and `done` holds. Resolves with null then, else with why not: it refused, ended,
   * or the time is up. `look` is called at each look at the machine.
   */
  async completed(done: () => boolean, notDone: string, look: () => void): Promise<string | null> {
    const over = (): boolean => {
      hearKernel(this.#context, this.#instance);
      look();
      return this.#context.exitOf(this.#instance) !== 0 || this.refused || (this.#status === 0n && done());
    };
    const spent = (this.#context.env.time() - this.#began) / TICKS_PER_MS;
    await this.#context.env.untilKernel(over, Math.max(0, ANSWER_LIMIT_MS - spent));
    this.#context.hearers.delete(this.#instance.id);
    const { name } = this.#instance;
    if (this.#context.exitOf(this.#instance) !== 0) return `${name} ended meanwhile`;
    if (this.refused) return `${name} answered with error ${String(this.#status)}`;
    if (this.#status === null) return `${name} did not acknowledge it in ${ANSWER_LIMIT_MS / 1000} s`;
    return done() ? null : `${name} said ${notDone}`;
  }

  /**
   * To be called when the kernel has not acknowledged in time that it gets something. `opposite` is sent and, if the kernel
   * has read this request, waited for: it may use already what is about to be another's. True: it does, so it acknowledges
   * this after all, and does not give back. One that reads both later is to do neither (guests/islet/manage.c).
   */
  async askBack(opposite: () => KernelRequest | null): Promise<boolean> {
    const back = opposite();
    if (!back || !this.taken) {
      this.#context.hearers.delete(this.#instance.id);
      return false;
    }
    this.#context.hearers.set(this.#instance.id, (message) => {
      this.#hear(message);
      back.#hear(message);
    });
    await back.completed(
      () => true,
      '',
      () => undefined,
    );
    return this.#status === 0n && back.refused && this.#context.exitOf(this.#instance) === 0;
  }

  #hear(message: Message): void {
    this.#status ??= this.#statusOf(message);
  }

  /** The kernel has acknowledged, with whatever status. */
  get answered(): boolean {
    return this.#status !== null;
  }

  /** The kernel has answered with an error. */
  get refused(): boolean {
    return this.#status !== null && this.#status !== 0n;
  }

  /** The kernel says that it has read the request. */
  get taken(): boolean {
    const channel = this.#context.management(this.#instance);
    if (!channel) return false;
    const tail = Atomics.load(this.#context.words, (ringOf(channel, 'a-to-b') + RING.TAIL) >>> 2);
    return ((tail - this.#id) | 0) >= 0;
  }

  /** Status in the acknowledgement of this very request; null: the message is something else. */
  #statusOf(message: Message): bigint | null {
    if (message.type !== MSG_RESOURCE || message.subtype !== RESOURCE[this.#what] + RESOURCE.ACK) return null;
    if (message.id !== BigInt(this.#id) || message.payload.length < 16) return null;
    const view = new DataView(message.payload.buffer, message.payload.byteOffset);
    return view.getBigUint64(0, true) === BigInt(this.#words[0] ?? 0) ? view.getBigInt64(8, true) : null;
  }
}
