/** Commands whose argument is device tree source in a file: `apply`, and the baseline of `init`. */
import type { ControllerContext } from './controller-context.ts';
import type { Change } from './changes.ts';
import { ok } from '../base/result.ts';
import { parseSource, type SourceNode } from '../machine/device-tree/parse-source.ts';
import { readBaseline } from './baseline-read.ts';
import { refuseFile, type FileRefusal } from './kerf-outcome.ts';
import type { CreateCommand, InitCommand } from './kerf-parser.ts';
import { readOverlay } from './overlay-read.ts';
import { readNamed } from './read-file.ts';
import type { Result } from '../base/result.ts';

/** More than any overlay has; a longer text is some other file. */
const SOURCE_LIMIT = 1 << 20;

/** Everything wrong with a file is refused as such: exit code 3. */
export async function overlayChanges(
  context: ControllerContext,
  file: string,
): Promise<Result<Change[]> | FileRefusal> {
  const root = await readSource(context, file);
  if (!root.ok) return root;
  const changes = readOverlay(root.value, file);
  return changes.ok ? changes : refuseFile(changes.error);
}

/** The command that makes the host instance. */
export async function hostCommand(
  context: ControllerContext,
  { create, input }: InitCommand,
): Promise<Result<CreateCommand> | FileRefusal> {
  if (input === null) return ok(create);
  const root = await readSource(context, input);
  if (!root.ok) return root;
  const rest = readBaseline(context, root.value, input);
  return rest.ok ? ok({ ...create, ...rest.value }) : refuseFile(rest.error);
}

async function readSource(
  context: ControllerContext,
  file: string,
): Promise<Result<SourceNode> | FileRefusal> {
  const read = await readNamed(context, file, '', 'a file');
  if (!read.ok) return read;
  const bytes = read.value;
  if (bytes.length > SOURCE_LIMIT) {
    return refuseFile({
      code: 'source-too-long',
      reason: `${file} has ${bytes.length} bytes, and device tree source at most ${SOURCE_LIMIT}`,
      hint: 'name a file with device tree source',
    });
  }
  // A copy: text decoders take no shared memory.
  const parsed = parseSource(new TextDecoder().decode(bytes.slice()), file);
  return parsed.ok ? parsed : refuseFile(parsed.error);
}
