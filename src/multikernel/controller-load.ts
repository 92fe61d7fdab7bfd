/** `load`: an image is checked against the instance's memory, placed there, and kept for every exec to come. */
import { ok, refuse } from '../base/result.ts';
import { applyLoad, planLoad } from '../machine/loaders/load.ts';
import type { ControllerContext } from './controller-context.ts';
import { settleHarts } from './hart-control.ts';
import { clearPages, deviceTreeAddress, runOf } from './instance-memory.ts';
import type { Instance } from './instances.ts';
import { refuseFile, type Outcome } from './kerf-outcome.ts';
import type { LoadCommand } from './kerf-parser.ts';
import { formatAddress } from './kerf-values.ts';

/** Bytes; what Linux on RISC-V takes (COMMAND_LINE_SIZE 1024 with its final zero). */
const CMDLINE_LIMIT = 1023;

export async function loadInstance(
  context: ControllerContext,
  instance: Instance,
  command: LoadCommand,
): Promise<Outcome> {
  const { kernel: file, cmdline } = command;
  const length = new TextEncoder().encode(cmdline).length;
  if (length > CMDLINE_LIMIT) {
    return refuse(
      'cmdline-too-long',
      `the command line for ${instance.name} has ${length} bytes, ${length - CMDLINE_LIMIT} more than the ${CMDLINE_LIMIT} that fit`,
      'shorten it',
    );
  }
  const bytes = await context.env.readFile(file);
  if (bytes === null) {
    return refuseFile({
      code: 'no-such-file',
      reason: `${instance.name} cannot load "${file}": there is no file of that name`,
      hint: 'name a kernel image that was added to the machine',
    });
  }
  // What lies above is the device tree's.
  const { base } = instance.memory;
  const region = { base, size: deviceTreeAddress(instance) - base };
  const plan = planLoad(bytes, region, { flat: file.endsWith('.bin') });
  if (!plan.ok) return refuseFile(plan.error);
  const entry = command.entry ?? instance.entry;
  const what = `${file} for ${instance.name}, entry ${formatAddress(plan.value.entry)} in ${entry.toUpperCase()}-mode`;
  // Nothing in such a file says where it is linked, so that only its user can see that it lies elsewhere.
  const note =
    plan.value.kind === 'flat'
      ? `\nflat image placed at ${formatAddress(plan.value.entry)}; an image linked elsewhere needs --memory-base`
      : '';
  if (command.dryRun) return ok(`${what}; nothing was changed${note}`);

  await settleHarts(context, context.hartsOf(instance));
  clearPages(context, runOf(instance));
  applyLoad(context.memory, plan.value);
  instance.kernel = { file, cmdline, entry, plan: plan.value };
  context.setState(instance, 'loaded', '');
  return ok(`loaded ${what}${note}`);
}
