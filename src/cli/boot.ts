/**
 * `archipelago boot`: one kernel, the terminal its console, its exit status ours. With `--host` it is the host instance,
 * which makes others; `kerf console NAME` from its shell then gives the terminal to one of them, Ctrl-A h back.
 */
import { readFile } from 'node:fs/promises';
import { basename, resolve } from 'node:path';
import { ok, refuse, type Result } from '../base/result.ts';
import { parseAddress, parseSize } from '../multikernel/kerf-values.ts';
import {
  EXIT_REBOOT,
  EXIT_SHUTDOWN,
  INSTANCE,
  instanceBlock,
  MAX_HARTS,
  MAX_RAM,
  RAM_BASE,
} from '../protocol/layout.ts';
import type { InstanceView } from '../protocol/machine-view.ts';
import { startMachine } from '../session/start-machine.ts';
import type { LocalMachine } from '../session/make-machine.ts';
import { usage, wholeNumber, type Arguments } from './arguments.ts';
import { complain, EXIT, type Command, type Context } from './command.ts';
import { Terminal } from './terminal.ts';
import { noticeWorkerless } from './worker-notices.ts';

const GUEST = 'guest';
const HOST = 'host';
/** Memory of the host instance itself, as a word of kerf. */
const HOST_MEMORY = '16M';
const HOST_HARTS = 4;
const HOST_MACHINE = 256 * 2 ** 20;
const DEFAULT_MEMORY = 128 * 2 ** 20;
const MEMORY_GRAIN = 2 ** 21;
/** RAM beside the kernel's own, for its channel to the controller. */
const SPARE_MEMORY = 4 * 2 ** 20;

interface Options {
  /** Instance 0, with the rest of the machine free for what it makes. */
  readonly host: boolean;
  readonly kernel: string;
  readonly initrd: string | null;
  readonly harts: number;
  /** Bytes. */
  readonly memory: number;
  /** Guest-physical, or null: as kerf places it. */
  readonly memoryBase: number | null;
  readonly entry: 's' | 'm';
  readonly cmdline: string;
}

export const bootCommand: Command = {
  usage: 'archipelago boot --kernel FILE [OPTIONS], or archipelago boot --host [OPTIONS]',
  summary: 'boot one kernel; Ctrl-A x quits, the exit status is the guest’s',
  operands: [],
  options: {
    kernel: { value: 'FILE', summary: 'a RISC-V Image, an ELF file, or a flat binary' },
    initrd: { value: 'FILE', summary: 'a RAM disk for it' },
    host: {
      value: null,
      summary: 'it is the host: kerf in its shell makes kernels beside it (islet; Ctrl-A h: its console)',
    },
    cpus: {
      value: 'N',
      summary: 'number of harts, 1 to 16 (1); with --host of the machine (4), and the host has one',
    },
    memory: {
      value: 'SIZE',
      summary: 'memory of the kernel (128M); with --host of the machine (256M), and the host has 16M',
    },
    'memory-base': { value: 'ADDR', summary: 'guest-physical address of that memory' },
    entry: { value: 's|m', summary: 'mode to enter the kernel in (s)' },
    cmdline: { value: 'TEXT', summary: 'its command line' },
  },
  run: async (args, context) => {
    const options = readOptions(args, context.publicFolder);
    if (!options.ok) return complain(context, options.error);
    const { kernel, initrd } = options.value;
    const files: Uint8Array[] = [];
    for (const path of initrd === null ? [kernel] : [kernel, initrd]) {
      const bytes = await readFile(path).catch((error: unknown) => error as Error);
      if (bytes instanceof Error) {
        context.complain(`${path} cannot be read: ${bytes.message}`);
        return EXIT.USAGE;
      }
      files.push(bytes);
    }
    return boot(options.value, files, context);
  },
};

function readOptions(args: Arguments, publicFolder: string): Result<Options> {
  const host = args.given('host');
  const kernel = args.text('kernel') ?? (host ? resolve(publicFolder, 'guests/islet.img') : null);
  if (kernel === null) return usage('--kernel FILE is missing');
  const ownDisk = host && args.text('kernel') === null ? resolve(publicFolder, 'guests/host.cpio') : null;
  if (host && args.given('memory-base')) return usage('--memory-base is not for --host');
  const harts = wholeNumber(args, 'cpus', 1, MAX_HARTS);
  if (!harts.ok) return harts;
  const memory = parseSize(args.text('memory') ?? `${host ? HOST_MACHINE : DEFAULT_MEMORY}`);
  if (!memory.ok) return memory;
  const baseText = args.text('memory-base');
  const base = baseText === null ? ok(null) : parseAddress(baseText);
  if (!base.ok) return base;
  const entry = args.text('entry') ?? 's';
  if (entry !== 's' && entry !== 'm') return usage(`--entry ${entry} is neither s nor m`);
  return ok({
    host,
    kernel,
    initrd: args.text('initrd') ?? ownDisk,
    harts: harts.value ?? (host ? HOST_HARTS : 1),
    memory: memory.value,
    memoryBase: base.value,
    entry,
    cmdline: args.text('cmdline') ?? '',
  });
}

/** RAM that the machine needs for this kernel. Refused: `too-large`. */
function ramSize(options: Options): Result<number> {
  // Of the machine, and not of the kernel: what is spare is the user's to keep.
  if (options.host) return ok(options.memory);
  const end = (options.memoryBase ?? RAM_BASE) - RAM_BASE + options.memory;
  const size = Math.ceil((end + SPARE_MEMORY) / MEMORY_GRAIN) * MEMORY_GRAIN;
  if (size <= MAX_RAM) return ok(size);
  return refuse(
    'too-large',
    `the kernel would need a machine of ${size} bytes of RAM`,
    `a machine has at most ${MAX_RAM}`,
  );
}

async function boot(options: Options, files: readonly Uint8Array[], context: Context): Promise<number> {
  const memory = ramSize(options);
  if (!memory.ok) return complain(context, memory.error);
  const machine = startMachine({
    config: { harts: options.harts, memory: memory.value, isolation: 'enforced', mode: 'parallel', seed: 0 },
    workers: context.workers,
  });
  try {
    return await runKernel(machine, options, files, context);
  } finally {
    await machine.dispose();
  }
}

async function runKernel(
  machine: LocalMachine,
  options: Options,
  files: readonly Uint8Array[],
  context: Context,
): Promise<number> {
  const { services } = machine;
  await noticeWorkerless(services, (line) => context.complain(line));
  // Two of one name in two folders are two files.
  const named = [options.kernel, options.initrd ?? ''].map(
    (path, at) => `${'disk/'.repeat(at)}${basename(path).replaceAll(/[^\w.-]/g, '_')}`,
  );
  for (const [at, bytes] of files.entries()) await services.addFile(named[at] ?? '', bytes);
  const name = options.host ? HOST : GUEST;
  const base = options.memoryBase === null ? '' : ` --memory-base 0x${options.memoryBase.toString(16)}`;
  const cmdline = options.cmdline === '' ? '' : ` --cmdline ${quote(options.cmdline)}`;
  const disk = options.initrd === null ? '' : ` --initrd ${named[1]}`;
  const lines = [
    options.host
      ? `init --cpus 0 --memory ${HOST_MEMORY} --entry ${options.entry}`
      : `create ${name} --cpus 0-${options.harts - 1} --memory ${options.memory}${base} --entry ${options.entry}`,
    `load ${name} --kernel ${named[0]}${disk}${cmdline}`,
  ];
  for (const line of lines) if (!(await carryOut(machine, line, context))) return EXIT.FAILED;
  const { id } = await find(machine, name);
  // Whose console the terminal is: of all that is said, only that is shown.
  let shown: number = id;
  let running: readonly number[] = [];
  const terminal = new Terminal((typed) => void services.type(shown, typed));
  await services.onConsole((instance, output) => {
    if (instance === shown) terminal.write(output);
  });
  if (options.host) {
    await services.onKerf(({ console: asked }) => {
      if (asked === undefined || asked === shown) return;
      shown = asked;
      context.complain(asked === id ? 'console of host' : 'another console; Ctrl-A h goes back to the host');
    });
    await services.onView(({ instances }) => {
      const before = running;
      running = instances.filter(({ state }) => state === 'active').map((instance) => instance.id);
      const isGone = !instances.some((instance) => instance.id === shown);
      if (shown === id || !(isGone || (before.includes(shown) && !running.includes(shown)))) return;
      shown = id;
      context.complain('that kernel has ended; console of host');
    });
    terminal.onHome(() => {
      shown = id;
      context.complain('console of host');
    });
  }
  try {
    if (!(await carryOut(machine, `exec ${name}`, context))) return EXIT.FAILED;
    const ended = await untilEnd(machine, terminal, name);
    return ended === null ? EXIT.HELD : exitStatus(machine, ended, context);
  } finally {
    terminal.close();
  }
}

/** The kernel when it has ended, or null: the user quit. A kernel that asked for a restart gets it and has not ended. */
async function untilEnd(
  machine: LocalMachine,
  terminal: Terminal,
  name: string,
): Promise<InstanceView | null> {
  const quit = new Promise<null>((settle) => terminal.onQuit(() => settle(null)));
  const ended = new Promise<InstanceView>((settle) => {
    void machine.services.onView((view) => {
      const guest = view.instances.find((instance) => instance.name === name);
      if (guest === undefined || guest.state === 'active') return;
      const restarts = guest.state === 'loaded' && word(machine, guest, INSTANCE.EXIT) === EXIT_REBOOT;
      if (!restarts) settle(guest);
    });
  });
  return Promise.race([quit, ended]);
}

function exitStatus(machine: LocalMachine, guest: InstanceView, context: Context): number {
  // A process has eight bits of status: what does not fit must not look like success.
  const status = word(machine, guest, INSTANCE.EXIT_STATUS);
  const failure = (status & 0xff) === 0 ? EXIT.FAILED : status & 0xff;
  const shutDown = guest.state === 'loaded' && word(machine, guest, INSTANCE.EXIT) === EXIT_SHUTDOWN;
  if (shutDown) return status === 0 ? EXIT.HELD : failure;
  context.complain(`${guest.name}: ${guest.reason === '' ? guest.state : guest.reason}`);
  return guest.state === 'failed' ? EXIT.FAILED : failure;
}

/** A word of the kernel's instance block. */
const word = (machine: LocalMachine, guest: InstanceView, offset: number): number =>
  new DataView(machine.memory.buffer).getUint32(instanceBlock(guest.id) + offset, true);

async function carryOut(machine: LocalMachine, line: string, context: Context): Promise<boolean> {
  const reply = await machine.services.kerf(line);
  if (reply.exitCode === 0) {
    // The first line says that it is done; the others are what the user should know.
    reply.output
      .split('\n')
      .slice(1)
      .forEach((note) => context.complain(note));
    return true;
  }
  const why = reply.error === undefined ? reply.output : `${reply.error.reason}; ${reply.error.hint}`;
  context.complain(`kerf ${line}: ${why}`);
  return false;
}

async function find(machine: LocalMachine, name: string): Promise<InstanceView> {
  const view = await machine.services.view();
  const guest = view.instances.find((instance) => instance.name === name);
  if (guest === undefined) throw new Error('the kernel was created and is gone');
  return guest;
}

/** As one word of a kerf line. */
export const quote = (text: string): string => `"${text.replaceAll(/["\\]/g, '\\$&')}"`;
