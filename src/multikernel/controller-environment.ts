/** What the controller needs from the session around it. */
import type { InstanceId } from '../base/brand.ts';
import type { MachineConfig } from '../protocol/machine-view.ts';
import type { FileContent } from './read-file.ts';

export interface ControllerEnvironment {
  readonly config: MachineConfig;
  /**
   * Resolves true when `condition` holds, false after `timeoutMs`: host time in Parallel mode, machine time in
   * Repeatable mode. The condition is looked at again whenever HEADER.CONTROLLER_WAKE changes or time passes, and no more
   * once it held; in Repeatable mode the harts take turns in between. Several waits may be under way at once.
   */
  until(condition: () => boolean, timeoutMs: number): Promise<boolean>;
  /**
   * The same with a limit on what kernels have to do, which is machine time: none of it goes by while HEADER.PAUSED is
   * set, so that a command under way at a pause waits and goes on after it. `until` is for what workers have to do, which
   * they do while the machine is paused, too.
   */
  untilKernel(condition: () => boolean, timeoutMs: number): Promise<boolean>;
  /** Content of a file that a command names. The bytes are not changed afterwards. Never rejects. */
  readFile(name: string): Promise<FileContent>;
  /**
   * Ends the hart's worker if it still lives and starts another; the hart is then STOPPED and SAFE, with no reasons
   * pending, its caches dropped, and its bit of FENCE_WAITERS cleared. Resolves only when the old worker touches the
   * memory no more. The hart is still LOST afterwards when its workers cannot be started. Never rejects.
   */
  replaceWorker(hart: number): Promise<void>;
  /** Why the hart was last LOST, in words, or ''. */
  lossReason(hart: number): string;
  /** What the last kernel of the instance had said when it ended, as LastWords.consoleTail has it; ''. */
  consoleTail(instance: InstanceId): string;
  /** mtime, in ticks. */
  time(): number;
}
