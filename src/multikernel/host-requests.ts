/** Commands that the host instance gives by MK calls: the controller's side of protocol/mk.ts. */
import type { InstanceId } from '../base/brand.ts';
import { ok, refuse, type Result } from '../base/result.ts';
import { Gate } from '../machine/gate.ts';
import { MSG_SYSTEM, SYSTEM } from '../protocol/channel.ts';
import { HART, hartBlock, RAM_BASE, RAM_HOST } from '../protocol/layout.ts';
import type { KerfReply } from '../protocol/machine-view.ts';
import {
  HOST_INSTANCE,
  KERF_REPLY,
  MK_FILLED,
  MK_FREE,
  MK_IMAGE_LIMIT,
  MK_PART_TEXT,
  MK_REPLY_LIMIT,
  MK_REPLY_PATIENCE_MS,
  MK_REQUEST,
  MK_SLOTS_KEPT,
  MK_TAKEN,
  MK_TEXT_LIMIT,
  MK_VERBS,
} from '../protocol/mk.ts';
import { ringOf } from './channels.ts';
import type { ControllerContext } from './controller-context.ts';
import { allHarts } from './hart-control.ts';
import type { Instance } from './instances.ts';
import type { KerfCommand } from './kerf-parser.ts';
import { sendToKernel } from './kernel-messages.ts';

/** A kernel that gives a command. */
export interface Asker {
  readonly name: string;
  /**
   * The image that came with the command, out of the kernel's memory; null: `--kernel` names a file of the machine.
   * Refused: it could not be copied.
   */
  readonly image: Result<Uint8Array | null>;
}

interface Request {
  readonly hart: number;
  readonly ticket: bigint;
  readonly boot: number;
  readonly line: string;
  readonly image: Asker['image'];
}

const HOST = HOST_INSTANCE as InstanceId;
const VERB_NAMES = new Map<number, string>(Object.entries(MK_VERBS).map(([name, number]) => [number, name]));

export class HostRequests {
  readonly #context: ControllerContext;
  readonly #run: (line: string, asker: Asker) => Promise<KerfReply>;
  readonly #gate: Gate;
  /** Bytes of the images whose commands are not carried out yet. */
  #waiting = 0;
  /** Answers go out one after the other. */
  #answering: Promise<void> = Promise.resolve();

  /** `run` carries a line out in its turn. */
  constructor(context: ControllerContext, run: (line: string, asker: Asker) => Promise<KerfReply>) {
    this.#context = context;
    this.#run = run;
    this.#gate = new Gate(context.memory);
  }

  /** Takes what was asked since the last look. To be called after CONTROLLER_WAKE has changed. */
  look(): void {
    for (const hart of allHarts(this.#context)) {
      const state = (hartBlock(hart) + HART.MK_REQUEST + MK_REQUEST.STATE) >> 2;
      if (Atomics.load(this.#context.words, state) !== MK_FILLED) continue;
      const host = this.#context.instances.byId(HOST);
      const asking = host?.state === 'active' && this.#bootOf(hart) === host.bootId;
      const request = asking ? this.#copy(hart) : null;
      Atomics.store(this.#context.words, state, request === null ? MK_FREE : MK_TAKEN);
      if (host !== undefined && request !== null) void this.#carryOut(host, request);
    }
  }

  async #carryOut(host: Instance, request: Request): Promise<void> {
    const { line, image } = request;
    const size = image.ok && image.value !== null ? image.value.length : 0;
    this.#waiting += size;
    try {
      const reply = await this.#run(line, { name: host.name, image }).finally(() => {
        this.#waiting -= size;
      });
      const answered = this.#answering.then(() => this.#answer(host, request, reply));
      this.#answering = answered.catch(() => undefined);
      await answered;
    } finally {
      this.#release(request);
    }
  }

  /** Everything that the caller can reach is copied before it is looked at. */
  #copy(hart: number): Request {
    const block = hartBlock(hart) + HART.MK_REQUEST;
    const view = new DataView(this.#context.memory.buffer, block);
    const length = Math.min(view.getUint32(MK_REQUEST.TEXT_LENGTH, true), MK_TEXT_LIMIT);
    const text = new TextDecoder().decode(this.#bytes(block + MK_REQUEST.TEXT, length));
    const verb = VERB_NAMES.get(view.getUint32(MK_REQUEST.VERB, true)) ?? '';
    return {
      hart,
      ticket: view.getBigUint64(MK_REQUEST.TICKET, true),
      boot: this.#bootOf(hart),
      // It is shown in places that obey control characters.
      line: `${verb} ${text.replace(/\p{Cc}/gu, ' ')}`,
      image: this.#copyImage(
        Number(view.getBigUint64(MK_REQUEST.IMAGE, true)),
        view.getUint32(MK_REQUEST.IMAGE_LENGTH, true),
      ),
    };
  }

  #copyImage(address: number, length: number): Result<Uint8Array | null> {
    if (length === 0) return ok(null);
    if (this.#waiting + length > MK_IMAGE_LIMIT) {
      return refuse(
        'images-waiting',
        `${this.#waiting} bytes of images wait to be loaded already; together with these ${length} they are more than ${MK_IMAGE_LIMIT}`,
        'wait for the answer to the last load',
      );
    }
    if (!this.#gate.mayRead(HOST, address, length)) {
      return refuse(
        'image-taken-away',
        `the memory in which the image lay (${length} bytes at 0x${address.toString(16)}) is not all the caller's any more`,
        'keep the memory until the command is answered',
      );
    }
    return ok(this.#bytes(RAM_HOST + (address - RAM_BASE), length));
  }

  #bytes(from: number, length: number): Uint8Array {
    return new Uint8Array(this.#context.memory.buffer).slice(from, from + length);
  }

  #bootOf(hart: number): number {
    return this.#context.hartWord(hart, HART.MK_REQUEST + MK_REQUEST.BOOT);
  }

  /** Sends the answer in parts, as the kernel makes room for them; nothing to a kernel that is not the one that asked. */
  async #answer(host: Instance, request: Request, reply: KerfReply): Promise<void> {
    const context = this.#context;
    const text = cut(new TextEncoder().encode(terminalText(reply)), MK_REPLY_LIMIT);
    const parts = Math.max(1, Math.ceil(text.length / MK_PART_TEXT));
    const gone = (): boolean => host.state !== 'active' || host.bootId !== request.boot;
    for (let part = 0; part < parts; part += 1) {
      const room = (): boolean => gone() || this.#room(host) > MK_SLOTS_KEPT;
      if (!(await context.env.untilKernel(room, MK_REPLY_PATIENCE_MS)) || gone()) return;
      const payload = new Uint8Array(
        KERF_REPLY.TEXT + Math.min(MK_PART_TEXT, text.length - part * MK_PART_TEXT),
      );
      const view = new DataView(payload.buffer);
      view.setBigUint64(KERF_REPLY.TICKET, request.ticket, true);
      view.setUint32(KERF_REPLY.EXIT_CODE, reply.exitCode, true);
      view.setUint32(KERF_REPLY.PART, part, true);
      view.setUint32(KERF_REPLY.PARTS, parts, true);
      payload.set(text.subarray(part * MK_PART_TEXT, (part + 1) * MK_PART_TEXT), KERF_REPLY.TEXT);
      sendToKernel(context, host, { type: MSG_SYSTEM, subtype: SYSTEM.KERF_REPLY, payload });
    }
  }

  /** Free slots of the ring to the kernel, as the kernel says. */
  #room(host: Instance): number {
    const channel = this.#context.management(host);
    return channel ? this.#context.region.freeSlots(ringOf(channel, 'a-to-b'), host.sent) : 0;
  }

  #release({ hart, ticket }: Request): void {
    const block = hartBlock(hart) + HART.MK_REQUEST;
    const present = new DataView(this.#context.memory.buffer, block).getBigUint64(MK_REQUEST.TICKET, true);
    if (present !== ticket) return;
    Atomics.compareExchange(this.#context.words, (block + MK_REQUEST.STATE) >> 2, MK_TAKEN, MK_FREE);
  }
}

/** What an instance cannot do to itself by a command, because nobody would be there for the answer; and what to do. */
const ON_ITSELF: Readonly<Partial<Record<KerfCommand['verb'], string>>> = {
  kill: 'end this kernel from inside: poweroff; or kill it from outside the machine',
  unload: 'the page and the headless runner can unload it when it does not run',
  delete: 'the page and the headless runner can delete it when it does not run',
};

/** Refused with `host-itself` when a kernel gives a command that would end itself, or when its image is not there. */
export function checkAsker(command: KerfCommand, asker: Asker): Result<unknown> {
  if (command.verb === 'load' && !asker.image.ok) return asker.image;
  const hint = ON_ITSELF[command.verb];
  if (hint === undefined || !('name' in command) || command.name !== asker.name) return ok(command);
  return refuse('host-itself', `${asker.name} is active and cannot ${command.verb} itself`, hint);
}

/** The image that came with a command, if one did. */
export const imageOf = (asker: Asker | undefined): Uint8Array | null =>
  asker?.image.ok === true ? asker.image.value : null;

/** As a terminal shows a reply. */
function terminalText({ output, error }: KerfReply): string {
  if (error === undefined) return output;
  const hint = error.hint === '' ? '' : `\n${error.hint}`;
  return `${output === '' ? '' : `${output}\n`}kerf: ${error.reason} [${error.code}]${hint}`;
}

/** At most `limit` bytes of a text, whose end then says how many are missing. */
function cut(text: Uint8Array, limit: number): Uint8Array {
  if (text.length <= limit) return text;
  const note = (missing: number): Uint8Array => new TextEncoder().encode(`\n… ${missing} bytes not shown`);
  const kept = limit - note(text.length).length;
  const end = note(text.length - kept);
  const whole = new Uint8Array(kept + end.length);
  whole.set(text.subarray(0, kept));
  whole.set(end, kept);
  return whole;
}
