/**
 * `archipelago stress`: two kernels whose harts fence each other, ring doorbells, sleep and wake without end, while harts
 * are added, kernels killed and started again, the machine paused and resumed, and workers killed, all at random. It ends
 * badly when a kernel falls silent (a hang or a lost wake-up), when a kernel reports an unanswered doorbell, when an owner
 * is wrong, or when a crash of one worker costs another kernel anything.
 */
import { drawFrom } from '../base/random.ts';
import type { InstanceView } from '../protocol/machine-view.ts';
import { HEADER } from '../protocol/layout.ts';
import type { LocalMachine } from '../session/start-machine.ts';

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
  readonly counts: Readonly<Record<string, number>>;
}

/** Harts of the machine: enough that two kernels of two and free ones stand side by side on a small host. */
export const STRESS_HARTS = 6;
/** A kernel that is alive prints at least once in this time, whatever else the host does. */
const SILENCE_MS = 30_000;
const NAMES = ['north', 'south'] as const;
type Name = (typeof NAMES)[number];

class StressRun {
  readonly counts: Record<string, number> = {};
  problem = '';
  private readonly machine: LocalMachine;
  private readonly draw: (below: number) => number;
  private readonly heard = new Map<string, { lines: number; rest: string }>();

  constructor(machine: LocalMachine, draw: (below: number) => number) {
    this.machine = machine;
    this.draw = draw;
  }

  async prepare(image: Uint8Array): Promise<void> {
    await this.machine.services.addFile('stress.img', image);
    await this.machine.services.onConsole((instance, bytes) => void this.listen(instance, bytes));
    await this.kerf('create north --cpus 0-1 --memory 16M');
    await this.kerf('create south --cpus 2-3 --memory 16M --peer north');
    for (const name of NAMES) await this.boot(name);
  }

  /** One random disturbance; afterwards every owner must be right and every active kernel must speak again. */
  async disturb(): Promise<void> {
    const acts = [
      () => this.addHart(),
      () => this.killForce(),
      () => this.pauseResume(),
      () => this.crashWorker(),
      () => this.restart(),
    ];
    await acts[this.draw(acts.length)]?.();
    await this.checkOwners();
    for (const name of NAMES) await this.expectAlive(name);
  }

  private async addHart(): Promise<void> {
    const view = await this.machine.services.view();
    const free = view.harts.filter((hart) => hart.owner === null && !hart.lost);
    const hart = free[this.draw(Math.max(1, free.length))];
    if (hart === undefined) return this.killForce();
    const name = this.anyName();
    this.count('harts added');
    return this.kerf(`update ${name} --cpus +${hart.id}`);
  }

  private async killForce(): Promise<void> {
    const name = this.anyName();
    this.count('kernels killed');
    await this.kerf(`kill ${name} --force`);
    await this.shrink(name);
    await this.boot(name);
  }

  private async restart(): Promise<void> {
    const name = this.anyName();
    this.count('kernels stopped and started');
    await this.kerf(`kill ${name}`);
    await this.boot(name);
  }

  private async pauseResume(): Promise<void> {
    this.count('pauses');
    await this.machine.services.pause();
    await this.machine.services.step(null, 1 + this.draw(1000));
    await this.machine.services.resume();
  }

  private async crashWorker(): Promise<void> {
    const name = this.anyName();
    const instance = await this.instance(name);
    const hart = instance?.harts[this.draw(instance.harts.length)];
    if (hart === undefined) return;
    this.count('workers crashed');
    await this.machine.services.engine.crash(hart);
    const failed = await this.until(async () => (await this.instance(name))?.state === 'failed');
    if (!failed) {
      this.fail(`hart ${hart} of ${name} was lost, but ${name} is not failed`);
      return;
    }
    const other = NAMES.find((candidate) => candidate !== name);
    if (other) await this.expectAlive(other);
    await this.kerf(`unload ${name}`);
    await this.kerf(`load ${name} --kernel stress.img`);
    await this.boot(name, false);
  }

  /** Gives the harts that a stopped kernel has beyond two back to the pool, so that there is something to add again. */
  private async shrink(name: Name): Promise<void> {
    const harts = (await this.instance(name))?.harts ?? [];
    for (const hart of harts.slice(2)) await this.kerf(`update ${name} --cpus -${hart}`);
  }

  private async boot(name: Name, load = true): Promise<void> {
    const loaded = (await this.instance(name))?.state === 'loaded';
    if (load && !loaded) await this.kerf(`load ${name} --kernel stress.img`);
    this.heard.delete(name);
    await this.kerf(`exec ${name}`);
    await this.expectAlive(name);
  }

  private async expectAlive(name: Name): Promise<void> {
    if (this.problem !== '') return;
    const before = this.heard.get(name)?.lines ?? 0;
    const spoke = await this.until(() => Promise.resolve((this.heard.get(name)?.lines ?? 0) > before));
    if (!spoke) this.fail(`${name} has been silent for ${SILENCE_MS / 1000} s: a hang or a lost wake-up`);
  }

  private async checkOwners(): Promise<void> {
    const view = await this.machine.services.view();
    const table = new Uint8Array(this.machine.memory.buffer, HEADER.HART_OWNER, STRESS_HARTS);
    const claimed = new Map<number, string>();
    for (const instance of view.instances) {
      for (const hart of instance.harts) {
        if (claimed.has(hart))
          this.fail(`hart ${hart} belongs to ${claimed.get(hart)} and to ${instance.name}`);
        claimed.set(hart, instance.name);
        if (table[hart] !== instance.id + 1)
          this.fail(`the owner table disagrees about hart ${hart} of ${instance.name}`);
      }
    }
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

  private async kerf(line: string): Promise<void> {
    if (this.problem !== '') return;
    const reply = await this.machine.services.kerf(line);
    if (reply.exitCode !== 0) this.fail(`kerf ${line}: ${reply.error?.reason ?? reply.output}`);
  }

  private async until(condition: () => Promise<boolean>): Promise<boolean> {
    const end = performance.now() + SILENCE_MS;
    while (performance.now() < end && this.problem === '') {
      if (await condition()) return true;
      await this.machine.services.engine.until(() => false, 20);
    }
    return this.problem !== '';
  }

  private async instance(name: string): Promise<InstanceView | undefined> {
    return (await this.machine.services.view()).instances.find((instance) => instance.name === name);
  }

  private anyName(): Name {
    return NAMES[this.draw(NAMES.length)] ?? 'north';
  }

  private count(what: string): void {
    this.counts[what] = (this.counts[what] ?? 0) + 1;
  }

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
    if (rounds % 20 === 0) options.say(`${rounds} disturbances: ${JSON.stringify(run.counts)}`);
  }
  return { ok: run.problem === '', problem: run.problem, counts: { disturbances: rounds, ...run.counts } };
}
