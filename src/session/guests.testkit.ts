/** Real guests on a machine in Repeatable mode: start kernels, type at their prompts, read what they publish. */
import { RAM_BASE, RAM_HOST } from '../protocol/layout.ts';
import { DEFAULT_DEVICES, type PoolDeviceName } from '../protocol/pool-devices.ts';
import { statusWordOffset, type StatusWord } from '../protocol/status-words.ts';
import { localHost, type ScenarioHost } from './scenario-host.ts';
import { startMachine } from './start-machine.ts';
import type { LocalMachine } from './make-machine.ts';

const SECOND = 10_000_000;

export interface Guest {
  readonly name: string;
  /** As `--cpus` takes them. */
  readonly cpus: string;
  /** A file of public/guests; islet.img if not given. */
  readonly image?: string;
  readonly commandLine?: string;
  /** Names of kernels created before. */
  readonly peers?: readonly string[];
  /** As `--memory-base` takes it; the controller's choice if not given. */
  readonly memoryBase?: string;
}

export interface Guests {
  readonly machine: LocalMachine;
  readonly host: ScenarioHost;
  /** Types a line and gives back what the kernel says up to its next prompt, within `seconds` of machine time. */
  readonly ask: (name: string, line: string, seconds?: number) => Promise<string>;
  /** Types a line and waits for nothing. */
  readonly type: (name: string, line: string) => Promise<void>;
  /** Waits for text after the last line typed there. */
  readonly said: (name: string, text: string, seconds: number) => Promise<void>;
  /** What the console has said since the last line typed there. */
  readonly heard: (name: string) => string;
  /** Lets machine time go by. */
  readonly pass: (ms: number) => Promise<void>;
  readonly status: (name: string, word: StatusWord) => number;
  readonly kerf: (line: string) => Promise<void>;
  /** Kills a kernel and starts it again, up to its prompt. */
  readonly restart: (name: string) => Promise<void>;
}

/**
 * Creates, loads and starts the kernels in the order given, and waits for all prompts. Memory: 8 MiB each, of `memory` bytes.
 * `readImage` reads a file of public/guests: what runs a test may read files, what runs the machine may not.
 */
export async function startGuests(
  readImage: (name: string) => Promise<Uint8Array<ArrayBuffer>>,
  harts: number,
  guests: readonly Guest[],
  devices: readonly PoolDeviceName[] = DEFAULT_DEVICES,
  memory = 64 * 2 ** 20,
): Promise<Guests> {
  const machine = startMachine({
    config: { harts, memory, isolation: 'enforced', mode: 'repeatable', seed: 1, devices },
    workers: {
      hart: () => {
        throw new Error('no workers in Repeatable mode');
      },
    },
    readFile: readImage,
  });
  const host = localHost(machine);
  const { services } = machine;
  const said = new Map<string, string>();
  const names = new Map<number, string>();
  const blocks = new Map<string, number>();

  const kerf = async (line: string): Promise<void> => {
    const reply = await services.kerf(line);
    if (reply.exitCode !== 0) throw new Error(`kerf ${line}: ${reply.error?.reason ?? reply.output}`);
  };
  const heard = (name: string): string => said.get(name) ?? '';
  const idOf = (name: string): number => [...names].find(([, other]) => other === name)?.[0] ?? -1;
  const atPrompt = (name: string): boolean => heard(name).endsWith(`${name}> `);
  const type = async (name: string, line: string): Promise<void> => {
    said.set(name, '');
    await services.type(idOf(name), new TextEncoder().encode(`${line}\n`));
  };
  const wait = async (what: string, condition: () => boolean, seconds: number): Promise<void> => {
    if (await host.until(condition, seconds * SECOND)) return;
    throw new Error(`no ${what}: ${JSON.stringify(Object.fromEntries(said))}`);
  };

  await services.onConsole((id, bytes) => {
    const name = names.get(id) ?? '';
    said.set(name, heard(name) + new TextDecoder().decode(bytes).replaceAll('\r', ''));
  });
  for (const { name, cpus, peers, memoryBase } of guests) {
    const options = `${memoryBase ? ` --memory-base ${memoryBase}` : ''}${peers ? ` --peer ${peers.join(',')}` : ''}`;
    await kerf(`create ${name} --cpus ${cpus} --memory 8M${options}`);
  }
  for (const { id, name } of (await services.view()).instances) names.set(id, name);
  for (const { name, image: file = 'islet.img', commandLine } of guests) {
    await kerf(`load ${name} --kernel ${file}${commandLine ? ` --cmdline "${commandLine}"` : ''}`);
    await kerf(`exec ${name}`);
  }
  for (const { name } of guests) await wait(`prompt of ${name}`, () => atPrompt(name), 10);
  for (const { name, status } of (await services.view()).instances) blocks.set(name, status ?? 0);

  return {
    machine,
    host,
    type,
    heard,
    kerf,
    restart: async (name) => {
      await kerf(`kill ${name}`);
      said.set(name, '');
      await kerf(`exec ${name}`);
      await wait(`prompt of ${name}`, () => atPrompt(name), 10);
    },
    ask: async (name, line, seconds = 10) => {
      await type(name, line);
      // The echo of the line ends it: what comes before is the old prompt.
      await wait(`answer to ${line}`, () => heard(name).includes('\n') && atPrompt(name), seconds);
      return heard(name);
    },
    said: (name, text, seconds) => wait(text, () => heard(name).includes(text), seconds),
    pass: async (ms) => {
      await host.until(() => false, ms * (SECOND / 1000));
    },
    status: (name, word) => {
      const at = RAM_HOST + ((blocks.get(name) ?? 0) - RAM_BASE) + statusWordOffset(word);
      return Number(new DataView(machine.memory.buffer).getBigUint64(at, true));
    },
  };
}

/** A service and its surroundings: alpha asks, beta serves, gamma can take the service over; a hart each. */
export const startService = (
  readImage: (name: string) => Promise<Uint8Array<ArrayBuffer>>,
): Promise<Guests> =>
  startGuests(readImage, 3, [
    { name: 'alpha', cpus: '0' },
    { name: 'beta', cpus: '1', peers: ['alpha'] },
    { name: 'gamma', cpus: '2', peers: ['alpha', 'beta'] },
  ]);
