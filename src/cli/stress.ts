/**
 * `archipelago stress`: kernels whose harts fence each other, ring doorbells, sleep and wake without end, while harts are
 * added, removed and moved between running kernels, memory and devices too, kernels killed and started again, workers killed, and the machine
 * paused, several of these at once, at random.
 *
 * Two kernels make a storm (guests/stress/storm.c), among which harts come and go. Three are quiet (quiet.c): each
 * interrupt is the only thing that wakes its hart. It ends badly when a quiet kernel stands still or a storming one falls
 * silent, when a kernel reports an answer that was lost, when a hart is not with whom it was given to, or when a crash of
 * one worker costs another kernel anything.
 */
import { drawFrom } from '../base/random.ts';
import type { InstanceView } from '../protocol/machine-view.ts';
import type { LocalMachine } from '../session/make-machine.ts';
import {
  createLine,
  hartsAtFirst,
  MEMORY_STEP,
  loadLine,
  NAMES,
  QUIET,
  STORMS,
  STRESS_FILE,
  type Name,
} from './stress-kernels.ts';
import { StressOwners } from './stress-owners.ts';
import { StressQuiet } from './stress-quiet.ts';

export interface StressOptions {
  readonly seconds: number;
  readonly seed: number;
  /** The image of guests/stress. */
  readonly image: Uint8Array;
  readonly say: (line: string) => void;
}

export interface StressResult {
  readonly ok: boolean;
  /** What went wrong, or ''. */
  readonly problem: string;
  /** What was done how often; and the longest time that an answer took a quiet kernel, in ms. */
  readonly counts: Readonly<Record<string, number>>;
}

/** A storming kernel that is alive prints at least once in this time, whatever else the host does. */
const SILENCE_MS = 30_000;
/** The longest pause, and how often a command looks whether a pause is over. */
const PAUSE_MS = 200;
const LOOK_MS = 20;
/** What a storming kernel is given at most beside its own. */
const MOST_MEMORY = 4 * MEMORY_STEP;
type Draw = (below: number) => number;

class StressRun {
  readonly counts: Record<string, number> = {};
  readonly quiet: StressQuiet;
  problem = '';
  private readonly machine: LocalMachine;
  private readonly draw: Draw;
  private readonly owners: StressOwners;
  private readonly heard = new Map<string, { lines: number; rest: string }>();

  constructor(machine: LocalMachine, draw: Draw) {
    this.machine = machine;
    this.draw = draw;
    this.owners = new StressOwners(machine);
    this.quiet = new StressQuiet(machine);
  }

  async prepare(image: Uint8Array): Promise<void> {
    await this.machine.services.addFile(STRESS_FILE, image);
    await this.machine.services.onConsole((instance, bytes) => void this.listen(instance, bytes));
    for (const name of NAMES) {
      await this.kerf(createLine(name));
      for (const hart of hartsAtFirst(name)) this.owners.set(hart, name);
    }
    // Not before all are there: their device trees name their peers.
    for (const name of NAMES) {
      await this.load(name);
      await this.boot(name);
    }
    await this.check();
  }

  /**
   * Several random disturbances at once, of different kernels; afterwards every owner must be right and every kernel go on.
   * Each draws for itself, so that what is drawn does not hang on what comes to an end first.
   */
  async disturb(): Promise<void> {
    const [one, other]: readonly [Name, Name] = this.draw(2) === 0 ? ['north', 'south'] : ['south', 'north'];
    const draw = (): Draw => drawFrom(this.draw(2 ** 32));
    const acts: Promise<void>[] = [];
    if (this.draw(4) === 0)
      acts.push(this.draw(2) === 0 ? this.moveHart(one, other, draw()) : this.moveDevice(one, other, draw()));
    else acts.push(this.disturbStorm(one, draw()), this.disturbStorm(other, draw()));
    if (this.draw(2) === 0) acts.push(this.disturbQuiet(draw()));
    if (this.draw(2) === 0) acts.push(this.pauseResume(draw()));
    if (acts.length > 1) this.count('at once');
    await Promise.all(acts);
    await this.check();
  }

  /** Nothing is under way. */
  private async check(): Promise<void> {
    await Promise.all(STORMS.map((name) => this.expectAlive(name)));
    if (this.problem !== '') return;
    const view = await this.machine.services.view();
    this.fail(this.owners.disagreement(view));
    for (const instance of view.instances)
      if (!(await this.until(() => Promise.resolve(this.owners.allOnline(instance)))))
        this.fail(`${instance.name} does not say that the harts that it has are online`);
    this.fail(await this.quiet.problem());
  }

  private disturbStorm(name: Name, draw: Draw): Promise<void> {
    // One hart alone has nobody to fence.
    if (this.owners.hartsOf(name).length === 1) return this.addHart(name, draw);
    const acts = [
      () => this.addHart(name, draw),
      () => this.removeHart(name, draw),
      () => this.changeMemory(name, draw),
      () => this.changeDevice(name, draw),
      () => this.killForce(name),
      () => this.restart(name),
      () => this.crashWorker(name, draw),
    ];
    return acts[draw(acts.length)]?.() ?? Promise.resolve();
  }

  private disturbQuiet(draw: Draw): Promise<void> {
    const name = QUIET[draw(QUIET.length)] ?? 'east';
    const acts = [() => this.killForce(name), () => this.restart(name), () => this.crashWorker(name, draw)];
    return acts[draw(acts.length)]?.() ?? Promise.resolve();
  }

  private async addHart(name: Name, draw: Draw): Promise<void> {
    const free = this.owners.hartsOf(null);
    const hart = free[draw(Math.max(1, free.length))];
    if (hart === undefined) return this.killForce(name);
    this.count('harts added');
    // At once, so that nobody else takes it; what comes of it is seen when nothing is under way.
    this.owners.set(hart, name);
    await this.kerf(`update ${name} --cpus +${hart}`);
  }

  /** Takes a hart from the running kernel; never that on which it booted. */
  private async removeHart(name: Name, draw: Draw): Promise<void> {
    const hart = await this.hartToGive(name, draw);
    if (hart === undefined) return this.restart(name);
    this.count('harts removed');
    await this.kerf(`update ${name} --cpus -${hart}`);
    this.owners.set(hart, null);
  }

  private async moveHart(from: Name, to: Name, draw: Draw): Promise<void> {
    const hart = await this.hartToGive(from, draw);
    if (hart === undefined) return this.addHart(from, draw);
    this.count('harts moved');
    await this.kerf(`update ${to} --cpus +${hart} --from ${from}`);
    this.owners.set(hart, to);
  }

  private async changeMemory(name: Name, draw: Draw): Promise<void> {
    const added = this.owners.addedTo(name);
    const gives = added > 0 && (added >= MOST_MEMORY || draw(2) === 0);
    const done = await this.kerf(`update ${name} --memory ${gives ? '-' : '+'}${MEMORY_STEP}`);
    if (!done) return;
    this.count(gives ? 'memory removed' : 'memory added');
    this.owners.addMemory(name, gives ? -MEMORY_STEP : MEMORY_STEP);
  }

  private async changeDevice(name: Name, draw: Draw): Promise<void> {
    const [own] = this.owners.devicesOf(name);
    const [free] = this.owners.devicesOf(null);
    if (own !== undefined && (free === undefined || draw(2) === 0)) {
      this.count('devices removed');
      await this.kerf(`update ${name} --devices -${own}`);
      this.owners.setDevice(own, null);
    } else if (free !== undefined) {
      this.count('devices added');
      // At once, as with a hart.
      this.owners.setDevice(free, name);
      await this.kerf(`update ${name} --devices +${free}`);
    } else {
      await this.changeMemory(name, draw);
    }
  }

  private async moveDevice(from: Name, to: Name, draw: Draw): Promise<void> {
    const [device] = this.owners.devicesOf(from);
    if (device === undefined) return this.changeDevice(from, draw);
    this.count('devices moved');
    await this.kerf(`update ${to} --devices +${device} --from ${from}`);
    this.owners.setDevice(device, to);
  }

  private async hartToGive(name: Name, draw: Draw): Promise<number | undefined> {
    const boot = (await this.instance(name))?.bootHart;
    const harts = this.owners.hartsOf(name).filter((hart) => hart !== boot);
    return harts[draw(Math.max(1, harts.length))];
  }

  /** What the stopped kernel has beyond its first two harts goes to the pool, so that there is something to add again. */
  private async killForce(name: Name): Promise<void> {
    this.count('kernels killed');
    await this.kerf(`kill ${name} --force`);
    for (const hart of this.owners.hartsOf(name).slice(2)) {
      await this.kerf(`update ${name} --cpus -${hart}`);
      this.owners.set(hart, null);
    }
    await this.boot(name);
  }

  private async restart(name: Name): Promise<void> {
    this.count('kernels stopped and started');
    await this.kerf(`kill ${name}`);
    await this.boot(name);
  }

  private async pauseResume(draw: Draw): Promise<void> {
    this.count('pauses');
    const { services } = this.machine;
    const { engine } = services;
    await engine.until(() => false, draw(PAUSE_MS));
    await services.pause();
    await services.step(null, 1 + draw(1000));
    await engine.until(() => false, draw(PAUSE_MS));
    await services.resume();
  }

  private async crashWorker(name: Name, draw: Draw): Promise<void> {
    const harts = this.owners.hartsOf(name);
    const hart = harts[draw(harts.length)];
    if (hart === undefined) return;
    this.count('workers crashed');
    await this.machine.services.engine.crash(hart);
    const failed = await this.until(async () => (await this.instance(name))?.state === 'failed');
    if (!failed) this.fail(`hart ${hart} of ${name} was lost, but ${name} is not failed`);
    await this.kerf(`unload ${name}`);
    await this.load(name);
    await this.boot(name);
  }

  private async load(name: Name): Promise<void> {
    await this.kerf(loadLine(name));
  }

  private async boot(name: Name): Promise<void> {
    this.heard.delete(name);
    await this.kerf(`exec ${name}`);
  }

  private async expectAlive(name: Name): Promise<void> {
    if (this.problem !== '') return;
    const before = this.heard.get(name)?.lines ?? 0;
    const spoke = await this.until(() => Promise.resolve((this.heard.get(name)?.lines ?? 0) > before));
    if (!spoke) this.fail(`${name} has been silent for ${SILENCE_MS / 1000} s: a hang or a lost wake-up`);
  }

  private async listen(id: number, bytes: Uint8Array): Promise<void> {
    const name = (await this.machine.services.view()).instances.find((instance) => instance.id === id)?.name;
    if (name === undefined) return;
    const state = this.heard.get(name) ?? { lines: 0, rest: '' };
    this.heard.set(name, state);
    const lines = (state.rest + new TextDecoder().decode(bytes)).split('\n');
    state.rest = lines.pop() ?? '';
    for (const line of lines) {
      if (line.startsWith('stress ok')) state.lines += 1;
      if (line.includes('LOST') || line.startsWith('panic')) this.fail(`${name} says: ${line.trim()}`);
    }
  }

  /**
   * A command that a kernel would have to run for is refused while the machine is paused, and given again. False: the kernel
   * keeps memory in which it has put something meanwhile.
   */
  private async kerf(line: string): Promise<boolean> {
    let done = true;
    const given = async (): Promise<boolean> => {
      const reply = await this.machine.services.kerf(line);
      if (reply.error?.code === 'paused') return false;
      done = reply.exitCode === 0;
      if (!done && reply.error?.code !== 'mem-remove-failed')
        this.fail(`kerf ${line}: ${reply.error?.reason ?? reply.output}`);
      return true;
    };
    if (this.problem === '' && !(await this.until(given)))
      this.fail(`kerf ${line}: the machine stayed paused`);
    return done;
  }

  private async until(condition: () => Promise<boolean>): Promise<boolean> {
    const end = performance.now() + SILENCE_MS;
    while (performance.now() < end && this.problem === '') {
      if (await condition()) return true;
      await this.machine.services.engine.until(() => false, LOOK_MS);
    }
    return this.problem !== '';
  }

  private async instance(name: string): Promise<InstanceView | undefined> {
    return (await this.machine.services.view()).instances.find((instance) => instance.name === name);
  }

  private count(what: string): void {
    this.counts[what] = (this.counts[what] ?? 0) + 1;
  }

  /** Keeps the first; '' is none. */
  private fail(problem: string): void {
    if (this.problem === '') this.problem = problem;
  }
}

/** Runs until the time is up or something went wrong. The machine must have STRESS_HARTS harts and be fresh. */
export async function stress(machine: LocalMachine, options: StressOptions): Promise<StressResult> {
  const run = new StressRun(machine, drawFrom(options.seed));
  await run.prepare(options.image);
  const end = performance.now() + options.seconds * 1000;
  let rounds = 0;
  while (performance.now() < end && run.problem === '') {
    await run.disturb();
    rounds += 1;
    if (rounds % 20 === 0) options.say(`${rounds} rounds: ${JSON.stringify(run.counts)}`);
  }
  const counts = { rounds, ...run.counts, 'longest answer in ms': Math.round(run.quiet.longestMs * 10) / 10 };
  return { ok: run.problem === '', problem: run.problem, counts };
}
