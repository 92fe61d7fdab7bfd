/** What "make a kernel" asks for, as kerf lines, and how it is carried out: wholly, or not at all. */
import type { KerfReply } from '../protocol/machine-view.ts';
import { kerfWord, loadLine } from './column-actions.ts';
import type { ConnectedMachine } from './connected-machine.ts';

export interface KernelRequest {
  readonly name: string;
  readonly cores: readonly number[];
  /** MiB. */
  readonly memory: number;
  /** Guest-physical, as written; '' lets the controller choose. */
  readonly memoryBase: string;
  /** Privilege mode that the kernel starts in; M-mode has no firmware below it. */
  readonly entry: 's' | 'm';
  /** Name of a file that was added to the machine; null: the built-in islet. */
  readonly image: string | null;
  readonly cmdline: string;
}

export interface RequestRefusal {
  /** The line that was refused. */
  readonly line: string;
  readonly error: NonNullable<KerfReply['error']>;
}

/** Steps that make and boot the kernel, and for each what undoes the steps before it. */
function stepsOf(request: KernelRequest): { readonly line: string; readonly undo: readonly string[] }[] {
  const { name } = request;
  const base = request.memoryBase.trim();
  const flags = [
    `--cpus ${request.cores.join(',')}`,
    `--memory ${request.memory}M`,
    ...(base === '' ? [] : [`--memory-base ${kerfWord(base)}`]),
    ...(request.entry === 's' ? [] : [`--entry ${request.entry}`]),
  ];
  const remove = `kerf delete ${name}`;
  return [
    { line: `kerf create ${name} ${flags.join(' ')}`, undo: [] },
    { line: loadLine(name, request.image, request.cmdline.trim()), undo: [remove] },
    { line: `kerf exec ${name}`, undo: [`kerf unload ${name}`, remove] },
  ];
}

/** The lines that make and boot the kernel, in order. */
export const kerfLinesOf = (request: KernelRequest): string[] => stepsOf(request).map((step) => step.line);

/**
 * Makes and boots the kernel. When a line is refused, what the lines before it did is undone, so that the same request
 * can be sent again with a change. Null: done, or the machine's services are gone, which is reported elsewhere.
 */
export async function makeKernel(
  machine: Pick<ConnectedMachine, 'kerf'>,
  request: KernelRequest,
): Promise<RequestRefusal | null> {
  for (const { line, undo } of stepsOf(request)) {
    const reply = await machine.kerf(line);
    if (reply === undefined) return null;
    if (!reply.error) continue;
    for (const undoing of undo) await machine.kerf(undoing);
    return { line, error: reply.error };
  }
  return null;
}
