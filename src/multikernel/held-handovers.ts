/** Hand-overs that are ready and wait for --commit or --rollback, and what becomes of one when a kernel of it ends. */
import { MSG_SYSTEM, SYSTEM } from '../protocol/channel.ts';
import type { ControllerContext } from './controller-context.ts';
import type { Instance } from './instances.ts';
import { sendToKernel } from './kernel-messages.ts';

export interface HeldHandOver {
  /** Who serves, and who is to serve. Not their numbers: those go to other instances when they are deleted. */
  readonly from: Instance;
  readonly to: Instance;
  /** Ids of the FOLLOW to `to`, which it answers with DONE, and of the SEND to `from`. */
  readonly follow: bigint;
  readonly send: bigint;
  /** Machine time at which the overlap began, ticks. */
  readonly began: number;
}

/** A kernel that has not been told yet that it follows, or sends to, nobody any more. */
interface Untold {
  readonly kernel: Instance;
  readonly bootId: number;
  readonly id: bigint;
}

export class HeldHandOvers {
  #held: readonly HeldHandOver[] = [];
  #untold: readonly Untold[] = [];

  add(held: HeldHandOver): void {
    this.#held = [...this.#held, held];
  }

  remove(held: HeldHandOver): void {
    this.#held = this.#held.filter((other) => other !== held);
  }

  /** Each kernel sends to one other at most. */
  of(from: Instance): HeldHandOver | undefined {
    return this.#held.find((held) => held.from === from);
  }

  /** The kernel of `ended` is over: what is held with it is forgotten, and the kernel at the other end is told so. */
  release(context: ControllerContext, ended: Instance): void {
    for (const held of this.#held.filter(({ from, to }) => from === ended || to === ended)) {
      this.remove(held);
      const [kernel, id] = held.from === ended ? [held.to, held.follow] : [held.from, held.send];
      this.#untold = [...this.#untold, { kernel, bootId: kernel.bootId, id }];
    }
    this.tell(context);
  }

  /** Tells those again whose rings were full, at each look of the controller and before the next hand-over. Who has ended meanwhile need not know. */
  tell(context: ControllerContext): void {
    this.#untold = this.#untold.filter(({ kernel, bootId, id }) => {
      if (kernel.state !== 'active' || kernel.bootId !== bootId) return false;
      const payload = new Uint8Array(8);
      new DataView(payload.buffer).setBigUint64(0, id, true);
      const message = { type: MSG_SYSTEM, subtype: SYSTEM.HANDOVER_CANCEL, payload };
      return !sendToKernel(context, kernel, message);
    });
  }
}
