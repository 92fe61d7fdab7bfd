/** `kill`: a request that the kernel carries out itself, or with --force a stop that it cannot resist. */
import { TICKS_PER_MS } from '../machine/clock.ts';
import { ok, refuse, type Result } from '../base/result.ts';
import { MSG_SYSTEM, SYSTEM } from '../protocol/channel.ts';
import { recordExit } from '../machine/exit.ts';
import { EXIT_KILLED, EXIT_LOST, EXIT_PANIC, EXIT_PANIC_REPORTED, EXIT_TAKEN } from '../protocol/layout.ts';
import type { ControllerContext } from './controller-context.ts';
import { closeBooks, finishExit, hasEnded } from './controller-end.ts';
import { FORCE_LIMIT_MS, isStopped, stopHarts } from './hart-control.ts';
import type { Instance } from './instances.ts';
import { checkNotPaused } from './instance-states.ts';
import { formatHarts } from './kerf-values.ts';
import { hearKernel, sendToKernel } from './kernel-messages.ts';

/** A kernel acknowledges in its interrupt handler; one that does not in this time does not know the protocol. */
const ACKNOWLEDGE_LIMIT_MS = 5_000;
/**
 * For so long the kernel may take the request up, and its word that it does still arrives in time: one that is refused
 * here comes to nothing there, although it still lies in the ring.
 */
const HOLDS_MS = ACKNOWLEDGE_LIMIT_MS - 500;
/** From the request until all harts are stopped. */
const SHUTDOWN_LIMIT_MS = 30_000;

export async function killInstance(
  context: ControllerContext,
  instance: Instance,
  force: boolean,
): Promise<Result<string>> {
  if (!force) return shutDown(context, instance).finally(() => context.hearers.delete(instance.id));
  const { replaced } = await killByForce(context, instance);
  return ok(killed(instance, replaced));
}

/**
 * Stops an active kernel at once, whatever a command is doing with it: its end is recorded first, so that such a command
 * ends, too. Closes no books: whoever has the instance in hand does, or whoever sees the end. Returns the harts that got
 * new workers for it.
 */
export function stopAtOnce(context: ControllerContext, instance: Instance): Promise<readonly number[]> {
  recordExit(context.memory, instance.id, EXIT_KILLED, 0);
  return stopHarts(context, context.hartsOf(instance), FORCE_LIMIT_MS);
}

/** What a kill would do. */
export function killPlan(context: ControllerContext, instance: Instance, force: boolean): string {
  const harts = formatHarts(context.hartsOf(instance));
  const what = force
    ? `would be stopped at once, harts ${harts}`
    : `would be asked to shut down, harts ${harts}`;
  return `${instance.name} ${what}; nothing was changed`;
}

/** What a kill says. */
export function killed(instance: Instance, replaced: readonly number[]): string {
  const now = `${instance.name} is ${instance.state}: ${instance.reason}`;
  if (replaced.length === 0) return now;
  return `${now}\nthe worker of hart ${formatHarts(replaced)} did not stop and was replaced`;
}

/** Stops an active kernel that cannot resist. Says how it has ended, and which harts got new workers for it. */
export async function killByForce(
  context: ControllerContext,
  instance: Instance,
): Promise<{ readonly now: string; readonly replaced: readonly number[] }> {
  const replaced = await stopHarts(context, context.hartsOf(instance), FORCE_LIMIT_MS);
  return { now: await close(context, instance), replaced };
}

async function shutDown(context: ControllerContext, instance: Instance): Promise<Result<string>> {
  const running = checkNotPaused(context, instance, 'to shut down');
  if (!running.ok) return running;
  const hint = `stop its harts at once: kerf kill ${instance.name} --force`;
  const began = context.env.time();
  const payload = new Uint8Array(8);
  new DataView(payload.buffer).setBigUint64(0, BigInt(began + HOLDS_MS * TICKS_PER_MS), true);
  if (!sendToKernel(context, instance, { type: MSG_SYSTEM, subtype: SYSTEM.SHUTDOWN, payload })) {
    return refuse('ring-full', `${instance.name} is active and takes no messages: its ring is full`, hint);
  }
  const id = BigInt(instance.sent);
  const heard = { acknowledgement: false };
  context.hearers.set(instance.id, (message) => {
    heard.acknowledgement ||=
      message.type === MSG_SYSTEM && message.subtype === SYSTEM.SHUTDOWN_ACK && message.id === id;
  });
  const ended = (): boolean => {
    hearKernel(context, instance);
    return hasEnded(context, instance);
  };
  await context.env.untilKernel(() => ended() || heard.acknowledgement, ACKNOWLEDGE_LIMIT_MS);
  if (!ended() && !heard.acknowledgement) {
    return refuse(
      'no-answer',
      `${instance.name} is active and did not acknowledge the request to shut down in ${ACKNOWLEDGE_LIMIT_MS / 1000} s`,
      `a kernel that does not know the message never will; ${hint}`,
    );
  }
  const spent = (context.env.time() - began) / TICKS_PER_MS;
  const stopped = (): boolean =>
    ended() && context.hartsOf(instance).every((hart) => isStopped(context, hart));
  if (!(await context.env.untilKernel(stopped, Math.max(0, SHUTDOWN_LIMIT_MS - spent)))) {
    return refuse(
      'not-stopped',
      `${instance.name} acknowledged, but its harts were not stopped after ${SHUTDOWN_LIMIT_MS / 1000} s`,
      hint,
    );
  }
  return ok(await close(context, instance));
}

/** A kernel may panic, or lose a hart, before it is down: that is then how it ended. */
async function close(context: ControllerContext, instance: Instance): Promise<string> {
  const unhappy: readonly number[] = [EXIT_PANIC, EXIT_PANIC_REPORTED, EXIT_LOST, EXIT_TAKEN];
  if (unhappy.includes(context.exitOf(instance))) await finishExit(context, instance);
  else closeBooks(context, instance, 'loaded', 'killed');
  return `${instance.name} is ${instance.state}: ${instance.reason}`;
}
