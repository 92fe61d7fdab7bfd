/** `archipelago boot`: one kernel, the terminal its console, its exit status ours. */
import { readFile } from 'node:fs/promises';
import { basename } from 'node:path';
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

const NAME = 'guest';
const DEFAULT_MEMORY = 128 * 2 ** 20;
const MEMORY_GRAIN = 2 ** 21;
/** RAM beside the kernel's own, for its channel to the controller. */
const SPARE_MEMORY = 4 * 2 ** 20;

interface Options {
  readonly kernel: string;
  readonly harts: number;
  /** Bytes. */
  readonly memory: number;
  /** Guest-physical, or null: as kerf places it. */
  readonly memoryBase: number | null;
  readonly entry: 's' | 'm';
  readonly cmdline: string;
}

export const bootCommand: Command = {
  usage: 'archipelago boot --kernel FILE [OPTIONS]',
  summary: 'boot one kernel; Ctrl-A x quits, the exit status is the guest’s',
  operands: [],
  options: {
    kernel: { value: 'FILE', summary: 'a RISC-V Image, an ELF file, or a flat binary' },
    cpus: { value: 'N', summary: 'number of harts, 1 to 16 (1)' },
    memory: { value: 'SIZE', summary: 'memory of the kernel (128M)' },
    'memory-base': { value: 'ADDR', summary: 'guest-physical address of that memory' },
    entry: { value: 's|m', summary: 'mode to enter the kernel in (s)' },
    cmdline: { value: 'TEXT', summary: 'its command line' },
  },
  run: async (args, context) => {
    const options = readOptions(args);
    if (!options.ok) return complain(context, options.error);
    const bytes = await readFile(options.value.kernel).catch((error: unknown) => error as Error);
    if (bytes instanceof Error) {
      context.complain(`${options.value.kernel} cannot be read: ${bytes.message}`);
      return EXIT.USAGE;
    }
    return boot(options.value, bytes, context);
  },
};

function readOptions(args: Arguments): Result<Options> {
  const kernel = args.text('kernel');
  if (kernel === null) return usage('--kernel FILE is missing');
  const harts = wholeNumber(args, 'cpus', 1, MAX_HARTS);
  if (!harts.ok) return harts;
  const memory = parseSize(args.text('memory') ?? `${DEFAULT_MEMORY}`);
  if (!memory.ok) return memory;
  const baseText = args.text('memory-base');
  const base = baseText === null ? ok(null) : parseAddress(baseText);
  if (!base.ok) return base;
  const entry = args.text('entry') ?? 's';
  if (entry !== 's' && entry !== 'm') return usage(`--entry ${entry} is neither s nor m`);
  return ok({
    kernel,
    harts: harts.value ?? 1,
    memory: memory.value,
    memoryBase: base.value,
    entry,
    cmdline: args.text('cmdline') ?? '',
  });
}

/** RAM that the machine needs for this kernel. Refused: `too-large`. */
function ramSize(options: Options): Result<number> {
  const end = (options.memoryBase ?? RAM_BASE) - RAM_BASE + options.memory;
  const size = Math.ceil((end + SPARE_MEMORY) / MEMORY_GRAIN) * MEMORY_GRAIN;
  if (size <= MAX_RAM) return ok(size);
  return refuse(
    'too-large',
    `the kernel would need a machine of ${size} bytes of RAM`,
    `a machine has at most ${MAX_RAM}`,
  );
}

async function boot(options: Options, bytes: Uint8Array, context: Context): Promise<number> {
  const memory = ramSize(options);
  if (!memory.ok) return complain(context, memory.error);
  const machine = startMachine({
    config: { harts: options.harts, memory: memory.value, isolation: 'enforced', mode: 'parallel', seed: 0 },
    workers: context.workers,
  });
  try {
    return await runKernel(machine, options, bytes, context);
  } finally {
    await machine.dispose();
  }
}

async function runKernel(
  machine: LocalMachine,
  options: Options,
  bytes: Uint8Array,
  context: Context,
): Promise<number> {
  const { services } = machine;
  await noticeWorkerless(services, (line) => context.complain(line));
  const file = basename(options.kernel).replaceAll(/[^\w.-]/g, '_');
  await services.addFile(file, bytes);
  const base = options.memoryBase === null ? '' : ` --memory-base 0x${options.memoryBase.toString(16)}`;
  const cmdline = options.cmdline === '' ? '' : ` --cmdline ${quote(options.cmdline)}`;
  const lines = [
    `create ${NAME} --cpus 0-${options.harts - 1} --memory ${options.memory}${base} --entry ${options.entry}`,
    `load ${NAME} --kernel ${file}${cmdline}`,
  ];
  for (const line of lines) if (!(await carryOut(machine, line, context))) return EXIT.FAILED;
  const id = (await find(machine)).id;
  const terminal = new Terminal((typed) => void services.type(id, typed));
  await services.onConsole((_, output) => terminal.write(output));
  try {
    if (!(await carryOut(machine, `exec ${NAME}`, context))) return EXIT.FAILED;
    const ended = await untilEnd(machine, terminal);
    return ended === null ? EXIT.HELD : exitStatus(machine, ended, context);
  } finally {
    terminal.close();
  }
}

/** The kernel when it has ended, or null: the user quit. A kernel that asked for a restart gets it and has not ended. */
async function untilEnd(machine: LocalMachine, terminal: Terminal): Promise<InstanceView | null> {
  const quit = new Promise<null>((settle) => terminal.onQuit(() => settle(null)));
  const ended = new Promise<InstanceView>((settle) => {
    void machine.services.onView((view) => {
      const guest = view.instances.find((instance) => instance.name === NAME);
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
  context.complain(`${NAME}: ${guest.reason === '' ? guest.state : guest.reason}`);
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

async function find(machine: LocalMachine): Promise<InstanceView> {
  const view = await machine.services.view();
  const guest = view.instances.find((instance) => instance.name === NAME);
  if (guest === undefined) throw new Error('the kernel was created and is gone');
  return guest;
}

/** As one word of a kerf line. */
const quote = (text: string): string => `"${text.replaceAll(/["\\]/g, '\\$&')}"`;
