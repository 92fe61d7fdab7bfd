import { describe, expect, it } from 'vitest';
import { drawFrom } from '../base/random.ts';
import { TestMachine } from '../multikernel/test-machine.ts';
import { kernelImage } from '../multikernel/test-image.ts';
import type { MachineView } from '../protocol/machine-view.ts';
import { POOL_DEVICES } from '../protocol/pool-devices.ts';
import { parseScenario } from './scenario-file.ts';
import { scenarioOfView } from './scenario-of-view.ts';

/** Each with machines of its own: what a controller remembers of its commands makes long lives slow. */
const SEEDS = 25;
const STATES = 20;
const LINES_BETWEEN = 3;
const NAMES = ['alpha', 'beta', 'gamma', 'host'];

function randomLine(below: (n: number) => number): string {
  const one = <T>(choices: readonly T[]): T => choices[below(choices.length)] as T;
  const [name, other] = [one(NAMES), one(NAMES)];
  const size = one(['2M', '4M', '2052K', '8M']);
  const base = `0x${(0x80000000 + below(30) * 0x200000).toString(16)}`;
  const hart = below(5);
  return one([
    `create ${name} --cpu-count ${1 + below(2)} --memory ${size}`,
    `create ${name} --cpus ${hart} --memory ${size} --memory-base ${base} --peer ${other}`,
    `create ${name} --cpus ${hart},${below(5)} --boot-cpu ${hart} --memory 4M --devices ${one(['rng0', 'rng1,disk0', 'disk0'])}`,
    `create ${name} --cpu-count 1 --memory 4M --id ${1 + below(4)} --entry ${one(['s', 'm'])} --peer ${other}`,
    `init --cpus ${hart} --memory ${size} --peer ${other}`,
    `load ${name} --kernel guests/k.img --cmdline "${one(['beat', 'it\'s \\\\ \\"so\\"', '<b>&', '-x', 'ü €'])}"`,
    `load ${name} --kernel guests/k.img --initrd guests/disk.gz`,
    `load ${name} --kernel guests/k.img --entry m`,
    `exec ${name}`,
    `exec ${name}`,
    `kill ${name} --force`,
    `unload ${name}`,
    `delete ${name}`,
    `update ${name} --cpus +${hart}`,
    `update ${name} --cpus -${hart}`,
    `update ${name} --memory +${one(['2M', '4M'])}`,
    `update ${name} --devices +${one(['rng0', 'rng1', 'disk0'])}`,
    `update ${name} --devices -${one(['rng0', 'rng1', 'disk0'])}`,
  ]);
}

function machine(): TestMachine {
  const made = new TestMachine({
    harts: 5,
    memory: 64 << 20,
    devices: POOL_DEVICES.map(({ name }) => name),
  });
  made.files.set('guests/k.img', kernelImage([0x01, 0x02]));
  made.files.set('guests/disk.gz', new Uint8Array(5000).fill(7));
  return made;
}

/** What is the same in both machines; see scenarioOfView for what need not be. */
const partition = (view: MachineView): unknown => ({
  isolation: view.isolation,
  config: view.config,
  harts: view.harts.map(({ owner }) => owner),
  devices: view.devices.map(({ name, owner }) => ({ name, owner })),
  instances: view.instances
    .map(
      ({ id, name, state, harts, bootHart, memory, addedMemory, peers, kernel, initrd, cmdline, entry }) => ({
        id,
        name,
        state: state === 'failed' && kernel !== null ? 'loaded' : state,
        harts,
        bootHart,
        memory,
        addedMemory,
        peers: [...peers].sort(),
        kernel,
        initrd,
        cmdline,
        entry,
      }),
    )
    .sort((one, other) => one.id - other.id),
});

async function makeAgain(view: MachineView, second: TestMachine): Promise<string[]> {
  const { document, own } = scenarioOfView(view, 'again', '');
  expect(own).toEqual([]);
  const parsed = parseScenario(JSON.stringify(document), 'again');
  if (!parsed.ok) throw new Error(parsed.error.reason);
  const said: string[] = [];
  for (const step of parsed.value.setup) {
    if (step.kind !== 'kerf') continue;
    const reply = await second.kerf(step.line);
    said.push(`${step.line} → ${reply.error?.reason ?? 'done'}`);
  }
  return said;
}

async function empty(second: TestMachine): Promise<void> {
  for (const { name, state } of second.controller.view().instances) {
    if (state === 'active') await second.kerf(`kill ${name} --force`);
    if (state !== 'ready') await second.kerf(`unload ${name}`);
    await second.kerf(`delete ${name}`);
  }
  expect(second.controller.view().instances).toEqual([]);
}

describe('a machine made again from its scenario', () => {
  it.each(Array.from({ length: SEEDS }, (_, seed) => seed))(
    `has the same partition in ${STATES} random states: seed %i`,
    async (seed) => {
      const below = drawFrom(seed);
      const first = machine();
      const second = machine();
      for (let state = 0; state < STATES; state++) {
        for (let line = 0; line < LINES_BETWEEN; line++) await first.kerf(randomLine(below));
        const view = first.controller.view();
        const said = await makeAgain(view, second);
        expect(partition(second.controller.view()), `after\n${said.join('\n')}`).toEqual(partition(view));
        await empty(second);
      }
    },
  );
});
