/**
 * A hart changes its owner while kernels run. The kernel that has it is asked to empty and stop it (CPU_REMOVE), the hart
 * is confirmed STOPPED, belongs to nobody while everything it remembers is dropped, and then to the kernel that gets it,
 * which is asked to start it (CPU_ADD). An owner that does not run is not asked.
 *
 * A move that fails is undone. Who does not take a hart may have it, or come to think so: it has brought it online and was
 * too late to say so, or is about to read the request. So before the hart is taken from it,
 *     1. CPU_REMOVE follows CPU_ADD in the ring, unless the kernel refused and the hart is stopped;
 *     2. if it has read CPU_ADD, or the hart is not stopped, it has ANSWER_LIMIT_MS to stop the hart and acknowledge;
 *     3. when the hart still runs then, or the worker has to be ended for it, the kernel has failed: its mask, its fences and
 *        its threads would go on to mean a hart that is gone.
 * One that reads CPU_ADD after that is refused by HART_START, and finds CPU_REMOVE behind it. Its late acknowledgements have
 * the numbers of requests that nobody waits for.
 *
 * A hart whose worker dies ends the kernel that owned it at that moment, and goes to the pool;
 * between two owners it is only given a new worker.
 */
import { STATUS, STATUS_OFFSET } from '../protocol/channel.ts';
import { endInstance } from '../machine/exit.ts';
import { EXIT_LOST, EXIT_TAKEN, FENCE_CODE, FENCE_TLB, INSTANCE } from '../protocol/layout.ts';
import type { UpdatePhase } from '../protocol/machine-view.ts';
import { ringOf } from './channels.ts';
import type { ControllerContext } from './controller-context.ts';
import {
  blameLoss,
  fenceHarts,
  isOnline,
  isStopped,
  PATIENT_LIMIT_MS,
  settleHarts,
  stopHarts,
} from './hart-control.ts';
import type { Instance } from './instances.ts';
import { KernelRequest } from './kernel-request.ts';
import { PhaseWalk, setPhase } from './update-phases.ts';
import { checkWorker } from './validation.ts';

/** From and to: null is the pool. */
export interface HartMove {
  readonly hart: number;
  readonly from: Instance | null;
  readonly to: Instance | null;
}

export interface MoveFailure {
  readonly code:
    | 'cpu-remove-failed'
    | 'cpu-add-failed'
    | 'mem-remove-failed'
    | 'mem-add-failed'
    | 'device-remove-failed'
    | 'device-add-failed'
    | 'hart-lost';
  /** Where what was to move is now, and why. */
  readonly reason: string;
}

/** Null: the hart is where it should be. */
export async function moveHart(context: ControllerContext, move: HartMove): Promise<MoveFailure | null> {
  const { hart, from, to } = move;
  const talked = to?.state === 'active' ? to : from?.state === 'active' ? from : null;
  const phase = (name: UpdatePhase): void => {
    if (talked) setPhase(context, talked, hart, name);
  };
  const failure = from?.state === 'active' ? await leave(context, from, hart) : null;
  if (failure !== null) {
    phase('failed');
    return failure;
  }
  phase('ownership');
  await release(context, from, hart);
  if (to) context.setHartOwner(hart, to.id);
  const refused = to?.state === 'active' ? await join(context, to, hart) : null;
  if (to === null || refused === null) {
    if (to?.state !== 'active') phase('free');
    context.changed();
    return null;
  }
  const undone = await undoJoin(context, move, to, refused);
  phase('failed');
  return undone;
}

async function leave(context: ControllerContext, owner: Instance, hart: number): Promise<MoveFailure | null> {
  const walk = new PhaseWalk(
    (phase) => setPhase(context, owner, hart, phase),
    ['cpu-remove', 'migrating', 'stopping', 'stopped'],
  );
  const request = KernelRequest.send(context, owner, 'CPU_REMOVE', hart);
  if (!request) return stays(owner, hart, `the message ring of ${owner.name} is full`);
  const stopped = (): boolean => isStopped(context, hart);
  const why = await request.completed(stopped, `that hart ${hart} is stopped, but it runs`, () => {
    if (request.taken) walk.reach('migrating');
    if (saysOffline(context, owner, hart)) walk.reach('stopping');
    if (stopped()) walk.reach('stopped');
  });
  if (why === null) return null;
  if (wasLost(context, owner, hart)) return lostIn(context, owner, hart);
  if (context.exitOf(owner) !== 0) return stays(owner, hart, why);
  if (!stopped()) {
    // One that has not answered yet may still do what it was asked for: it reads this after that.
    if (!request.answered && KernelRequest.send(context, owner, 'CPU_ADD', hart))
      context.hearers.delete(owner.id);
    return stays(owner, hart, why);
  }
  const again = await join(context, owner, hart);
  if (again !== null && wasLost(context, owner, hart)) return lostIn(context, owner, hart);
  const outcome =
    again === null ? 'which has started it again' : `stopped, and was not taken back: ${again.why}`;
  return stays(owner, hart, `${why} (it had stopped; given back to ${owner.name}, ${outcome})`);
}

/** Why a kernel has not taken a hart, and the request to, if there was one. */
interface NotTaken {
  readonly why: string;
  readonly request: KernelRequest | null;
}

/** Asks an active owner to start the hart, which is confirmed stopped. Null: it is online. */
async function join(context: ControllerContext, owner: Instance, hart: number): Promise<NotTaken | null> {
  const walk = new PhaseWalk(
    (phase) => setPhase(context, owner, hart, phase),
    ['cpu-add', 'starting', 'online'],
  );
  const able = checkWorker(context, owner.name, hart);
  if (!able.ok) return { why: able.error.reason, request: null };
  const request = KernelRequest.send(context, owner, 'CPU_ADD', hart);
  if (!request) return { why: `the message ring of ${owner.name} is full`, request };
  const online = (): boolean => isOnline(context, hart);
  const why = await request.completed(
    online,
    `that hart ${hart} is online, but it has not started it`,
    () => {
      if (!isStopped(context, hart)) walk.reach('starting');
    },
  );
  if (why !== null) return { why, request };
  walk.reach('online');
  return null;
}

/** False: the hart runs under the kernel, which does not let go of it, and has failed for that. */
async function letGo(
  context: ControllerContext,
  owner: Instance,
  hart: number,
  joining: KernelRequest,
): Promise<boolean> {
  const ended = (): boolean => context.exitOf(owner) !== 0;
  const stopped = (): boolean => isStopped(context, hart);
  if (ended() || (joining.refused && stopped())) return true;
  const request = KernelRequest.send(context, owner, 'CPU_REMOVE', hart);
  if (request && (joining.taken || !stopped())) await request.completed(stopped, '', () => undefined);
  else context.hearers.delete(owner.id);
  if (ended() || stopped()) return true;
  endInstance(context.memory, owner.id, EXIT_TAKEN, hart);
  return false;
}

/** The hart stays away from `to`, which has not taken it, and goes back to where it came from. */
async function undoJoin(
  context: ControllerContext,
  { hart, from }: HartMove,
  to: Instance,
  { why, request }: NotTaken,
): Promise<MoveFailure> {
  const kept = request !== null && !(await letGo(context, to, hart, request));
  const hadWorker = !context.workerless.has(hart);
  // Its worker may be in the middle of a device of `to`, which runs on: what it would leave locked there stays locked.
  const replaced = await stopHarts(context, [hart], PATIENT_LIMIT_MS);
  if (replaced.length > 0 || (hadWorker && context.workerless.has(hart))) blameLoss(context, hart);
  if (wasLost(context, to, hart)) return lostIn(context, to, hart);
  await release(context, to, hart);
  const ending = kept ? `, and has failed: it ran on the hart, and did not let go of it when asked` : '';
  const failed = (reason: string): MoveFailure => ({ code: 'cpu-add-failed', reason: reason + ending });
  if (from === null) return failed(`hart ${hart} was taken back to the pool: ${why}`);
  context.setHartOwner(hart, from.id);
  const given = `hart ${hart} was given back to ${from.name}`;
  const again = from.state === 'active' ? await join(context, from, hart) : null;
  if (again === null) return failed(`${given}: ${why}`);
  if (wasLost(context, from, hart)) return lostIn(context, from, hart);
  return failed(`${given}, where it stands still because ${again.why}: ${why}`);
}

/**
 * Takes a hart that is stopped, or has to, from its owner; it remembers nothing of it afterwards. The harts that stay are
 * fenced first: one may have looked at the owner before it changed, and be about to start that hart or to interrupt it.
 */
async function release(context: ControllerContext, owner: Instance | null, hart: number): Promise<void> {
  context.setHartOwner(hart, null);
  if (owner) await fenceHarts(context, context.hartsOf(owner), FENCE_TLB);
  await settleHarts(context, [hart]);
  await fenceHarts(context, [hart], FENCE_TLB | FENCE_CODE);
}

/** The kernel ends because the worker of this hart died; the controller deals with that after the command. */
const wasLost = (context: ControllerContext, owner: Instance, hart: number): boolean =>
  context.exitOf(owner) === EXIT_LOST && context.instanceWord(owner.id, INSTANCE.EXIT_STATUS) === hart;

async function lostIn(context: ControllerContext, owner: Instance, hart: number): Promise<MoveFailure> {
  await release(context, owner, hart);
  const reason = `hart ${hart} went to the pool: its worker died while ${owner.name} owned it, which has failed`;
  return { code: 'hart-lost', reason };
}

const stays = (owner: Instance, hart: number, why: string): MoveFailure => ({
  code: 'cpu-remove-failed',
  reason: `hart ${hart} stays with ${owner.name}: ${why}`,
});

/** The kernel keeps a status block, and the hart is not among those it calls online. */
function saysOffline(context: ControllerContext, owner: Instance, hart: number): boolean {
  const channel = context.management(owner);
  if (!channel) return false;
  const word = (offset: number): number =>
    Atomics.load(context.words, (ringOf(channel, 'b-to-a') + STATUS_OFFSET + offset) >>> 2);
  return word(STATUS.MAGIC) !== 0 && (word(STATUS.HARTS_ONLINE) & (1 << hart)) === 0;
}
