/** The machine on which the tables of refusals are tried: alpha runs, beta is ready; hart 3, rng0 and disk0 are free. */
import { HEADER, PAGE_OWNER } from '../protocol/layout.ts';
import { POOL_DEVICES } from '../protocol/pool-devices.ts';
import { kernelImage } from './test-image.ts';
import { TestMachine } from './test-machine.ts';

/** Longer than any command line may be. */
export const LONG = 'x'.repeat(1100);

export async function errorMachine(sources: Readonly<Record<string, string>> = {}): Promise<TestMachine> {
  const machine = new TestMachine({
    harts: 4,
    memory: 64 << 20,
    devices: POOL_DEVICES.map(({ name }) => name),
  });
  machine.files.set('k.img', kernelImage([0x01, 0x02]));
  machine.files.set('empty.img', new Uint8Array());
  machine.files.set('packed.img', Uint8Array.of(0x1f, 0x8b, 0x08, 0x00));
  machine.files.set('big.gz', new Uint8Array(16 << 20));
  for (const [name, text] of Object.entries(sources)) machine.files.set(name, new TextEncoder().encode(text));
  const made = await machine.kerf(
    'create alpha --cpus 0-1 --memory 8M --devices rng1',
    'load alpha --kernel k.img',
    'exec alpha',
    'create beta --cpus 2 --memory 8M',
  );
  if (made.error) throw new Error(made.error.reason);
  return machine;
}

interface Everything {
  readonly view: unknown;
  /** JSON of the transactions. */
  readonly overlays: string;
  readonly tree: string;
  readonly owners: unknown;
}

/** Everything that a refused command must not change: owners, channels, RAM, view and transactions. */
export async function everything(machine: TestMachine): Promise<Everything> {
  const overlays = await machine.kerf('show --overlays --format json');
  const tree = await machine.kerf('show --format dts');
  return {
    view: machine.controller.view(),
    overlays: overlays.output,
    tree: tree.output,
    owners: owners(machine),
  };
}

/** Owner of each hart and of each page, and the channels. */
function owners(machine: TestMachine): unknown {
  const { harts, ramPages } = machine.ownership;
  const bytes = new Uint8Array(machine.memory.buffer);
  return {
    harts: bytes.slice(HEADER.HART_OWNER, HEADER.HART_OWNER + harts).join(),
    pages: bytes.slice(PAGE_OWNER, PAGE_OWNER + ramPages).join(),
    channels: machine.channels.list(),
    devices: machine.controller.view().devices,
  };
}

/** A refusal of device tree source, as the tables of tests have it. */
export interface SourceError {
  readonly what: string;
  readonly verb: 'apply' | 'init';
  readonly text: string;
  readonly exit: 1 | 3;
  readonly code: string;
  readonly reason: string;
  readonly hint: string;
}
