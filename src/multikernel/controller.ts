/**
 * The one controller: everything that changes the partition is a kerf command and goes through `run`. Lives in the
 * services worker and alone writes the ownership tables. Commands are carried out one at a time, in order; kernels that
 * end by themselves are dealt with beside them.
 */
import { ok, type Refusal, type Result } from '../base/result.ts';
import { FENCE_TLB, HART, HEADER, PHASE_LOST } from '../protocol/layout.ts';
import type { Isolation, KerfReply, MachineView } from '../protocol/machine-view.ts';
import { TRACE_KIND } from '../protocol/trace.ts';
import { ControllerContext } from './controller-context.ts';
import { createInstance, deleteInstance, sweepChannels, unloadInstance } from './controller-create.ts';
import { finishExit, REBOOT_REASON } from './controller-end.ts';
import type { ControllerEnvironment } from './controller-environment.ts';
import { execInstance } from './controller-exec.ts';
import { killInstance } from './controller-kill.ts';
import { loadInstance } from './controller-load.ts';
import { updateInstance } from './controller-update.ts';
import { allHarts, blameLoss, fenceHarts, replaceHart } from './hart-control.ts';
import { checkState } from './instance-states.ts';
import type { Instance } from './instances.ts';
import type { Outcome } from './kerf-outcome.ts';
import { parseKerf, type KerfCommand, type UpdateCommand } from './kerf-parser.ts';
import { helpText, type Verb } from './kerf-verbs.ts';
import { hearKernel } from './kernel-messages.ts';
import { viewOf } from './machine-view-of.ts';
import { showJson, showText } from './show.ts';
import { findInstance } from './validation.ts';

export class Controller {
  readonly #context: ControllerContext;
  readonly #changeListeners = new Set<() => void>();
  readonly #kerfListeners = new Set<(reply: KerfReply) => void>();
  /** Harts whose loss has been seen and whose replacement is not there yet. */
  readonly #lostSeen = new Set<number>();
  /** Instances whose end is being dealt with. */
  readonly #ending = new Map<Instance, Promise<void>>();
  /** The instances that the present command works on: their end is the command's to notice. */
  readonly #inHand = new Set<Instance>();
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
  }

  /** Carries out one kerf line after those before it. Resolves with what a terminal shows; refusals are replies too. */
  run(line: string): Promise<KerfReply> {
    return this.#enqueue(async () => {
      const reply = await this.#carryOut(line);
      for (const listener of this.#kerfListeners) listener(reply);
      return reply;
    });
  }

  view(): MachineView {
    return viewOf(this.#context);
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
    for (const instance of this.#context.instances.list()) {
      if (instance.state !== 'active' || this.#ending.has(instance)) continue;
      hearKernel(this.#context, instance);
      if (this.#inHand.has(instance) || this.#context.exitOf(instance) === 0) continue;
      this.#ending.set(instance, this.#end(instance));
    }
  }

  async #end(instance: Instance): Promise<void> {
    await finishExit(this.#context, instance);
    this.#ending.delete(instance);
    if (instance.reason === REBOOT_REASON) void this.#enqueue(() => this.#restart(instance));
    void this.#enqueue(() => sweepChannels(this.#context));
  }

  /** The kernel asked for it; if somebody has unloaded or started the instance since, there is nothing to do. */
  async #restart(instance: Instance): Promise<void> {
    if (instance.state !== 'loaded' || instance.reason !== REBOOT_REASON) return;
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

  async #carryOut(line: string): Promise<KerfReply> {
    const shown = `kerf ${line.trim().replace(/^kerf(\s+|$)/, '')}`.trim();
    const parsed = parseKerf(line);
    if (!parsed.ok) return refusal(shown, parsed.error, 2);
    const outcome = await this.#command(parsed.value);
    if (outcome.ok) return { line: shown, exitCode: 0, output: outcome.value };
    return refusal(shown, outcome.error, 'exitCode' in outcome ? outcome.exitCode : 1);
  }

  async #command(command: KerfCommand): Promise<Outcome> {
    const context = this.#context;
    switch (command.verb) {
      case 'help':
        return ok(helpText(command.about));
      case 'show':
        return this.#show(command.name, command.format);
      case 'create':
        this.#forgetPhases();
        return createInstance(context, command);
      case 'load':
        return this.#on(command, (instance) => loadInstance(context, instance, command));
      case 'exec':
        return this.#on(command, (instance) => execInstance(context, instance, command.dryRun));
      case 'update':
        return this.#on(command, () => this.#update(command));
      case 'kill':
        return this.#on(command, (instance) => killInstance(context, instance, command.force));
      case 'unload':
        return this.#on(command, (instance) => unloadInstance(context, instance));
      case 'delete':
        return this.#on(command, (instance) => deleteInstance(context, instance));
    }
  }

  /** Finds the instance of a command, lets an end of it that is under way finish, and checks its state. */
  async #on(
    command: { readonly verb: Exclude<Verb, 'create' | 'show' | 'help'>; readonly name: string },
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
  async #update(command: UpdateCommand): Promise<Outcome> {
    const update = (): Promise<Outcome> => updateInstance(this.#context, command);
    const donor = command.from === null ? undefined : this.#context.instances.byName(command.from);
    if (!donor) return update();
    await this.#ending.get(donor);
    return this.#holding(donor, update);
  }

  async #holding<T>(instance: Instance, act: () => Promise<T>): Promise<T> {
    this.#inHand.add(instance);
    try {
      return await act();
    } finally {
      this.#inHand.delete(instance);
      this.#look();
    }
  }

  #show(name: string | null, format: 'text' | 'json'): Result<string> {
    if (name !== null) {
      const found = findInstance(this.#context, name);
      if (!found.ok) return found;
    }
    return ok(format === 'json' ? showJson(this.view(), name) : showText(this.view(), name));
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

function refusal(line: string, error: Refusal, exitCode: 1 | 2 | 3): KerfReply {
  return { line, exitCode, output: '', error };
}
