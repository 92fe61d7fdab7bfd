/** What "make a kernel" asks for, as kerf lines. */
import { cmdlineFlag, kerfWord, loadLine } from './column-actions.ts';
import type { ConnectedMachine } from './connected-machine.ts';
import { carryOut, type KerfStep, type Progress, type RequestRefusal } from './kerf-steps.ts';

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
  /** It is to be instance 0, whose kernel gives kerf commands itself: islet with kerf in its shell; `image` is null. */
  readonly host: boolean;
}

/** The name that `kerf init` gives. */
export const HOST_NAME = 'host';
/** What the host's kernel finds on its RAM disk: images that it can load. */
const HOST_LOAD = `kerf load ${HOST_NAME} --kernel guests/islet.img --initrd guests/host.cpio`;

/** Steps that make and boot the kernel, and for each what undoes the steps before it. */
function stepsOf(request: KernelRequest): KerfStep[] {
  const name = request.host ? HOST_NAME : request.name;
  const base = request.memoryBase.trim();
  const flags = [
    `--cpus ${request.cores.join(',')}`,
    `--memory ${request.memory}M`,
    ...(base === '' ? [] : [`--memory-base ${kerfWord(base)}`]),
    ...(request.entry === 's' ? [] : [`--entry ${request.entry}`]),
  ];
  const remove = `kerf delete ${name}`;
  return [
    { line: `kerf ${request.host ? 'init' : `create ${name}`} ${flags.join(' ')}`, undo: [] },
    {
      line: request.host
        ? HOST_LOAD + cmdlineFlag(request.cmdline.trim())
        : loadLine(name, request.image, request.cmdline.trim()),
      undo: [remove],
    },
    { line: `kerf exec ${name}`, undo: [`kerf unload ${name}`, remove] },
  ];
}

/** The lines that make and boot the kernel, in order. */
export const kerfLinesOf = (request: KernelRequest): string[] => stepsOf(request).map((step) => step.line);

/** Makes and boots the kernel, or leaves everything as it was; see `carryOut`. */
export const makeKernel = (
  machine: Pick<ConnectedMachine, 'kerf'>,
  request: KernelRequest,
  progress?: Progress,
): Promise<RequestRefusal | null> => carryOut(machine, stepsOf(request), progress);
