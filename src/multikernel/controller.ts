/**
 * The one controller: everything that changes the partition is a kerf command and goes through `run`. Lives in the
 * services worker and alone writes the ownership tables. Commands are carried out one at a time, in order. Beside them,
 * kernels that end by themselves are dealt with, and `kill --force` of an active kernel waits for nobody: a command may
 * wait half a minute for a kernel, and the one that is to be stopped may be the reason. Who closes the books of a kernel
 * that has ended: the command that has it in hand, else `#end`; never both.
 */
import { ok, type Refusal } from '../base/result.ts';
import { TICKS_PER_MS } from '../machine/clock.ts';
import { FENCE_TLB, HART, HEADER, PHASE_LOST } from '../protocol/layout.ts';
import type { ImagePlace, ImageReport } from '../protocol/image-report.ts';
import type { LastWords } from '../protocol/last-words.ts';
import type { Isolation, KerfReply, MachineView } from '../protocol/machine-view.ts';
import { TRACE_KIND } from '../protocol/trace.ts';
import type { Change } from './changes.ts';
import { ControllerContext } from './controller-context.ts';
import { createInstance, sweepChannels, unloadInstance } from './controller-create.ts';
import { awaitsRestart, finishExit } from './controller-end.ts';
import type { ControllerEnvironment } from './controller-environment.ts';
import { execInstance } from './controller-exec.ts';
import { handOverBeside } from './controller-handover.ts';
import { handOver } from './controller-kho.ts';
import { killed, killPlan, killInstance, stopAtOnce } from './controller-kill.ts';
import { loadInstance } from './controller-load.ts';
import { consoleOf, showWhat } from './controller-show.ts';
import { hostCommand, overlayChanges } from './controller-source.ts';
import { namesOf, rollBack, transact, type TransactionRequest } from './controller-transact.ts';
import { updateInstance } from './controller-update.ts';
import { allHarts, blameLoss, fenceHarts, replaceHart } from './hart-control.ts';
import { checkState, type StateVerb } from './instance-states.ts';
import type { Instance } from './instances.ts';
import type { Outcome } from './kerf-outcome.ts';
import {
  parseKerf,
  type ApplyCommand,
  type CreateCommand,
  type HandoverCommand,
  type KillCommand,
  type KerfCommand,
  type UpdateCommand,
} from './kerf-parser.ts';
import { helpText } from './kerf-verbs.ts';
import { checkAsker, HostRequests, imageOf, type Asker } from './host-requests.ts';
import { reportImage } from './image-report.ts';
import { hearKernel } from './kernel-messages.ts';
import { lastWordsOf } from './last-words.ts';
import { viewOf } from './machine-view-of.ts';
import { retellLeaves } from './peer-news.ts';
import { findInstance } from './validation.ts';

/** From one start of a kernel to the restart that it asks for, at least. */
const RESTART_AFTER_MS = 1_000;

export class Controller {
  readonly #context: ControllerContext;
  readonly #hostRequests: HostRequests;
  readonly #changeListeners = new Set<() => void>();
  readonly #kerfListeners = new Set<(reply: KerfReply) => void>();
  /** Harts whose loss has been seen and whose replacement is not there yet. */
  readonly #lostSeen = new Set<number>();
  /** Instances whose end is being dealt with. */
  readonly #ending = new Map<Instance, Promise<void>>();
  /** The instances that the present command works on, and its end: theirs is the command's to notice. */
  readonly #inHand = new Map<Instance, Promise<unknown>>();
  #queue: Promise<void> = Promise.resolve();
  /** The last switch of isolation. */
  #switching: Promise<void> = Promise.resolve();
  /** CONTROLLER_WAKE at the last look; null: no look yet, and a worker may have failed before there was a controller. */
  #wakeSeen: number | null = null;

  /** `memory` has its header written (machine/memory.ts); no instance exists yet. */
  constructor(memory: WebAssembly.Memory, env: ControllerEnvironment) {
    this.#context = new ControllerContext(memory, env, () => {
      for (const listener of this.#changeListeners) listener();
    });
    this.#hostRequests = new HostRequests(this.#context, (line, asker) => this.run(line, asker));
  }

  /**
   * Carries out one kerf line after those before it, and at once what cannot wait. Resolves with what a terminal shows;
   * refusals are replies too. `asker`: the kernel that gives it, if it is one.
   */
  run(line: string, asker?: Asker): Promise<KerfReply> {
    const urgent = this.#urgent(line, asker);
    const carriedOut = async (): Promise<KerfReply> => {
      const reply = {
        ...(await (urgent ? this.#killNow(urgent, line) : this.#carryOut(line, asker))),
        ...(asker ? { from: asker.name } : {}),
      };
      for (const listener of this.#kerfListeners) listener(reply);
      return reply;
    };
    return urgent ? carriedOut() : this.#enqueue(carriedOut);
  }

  view(): MachineView {
    return viewOf(this.#context);
  }

  /** What a kernel's file is, and where it would lie if it were loaded now; changes nothing (image-report.ts). */
  reportImage(name: string, file: Uint8Array, place: ImagePlace): ImageReport {
    return reportImage(this.#context, name, file, place);
  }

  /** What the last kernel of the instance left when it ended; null: none has, or there is no such instance. */
  async lastWords(id: number): Promise<Omit<LastWords, 'consoleTail'> | null> {
    const instance = this.#context.instances.list().find((each) => each.id === id);
    return instance ? lastWordsOf(this.#context, instance) : null;
  }

  /** Calls back after every change of structure, often before the command that makes it has ended. */
  onChange(listener: () => void): void {
    this.#changeListeners.add(listener);
  }

  /** Calls back with the reply to every line, accepted or refused. */
  onKerf(listener: (reply: KerfReply) => void): void {
    this.#kerfListeners.add(listener);
  }

  /**
   * Switches the gate for all kernels at once. Resolves when no hart has a translation from before. Does not wait for a
   * command, which may wait half a minute for a kernel: no command looks at the mode, each asks for the fences of what it
   * changes itself, and requests for fences may overlap (machine/fence.ts). Switches are carried out in order.
   */
  setIsolation(isolation: Isolation): Promise<void> {
    const switched = this.#switching.then(async () => {
      Atomics.store(this.#context.words, HEADER.ENFORCED >> 2, isolation === 'enforced' ? 1 : 0);
      await fenceHarts(this.#context, allHarts(this.#context), FENCE_TLB);
      this.#context.changed();
    });
    this.#switching = switched.catch(() => undefined);
    return switched;
  }

  /**
   * Looks at what changed in the one memory: messages of kernels, kernels that ended themselves, workers that died. To be
   * called after CONTROLLER_WAKE has changed; costs nothing when it has not.
   */
  poll(): void {
    const wake = this.#wakeCount();
    if (wake === this.#wakeSeen) return;
    this.#wakeSeen = wake;
    this.#look();
  }

  #look(): void {
    for (const hart of allHarts(this.#context)) this.#noticeLoss(hart);
    this.#hostRequests.look();
    for (const instance of this.#context.instances.list()) {
      if (instance.state !== 'active' || this.#ending.has(instance)) continue;
      hearKernel(this.#context, instance);
      if (this.#inHand.has(instance) || this.#context.exitOf(instance) === 0) continue;
      this.#ending.set(instance, this.#end(instance));
    }
    retellLeaves(this.#context);
    this.#context.heldHandOvers.tell(this.#context);
    if (!this.#context.channelLeft) return;
    this.#context.channelLeft = false;
    void this.#enqueue(() => sweepChannels(this.#context));
  }

  async #end(instance: Instance): Promise<void> {
    await finishExit(this.#context, instance);
    this.#ending.delete(instance);
    if (awaitsRestart(instance)) void this.#restartWhenDue(instance);
    void this.#enqueue(() => sweepChannels(this.#context));
  }

  /** A kernel that asks for a restart as soon as it runs must not keep the controller, and the host, busy with it alone. */
  async #restartWhenDue(instance: Instance): Promise<void> {
    const ran = (this.#context.env.time() - instance.started) / TICKS_PER_MS;
    await this.#context.env.until(() => !awaitsRestart(instance), Math.max(0, RESTART_AFTER_MS - ran));
    await this.#enqueue(() => this.#restart(instance));
  }

  /** The kernel asked for it; if somebody has killed, unloaded or started the instance since, there is nothing to do. */
  async #restart(instance: Instance): Promise<void> {
    if (!awaitsRestart(instance)) return;
    const started = await this.#holding(instance, () => execInstance(this.#context, instance, false));
    if (!started.ok) this.#context.setState(instance, 'failed', `reboot: ${started.error.reason}`);
  }

  #noticeLoss(hart: number): void {
    const context = this.#context;
    if (context.hartWord(hart, HART.PHASE) !== PHASE_LOST || this.#lostSeen.has(hart)) return;
    this.#lostSeen.add(hart);
    context.trace(TRACE_KIND.HART_LOST, context.ownership.hartOwner(hart), BigInt(hart), 0n, 0);
    blameLoss(context, hart);
    void replaceHart(context, hart).then(() => {
      if (context.workerless.has(hart)) return;
      this.#lostSeen.delete(hart);
      // The new one may have died before anybody could look.
      this.#noticeLoss(hart);
    });
  }

  async #carryOut(line: string, asker: Asker | undefined): Promise<KerfReply> {
    const shown = shownLine(line);
    const parsed = parseKerf(line);
    if (!parsed.ok) return refusal(shown, parsed.error, 2);
    const allowed = asker ? checkAsker(parsed.value, asker) : ok(null);
    if (!allowed.ok) return refusal(shown, allowed.error, 1);
    const outcome = await this.#command(parsed.value, shown, asker);
    if (outcome.ok)
      return { line: shown, exitCode: 0, output: outcome.value, ...this.#consoleOf(parsed.value) };
    return refusal(shown, outcome.error, 'exitCode' in outcome ? outcome.exitCode : 1);
  }

  #consoleOf(command: KerfCommand): Pick<KerfReply, 'console'> {
    const shown = command.verb === 'console' ? this.#context.instances.byName(command.name) : undefined;
    return shown ? { console: shown.id } : {};
  }

  async #command(command: KerfCommand, line: string, asker: Asker | undefined): Promise<Outcome> {
    const context = this.#context;
    switch (command.verb) {
      case 'help':
        return ok(helpText(command.about));
      case 'show':
        return showWhat(context, command);
      case 'init': {
        const create = await hostCommand(context, command);
        return create.ok ? this.#create(create.value, line) : create;
      }
      case 'create':
        return this.#create(command, line);
      case 'apply':
        return this.#apply(command, line);
      case 'rollback':
        return this.#rollBack(command.name);
      case 'console':
        return consoleOf(context, command.name);
      case 'load':
        return this.#on(command, (instance) => loadInstance(context, instance, command, imageOf(asker)));
      case 'exec':
        return command.kho
          ? this.#on({ ...command, verb: 'exec --kho' }, (instance) =>
              handOver(context, instance, command.dryRun),
            )
          : this.#on(command, (instance) => execInstance(context, instance, command.dryRun));
      case 'update':
        return this.#on(command, () => this.#update(command, line));
      case 'handover':
        return this.#on(command, (instance) => this.#handOverTo(instance, command));
      case 'kill':
        return this.#kill(command);
      case 'unload':
        return this.#on(command, (instance) => unloadInstance(context, instance, command.dryRun));
      case 'delete':
        return this.#on(command, () => transact(context, request(command, line)));
    }
  }

  async #kill(command: KillCommand): Promise<Outcome> {
    const instance = this.#context.instances.byName(command.name);
    // It is down already: what is called off is that it comes back.
    if (instance && awaitsRestart(instance)) {
      if (command.dryRun) return ok(`${instance.name} would not come back; nothing was changed`);
      this.#context.setState(instance, 'loaded', 'killed');
      return ok(killed(instance, []));
    }
    return this.#on(command, async (active) => {
      if (command.dryRun) return ok(killPlan(this.#context, active, command.force));
      const outcome = await killInstance(this.#context, active, command.force);
      await sweepChannels(this.#context);
      return outcome;
    });
  }

  /** The active kernel that a line stops by force; null: the line does something else, or must not do it. */
  #urgent(line: string, asker: Asker | undefined): Instance | null {
    const parsed = parseKerf(line);
    if (!parsed.ok || parsed.value.verb !== 'kill' || !parsed.value.force || parsed.value.dryRun) return null;
    if (asker && !checkAsker(parsed.value, asker).ok) return null;
    const instance = this.#context.instances.byName(parsed.value.name);
    return instance?.state === 'active' ? instance : null;
  }

  async #killNow(instance: Instance, line: string): Promise<KerfReply> {
    const replaced = new Set<number>();
    const runs = (): boolean => instance.state === 'active' && this.#context.exitOf(instance) === 0;
    do {
      for (const hart of await stopAtOnce(this.#context, instance)) replaced.add(hart);
      // A command that has it in hand sees that it ended, and may close the books itself; a hand-over that was about to
      // start the next kernel in it has started that.
      await this.#inHand.get(instance)?.catch(() => undefined);
    } while (runs());
    this.#look();
    await this.#ending.get(instance);
    return { line: shownLine(line), exitCode: 0, output: killed(instance, [...replaced]) };
  }

  /** Finds the instance of a command, lets an end of it that is under way finish, and checks its state. */
  async #on(
    command: { readonly verb: StateVerb; readonly name: string },
    act: (instance: Instance) => Promise<Outcome>,
  ): Promise<Outcome> {
    this.#look();
    const found = findInstance(this.#context, command.name);
    if (!found.ok) return found;
    const instance = found.value;
    await this.#ending.get(instance);
    const allowed = checkState(instance, command.verb);
    if (!allowed.ok) return allowed;
    this.#forgetPhases();
    return this.#holding(instance, () => act(instance));
  }

  /** The instance that harts are taken from is in hand, too. */
  async #update(command: UpdateCommand, line: string): Promise<Outcome> {
    const update = (): Promise<Outcome> =>
      plansOnly(command)
        ? updateInstance(this.#context, command)
        : transact(this.#context, request(command, line));
    const donor = command.from === null ? undefined : this.#context.instances.byName(command.from);
    if (!donor) return update();
    await this.#ending.get(donor);
    return this.#holding(donor, update);
  }

  /** Both instances are in hand. */
  async #handOverTo(old: Instance, command: HandoverCommand): Promise<Outcome> {
    const found = findInstance(this.#context, command.to);
    if (!found.ok) return found;
    await this.#ending.get(found.value);
    const runs = checkState(found.value, 'handover');
    if (!runs.ok) return runs;
    return this.#holding(found.value, () => handOverBeside(this.#context, old, found.value, command.step));
  }

  async #holding<T>(instance: Instance, act: () => Promise<T>): Promise<T> {
    const doing = act();
    this.#inHand.set(instance, doing);
    try {
      return await doing;
    } finally {
      this.#inHand.delete(instance);
      this.#look();
    }
  }

  async #create(command: CreateCommand, line: string): Promise<Outcome> {
    this.#forgetPhases();
    return plansOnly(command)
      ? createInstance(this.#context, command)
      : transact(this.#context, request(command, line));
  }

  async #apply(command: ApplyCommand, line: string): Promise<Outcome> {
    const changes = await overlayChanges(this.#context, command.file);
    if (!changes.ok) return changes;
    const { dryRun, format } = command;
    const names = changes.value.map((change) => change.command.name);
    return this.#holdingAll(names, () =>
      transact(this.#context, { changes: changes.value, source: line, dryRun, format }),
    );
  }

  async #rollBack(name: string): Promise<Outcome> {
    const found = this.#context.transactions.find(name);
    if (!found.ok) return found;
    return this.#holdingAll(namesOf(found.value.changes), () => rollBack(this.#context, name));
  }

  /** Ends of these instances that are under way finish first; those that come meanwhile are the command's to notice. */
  async #holdingAll<T>(names: readonly string[], act: () => Promise<T>): Promise<T> {
    this.#look();
    this.#forgetPhases();
    const [name, ...rest] = [...new Set(names)];
    if (name === undefined) return act();
    const instance = this.#context.instances.byName(name);
    const next = (): Promise<T> => this.#holdingAll(rest, act);
    if (!instance) return next();
    await this.#ending.get(instance);
    return this.#holding(instance, next);
  }

  #forgetPhases(): void {
    this.#context.phases = [];
  }

  #enqueue<T>(job: () => Promise<T>): Promise<T> {
    const result = this.#queue.then(job);
    // A bug in one command is its caller's to see, and does not hold up the next.
    this.#queue = result.then(
      () => undefined,
      () => undefined,
    );
    return result;
  }

  #wakeCount(): number {
    return Atomics.load(this.#context.words, HEADER.CONTROLLER_WAKE >> 2);
  }
}

/** A line as the history shows it. */
const shownLine = (line: string): string => `kerf ${line.trim().replace(/^kerf(\s+|$)/, '')}`.trim();

function refusal(line: string, error: Refusal, exitCode: 1 | 2 | 3): KerfReply {
  return { line, exitCode, output: '', error };
}

/** A sentence about what would be done is the operation's own; all else of it goes through a transaction. */
const plansOnly = (command: CreateCommand | UpdateCommand): boolean =>
  command.dryRun && command.format === 'text';

const request = (command: Change['command'], source: string): TransactionRequest => ({
  changes: [{ command, place: null }],
  source,
  dryRun: 'dryRun' in command && command.dryRun,
  format: 'format' in command ? command.format : 'text',
});
