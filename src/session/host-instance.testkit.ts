/** A machine in Repeatable mode whose instance 0 is an islet with the RAM disk of the host, typed at like a person would. */
import type { KerfReply } from '../protocol/machine-view.ts';
import { localHost, type ScenarioHost } from './scenario-host.ts';
import { startMachine } from './start-machine.ts';
import type { LocalMachine } from './make-machine.ts';

const SECOND = 10_000_000;
const MIB = 2 ** 20;

export interface HostMachine {
  readonly machine: LocalMachine;
  readonly host: ScenarioHost;
  /** Every kerf line carried out so far, whoever gave it. */
  readonly replies: KerfReply[];
  /** A command from outside, which must succeed. */
  readonly kerf: (line: string) => Promise<KerfReply>;
  /** Types a line at an instance, and gives back what it says up to its next prompt. */
  readonly ask: (name: string, line: string, seconds?: number) => Promise<string>;
  /** Types bytes as they are and waits for nothing. */
  readonly type: (name: string, text: string) => Promise<void>;
  /** Waits until an instance has said a text since it was last typed at. */
  readonly said: (name: string, text: string, seconds?: number) => Promise<string>;
}

/**
 * Starts the host on `cpus` (as `--cpus` takes them) of a machine with 6 harts and 128 MiB, up to its prompt. `readImage`
 * reads a file of public/guests.
 */
export async function startHostMachine(
  readImage: (name: string) => Promise<Uint8Array<ArrayBuffer>>,
  cpus: string,
): Promise<HostMachine> {
  const machine = startMachine({
    config: { harts: 6, memory: 128 * MIB, isolation: 'enforced', mode: 'repeatable', seed: 1 },
    workers: {
      hart: () => {
        throw new Error('no workers in Repeatable mode');
      },
    },
    readFile: async () => null,
  });
  const { services } = machine;
  for (const name of ['islet.img', 'stress.img', 'host.cpio'])
    await services.addFile(name, await readImage(name));
  const host = localHost(machine);
  const replies: KerfReply[] = [];
  await services.onKerf((reply) => void replies.push(reply));
  /** By instance ID: an instance may have been deleted and made again. */
  const heard = new Map<number, string>();
  await services.onConsole((id, bytes) => {
    heard.set(id, (heard.get(id) ?? '') + new TextDecoder().decode(bytes).replaceAll('\r', ''));
  });

  const idOf = async (name: string): Promise<number> => {
    const found = (await services.view()).instances.find((instance) => instance.name === name);
    if (!found) throw new Error(`no ${name}: ${[...heard.values()].join('\n')}`);
    return found.id;
  };
  const wait = async (id: number, what: string, held: (text: string) => boolean, seconds: number) => {
    if (await host.until(() => held(heard.get(id) ?? ''), seconds * SECOND)) return heard.get(id) ?? '';
    throw new Error(`no ${what}: ${JSON.stringify(Object.fromEntries(heard))}`);
  };
  const type = async (name: string, text: string): Promise<void> => {
    const id = await idOf(name);
    heard.set(id, '');
    await services.type(id, new TextEncoder().encode(text));
  };
  const kerf = async (line: string): Promise<KerfReply> => {
    const reply = await services.kerf(line);
    if (reply.exitCode !== 0) throw new Error(`kerf ${line}: ${reply.error?.reason ?? reply.output}`);
    return reply;
  };

  await kerf(`init --cpus ${cpus} --memory 16M`);
  await kerf('load host --kernel islet.img --initrd host.cpio');
  await kerf('exec host');
  await wait(0, 'prompt of the host', (text) => text.endsWith('host> '), 10);
  replies.length = 0;
  return {
    machine,
    host,
    replies,
    kerf,
    type,
    ask: async (name, line, seconds = 10) => {
      await type(name, `${line.trim()}\n`);
      // What comes before the echo of the line is the old prompt, or news.
      const answered = (text: string): boolean =>
        text.includes(`${line.trim()}\n`) && text.endsWith(`${name}> `);
      return wait(await idOf(name), `answer to ${line}`, answered, seconds);
    },
    said: async (name, text, seconds = 10) =>
      wait(await idOf(name), text, (said) => said.includes(text), seconds),
  };
}
