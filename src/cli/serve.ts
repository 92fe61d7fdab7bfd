/** `archipelago serve`: the page, from this computer, with a kernel under development that boots anew when its file changes. */
import { basename } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { ok, refuse, type Refusal, type Result } from '../base/result.ts';
import { needsOf } from '../multikernel/image-report.ts';
import { parseHartList, parseSize } from '../multikernel/kerf-values.ts';
import { MAX_HARTS, MAX_RAM, RAM_BASE } from '../protocol/layout.ts';
import { OWN_FOLLOW, type OwnNews } from '../protocol/own-kernel.ts';
import { usage, wholeNumber, type Arguments } from './arguments.ts';
import { quote } from './boot.ts';
import { complain, EXIT, type Command, type Context } from './command.ts';
import { ImageWatch, readImage, type WatchedImage } from './image-watch.ts';
import { PageServer } from './page-server.ts';

const KERNEL = 'own';
const SCENARIO = 'own-kernel';
const MIB = 2 ** 20;
const DEFAULT_PORT = 5173;
/** Of the kernel, and of the machine at least: some is left to make others beside it. */
const DEFAULT_MEMORY = 64 * MIB;
const LEAST_RAM = 256 * MIB;
const LEAST_HARTS = 4;
/** RAM beside the kernels', for channels. */
const SPARE = 4 * MIB;
const RAM_GRAIN = 2 * MIB;
/** Milliseconds between two looks at the file. */
const LOOK_EVERY = 250;

export interface ServeOptions {
  readonly path: string;
  readonly port: number;
  /** Bytes; null: what the image needs, and 64 MiB at least. */
  readonly memory: number | null;
  readonly cpus: readonly number[];
  readonly entry: 's' | 'm';
  readonly cmdline: string;
}

export const serveCommand: Command = {
  usage: 'archipelago serve --kernel FILE [OPTIONS]',
  summary: 'serve the page with your kernel on it, and boot it anew whenever the file changes',
  operands: [],
  options: {
    kernel: { value: 'FILE', summary: 'a RISC-V Image, an ELF file, or a flat binary (.bin)' },
    port: { value: 'N', summary: `port on 127.0.0.1 (${DEFAULT_PORT}); 0: any that is free` },
    memory: { value: 'SIZE', summary: 'memory of the kernel (64M, or what the image needs)' },
    cpus: { value: 'LIST', summary: 'harts of the kernel, such as 0-1 (0)' },
    entry: { value: 's|m', summary: 'privilege mode that it starts in (s)' },
    cmdline: { value: 'TEXT', summary: 'its command line' },
  },
  run: async (args, context) => {
    const options = readOptions(args);
    if (!options.ok) return complain(context, options.error);
    const served = await serve(options.value, context);
    if (!served.ok) return complain(context, served.error);
    const { value } = served;
    context.say(`${options.value.path} is kernel ${KERNEL} at http://127.0.0.1:${value.port}/`);
    context.say('It boots anew when the file changes. Ctrl-C ends it.');
    let ended = false;
    const end = new Promise<void>((resolve) => {
      for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => resolve());
    }).then(() => (ended = true));
    while (!ended) {
      await value.look();
      await Promise.race([end, setTimeout(LOOK_EVERY)]);
    }
    await value.close();
    return EXIT.HELD;
  },
};

function readOptions(args: Arguments): Result<ServeOptions> {
  const path = args.text('kernel');
  if (path === null) return usage('--kernel FILE is missing');
  const port = wholeNumber(args, 'port', 0, 65_535);
  if (!port.ok) return port;
  const memoryText = args.text('memory');
  const memory = memoryText === null ? ok(null) : parseSize(memoryText);
  if (!memory.ok) return memory;
  const cpus = parseHartList(args.text('cpus') ?? '0');
  if (!cpus.ok) return cpus;
  const highest = Math.max(...cpus.value);
  if (highest >= MAX_HARTS) return usage(`--cpus names hart ${highest}; a machine has ${MAX_HARTS} at most`);
  const entry = args.text('entry') ?? 's';
  if (entry !== 's' && entry !== 'm') return usage(`--entry ${entry} is neither s nor m`);
  return ok({
    path,
    port: port.value ?? DEFAULT_PORT,
    memory: memory.value,
    cpus: cpus.value,
    entry,
    cmdline: args.text('cmdline') ?? '',
  });
}

interface Served {
  readonly port: number;
  /** Looks whether the file has changed, and tells the pages. */
  readonly look: () => Promise<void>;
  readonly close: () => Promise<void>;
}

/** Refused: a file that is no image, memory that it does not fit into, a port that is taken. */
export async function serve(
  options: ServeOptions,
  context: Pick<Context, 'builtPage' | 'say'>,
): Promise<Result<Served>> {
  const { path } = options;
  const first = await readImage(path);
  if ('error' in first) return { ok: false, error: named(path, first.error) };
  const file = `own/${basename(path).replaceAll(/[^\w.-]/g, '_')}`;
  const machine = machineOf(options, first);
  if (!machine.ok) return machine;
  let image = first;
  const newsOf = (refused: Refusal | null): OwnNews => ({
    kernel: KERNEL,
    file,
    hash: image.hash,
    size: image.bytes.length,
    refused,
  });
  const folder = await context.builtPage();
  let server: PageServer;
  try {
    server = await PageServer.start(
      {
        folder,
        port: options.port,
        query: `scenario=${SCENARIO}&${OWN_FOLLOW}`,
        extras: {
          [file]: () => ({ type: 'application/octet-stream', body: image.bytes }),
          [`scenarios/${SCENARIO}.yaml`]: () => ({
            type: 'text/yaml; charset=utf-8',
            body: JSON.stringify(scenarioOf(options, machine.value, file)),
          }),
        },
      },
      newsOf(null),
    );
  } catch (error) {
    return portRefused(options.port, error);
  }
  const watch = new ImageWatch(path, first.hash);
  return ok({
    port: server.port,
    look: async () => {
      const look = await watch.look();
      if (look.kind === 'changed') {
        image = look.image;
        context.say(`${path} has changed: ${image.bytes.length} bytes, SHA-256 ${image.hash}`);
        server.tell(newsOf(null));
      } else if (look.kind === 'refused') {
        context.say(`${path} is no image now (${look.error.code}): ${look.error.reason}`);
        server.tell(newsOf(look.error));
      }
    },
    close: () => server.close(),
  });
}

interface Machine {
  /** Bytes of RAM, of the kernel's memory, and its base, if it has to have one. */
  readonly ram: number;
  readonly memory: number;
  readonly base: number | null;
}

function machineOf({ memory, path }: ServeOptions, image: WatchedImage): Result<Machine> {
  const needs = needsOf(image.description, MAX_RAM);
  if (needs === null) {
    return refuse(
      'elf-outside-ram',
      `${path} lies where no machine has RAM: ${image.description.segments[0]?.address ?? ''} and up`,
      `link it for 0x${RAM_BASE.toString(16)} or above, or use an Image: it runs at any base`,
    );
  }
  const asked = memory ?? Math.max(DEFAULT_MEMORY, needs.size);
  if (asked < needs.size) {
    return refuse(
      'memory-too-small',
      `${path} needs ${needs.size / MIB}M of memory, and --memory gives it ${asked} bytes`,
      `ask for --memory ${needs.size / MIB}M or more`,
    );
  }
  const end = (needs.base ?? RAM_BASE) - RAM_BASE + asked;
  const ram = Math.max(LEAST_RAM, Math.ceil((end + SPARE) / RAM_GRAIN) * RAM_GRAIN);
  if (ram > MAX_RAM)
    return refuse(
      'too-large',
      `${path} would need a machine of ${ram} bytes of RAM`,
      `a machine has ${MAX_RAM} at most`,
    );
  return ok({ ram, memory: asked, base: needs.base });
}

/** As a file of docs/scenarios.md; JSON is YAML. */
function scenarioOf(options: ServeOptions, { ram, memory, base }: Machine, file: string): unknown {
  const flags = [
    `--cpus ${options.cpus.join(',')}`,
    `--memory ${memory}`,
    ...(base === null ? [] : [`--memory-base 0x${base.toString(16)}`]),
    ...(options.entry === 's' ? [] : [`--entry ${options.entry}`]),
  ];
  const cmdline = options.cmdline === '' ? '' : ` --cmdline ${quote(options.cmdline)}`;
  return {
    name: SCENARIO,
    description: 'A kernel from the disk of this computer; it boots anew when its file changes.',
    machine: { harts: Math.max(LEAST_HARTS, ...options.cpus.map((cpu) => cpu + 1)), memory: `${ram / MIB}M` },
    files: [file],
    setup: [
      { kerf: `create ${KERNEL} ${flags.join(' ')}` },
      { kerf: `load ${KERNEL} --kernel ${file}${cmdline}` },
      { kerf: `exec ${KERNEL}` },
    ],
  };
}

const named = (path: string, error: Refusal): Refusal =>
  error.reason.includes(path) ? error : { ...error, reason: `${path}: ${error.reason}` };

function portRefused(port: number, error: unknown): ReturnType<typeof refuse> {
  const { code, message } = error as NodeJS.ErrnoException;
  return refuse(
    'port-not-to-be-had',
    code === 'EADDRINUSE'
      ? `port ${port} is in use by another program`
      : `port ${port} cannot be served: ${message}`,
    'another one: archipelago serve --port N',
  );
}
