/** Questions of the class SYSTEM to one running kernel, one after the other, and what it says to them. */
import { MSG_SYSTEM, type SYSTEM } from '../protocol/channel.ts';
import type { Message } from './channel-region.ts';
import type { ControllerContext } from './controller-context.ts';
import { exitReason } from './controller-end.ts';
import type { Instance } from './instances.ts';
import { hearKernel, sendToKernel } from './kernel-messages.ts';

export type SystemSubtype = (typeof SYSTEM)[keyof typeof SYSTEM];

export class KernelDialogue {
  readonly #context: ControllerContext;
  readonly #instance: Instance;
  readonly #heard: Message[] = [];

  /** Hears the kernel until `end` is called. No other operation may hear it meanwhile. */
  constructor(context: ControllerContext, instance: Instance) {
    this.#context = context;
    this.#instance = instance;
    context.hearers.set(instance.id, (message) => {
      if (message.type === MSG_SYSTEM) this.#heard.push(message);
    });
  }

  /** The message's id, or null: the kernel's ring is full. */
  tell(subtype: SystemSubtype, ...words: readonly bigint[]): bigint | null {
    const payload = new Uint8Array(8 * words.length);
    const view = new DataView(payload.buffer);
    words.forEach((word, index) => view.setBigUint64(8 * index, word, true));
    const sent = sendToKernel(this.#context, this.#instance, { type: MSG_SYSTEM, subtype, payload });
    return sent ? BigInt(this.#instance.sent) : null;
  }

  /** Tells, and waits for the answer with the same id. A string: why there is none. */
  async ask(
    question: SystemSubtype,
    answer: SystemSubtype,
    limitMs: number,
    ...words: readonly bigint[]
  ): Promise<Answer | string> {
    const id = this.tell(question, ...words);
    if (id === null) return `the message ring of ${this.#instance.name} is full`;
    return this.hear(answer, limitMs, id);
  }

  /**
   * Waits for a message of this subtype, with this id unless it is null. A string: why it did not come; `hopeless` says so
   * as soon as it cannot come any more.
   */
  async hear(
    subtype: SystemSubtype,
    limitMs: number,
    id: bigint | null = null,
    hopeless: () => string | null = () => null,
  ): Promise<Answer | string> {
    const { name } = this.#instance;
    const found = (): Message | undefined => {
      hearKernel(this.#context, this.#instance);
      return this.#heard.find((each) => each.subtype === subtype && (id === null || each.id === id));
    };
    const ended = (): boolean => this.#context.exitOf(this.#instance) !== 0;
    await this.#context.env.untilKernel(
      () => found() !== undefined || ended() || hopeless() !== null,
      limitMs,
    );
    const message = found();
    if (message) return new Answer(message.payload);
    return ended()
      ? `${name} ended meanwhile (${exitReason(this.#context, this.#instance)})`
      : (hopeless() ?? `${name} did not answer in ${limitMs / 1000} s`);
  }

  end(): void {
    this.#context.hearers.delete(this.#instance.id);
  }
}

/** The payload of an answer: 64-bit words, 0 where it is too short. The first is a status, 0 for success. */
export class Answer {
  readonly #view: DataView;

  constructor(payload: Uint8Array) {
    this.#view = new DataView(payload.buffer, payload.byteOffset, payload.byteLength);
  }

  word(index: number): bigint {
    return this.#view.byteLength < 8 * (index + 1) ? 0n : this.#view.getBigUint64(8 * index, true);
  }

  /** Null: success; an answer without a status is none. */
  get error(): string | null {
    if (this.#view.byteLength < 8) return 'its answer has no status';
    const status = this.#view.getBigInt64(0, true);
    return status === 0n ? null : `it answered with error ${status}`;
  }
}
