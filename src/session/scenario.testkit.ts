/** A scenario's host that follows a script, without a machine: what happens at which machine time. */
import { RAM_BASE, RAM_HOST } from '../protocol/layout.ts';
import { kernelView } from '../protocol/machine-view.testkit.ts';
import type { InstanceView, Isolation, KerfReply, MachineView } from '../protocol/machine-view.ts';
import type { ServicesApi } from '../protocol/services-api.ts';
import type { ConsoleListener } from './console-store.ts';
import { parseScenario } from './scenario-file.ts';
import type { ScenarioHost } from './scenario-host.ts';
import { ScenarioRunner, type RunnerOptions, type StepReport } from './scenario-runner.ts';

const TICKS_PER_MS = 10_000;
const STATUS_AT = RAM_BASE + 0x1000;

export const instance = (id: number, name: string): InstanceView => ({
  ...kernelView(id, name),
  harts: [id],
  bootHart: id,
  memory: { base: RAM_BASE + id * 2 ** 21, size: 2 ** 21 },
  kernel: 'k',
  status: name === 'alpha' ? STATUS_AT : null,
});

/** Services and a clock that follow a script; its times are in ms. */
export class Script implements ScenarioHost {
  readonly memory = new WebAssembly.Memory({ initial: (RAM_HOST + 0x1_0000) / 0x1_0000 });
  readonly log: string[] = [];
  /** Records of the trace that are lost. */
  lostRecords = 0;
  instances = [instance(1, 'alpha'), instance(2, 'beta')];
  private now = 0;
  private paused = false;
  private isolation: Isolation = 'enforced';
  private readonly events: { at: number; act: () => void }[] = [];
  private hear: ConsoleListener = () => undefined;
  private see: (view: MachineView) => void = () => undefined;
  readonly replies = new Map<string, KerfReply>();

  at(ms: number, act: () => void): this {
    this.events.push({ at: ms * TICKS_PER_MS, act });
    return this;
  }

  says(ms: number, id: number, text: string): this {
    return this.sends(ms, id, new TextEncoder().encode(text));
  }

  sends(ms: number, id: number, bytes: Uint8Array): this {
    return this.at(ms, () => void this.hear(id, bytes));
  }

  time(): number {
    return this.now;
  }

  async until(condition: () => boolean, ticks: number): Promise<boolean> {
    const end = this.now + ticks;
    for (;;) {
      if (condition()) return true;
      const next = this.events.findIndex((event) => event.at <= end);
      const [event] = next < 0 ? [] : this.events.splice(next, 1);
      if (event === undefined) {
        if (end === Infinity) throw new Error('the script is at its end and nobody will ever wake up');
        this.now = end;
        return condition();
      }
      this.now = Math.max(this.now, event.at);
      event.act();
    }
  }

  readonly services: ServicesApi = {
    view: () => Promise.resolve(this.view()),
    onView: (listener) => {
      this.see = listener;
      return Promise.resolve(1);
    },
    onConsole: (listener) => {
      this.hear = listener;
      return Promise.resolve(2);
    },
    onKerf: () => Promise.resolve(3),
    unsubscribe: (subscription) => Promise.resolve(void this.log.push(`unsubscribe ${subscription}`)),
    kerf: (line) => {
      this.log.push(`kerf ${line}`);
      return Promise.resolve(this.replies.get(line) ?? { line, exitCode: 0, output: '' });
    },
    type: (id, bytes) => {
      this.log.push(`type ${id} ${new TextDecoder().decode(bytes)}`);
      return Promise.resolve(true);
    },
    setIsolation: (isolation) => {
      this.isolation = isolation;
      return Promise.resolve(void this.log.push(`isolation ${isolation}`));
    },
    pause: () => {
      this.paused = true;
      return Promise.resolve(void this.log.push('pause'));
    },
    resume: () => {
      this.paused = false;
      return Promise.resolve(void this.log.push('resume'));
    },
    step: () => Promise.resolve(),
    runUntil: ({ at, hart }) =>
      Promise.resolve({ at, why: 'stepped', time: this.now, record: null, hart, pc: null, within: null }),
    copyMemory: (base, size) => {
      const from = RAM_HOST + (base - RAM_BASE);
      return Promise.resolve(new Uint8Array(this.memory.buffer).slice(from, from + size));
    },
    hashMemory: (id) => Promise.resolve(`hash of ${id}`),
    lastWords: () => Promise.resolve(null),
    takeTrace: () => Promise.resolve({ records: [], lost: 0 }),
    exportTrace: () => Promise.resolve({ json: '', records: 0, lost: this.lostRecords }),
    // A script has no trace to look at.
    timeline: () => Promise.reject(new Error('no timeline')),
    traceEvent: () => Promise.resolve(null),
    traceRows: () => Promise.resolve([]),
    message: () => Promise.resolve(null),
    // Nor anything inside.
    registerLayout: () => Promise.resolve({ registers: [], csrs: [] }),
    inspectHart: () => Promise.resolve(null),
    disassemble: () => Promise.reject(new Error('no code')),
    readMemory: () => Promise.reject(new Error('no memory')),
    walk: () => Promise.reject(new Error('no tables')),
    deviceTree: () => Promise.reject(new Error('no tree')),
    describeImage: () => Promise.reject(new Error('no loader')),
    addFile: () => Promise.resolve(),
  };

  /** The instances changed. */
  change(instances: InstanceView[]): void {
    this.instances = instances;
    this.see(this.view());
  }

  private view(): MachineView {
    return {
      config: { harts: 4, memory: 2 ** 28, isolation: 'enforced', mode: 'parallel', seed: 1 },
      run: this.paused ? 'paused' : 'running',
      isolation: this.isolation,
      harts: [],
      devices: [],
      instances: this.instances,
      channels: [{ id: 3, a: 1, b: 2, base: RAM_BASE, size: 4096 }],
      phases: [],
      freeMemory: 0,
    };
  }
}

/** A scenario of these steps. */
function stepsOf(...lines: string[]) {
  const text = ['name: t', 'steps:', ...lines.map((line) => `  - ${line}`)].join('\n');
  const scenario = parseScenario(text, 't.yaml');
  if (!scenario.ok) throw new Error(scenario.error.reason);
  return scenario.value.steps;
}

/** Runs these steps on a script. */
export async function runSteps(
  script: Script,
  lines: readonly string[],
  options: RunnerOptions = {},
): Promise<{ readonly runner: ScenarioRunner; readonly reports: StepReport[] }> {
  const runner = await ScenarioRunner.create(script, options);
  return { runner, reports: await runner.run(stepsOf(...lines)) };
}
