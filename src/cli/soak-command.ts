/** `archipelago soak`: the options of the long runs, and their outcome as an exit status. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { startMachine } from '../session/start-machine.ts';
import { usage, wholeNumber } from './arguments.ts';
import { complain, EXIT, type Command, type Context } from './command.ts';
import { grownParts, growthText } from './growth.ts';
import { SOAK_PARTS, type SoakPart } from './soak-parts.ts';
import { soak, type SoakOptions } from './soak-run.ts';

const DEFAULT_ROUNDS = 1000;
const IMAGE = 'guests/islet.img';
const NAMES = Object.keys(SOAK_PARTS);

export const soakCommand: Command = {
  usage: 'archipelago soak [OPTIONS]',
  summary:
    'kernels started and killed, harts moved and kernels handed over many times: nothing fails or grows',
  operands: [],
  options: {
    rounds: { value: 'N', summary: `how many of each, hand-overs a fifth (${DEFAULT_ROUNDS})` },
    seed: { value: 'N', summary: 'seed of what is killed how and moved where (drawn, and printed)' },
    part: { value: 'NAME', summary: `only this: ${NAMES.join(', ')}` },
  },
  run: async (args, context) => {
    const rounds = wholeNumber(args, 'rounds', 1, 1_000_000);
    const seed = wholeNumber(args, 'seed', 0, 2 ** 32 - 1);
    const only = args.text('part');
    if (!rounds.ok) return complain(context, rounds.error);
    if (!seed.ok) return complain(context, seed.error);
    if (only !== null && !NAMES.includes(only)) {
      const refused = usage(`--part ${only} is none of ${NAMES.join(', ')}`);
      return complain(context, refused.error);
    }
    const path = join(context.publicFolder, IMAGE);
    const image = await readFile(path).catch((error: unknown) => error as Error);
    if (image instanceof Error) {
      context.complain(`${path} cannot be read: ${image.message}`);
      return EXIT.FAILED;
    }
    const drawn = seed.value ?? Math.floor(Math.random() * 2 ** 32);
    const asked = rounds.value ?? DEFAULT_ROUNDS;
    let held = true;
    for (const [name, part] of Object.entries(SOAK_PARTS)) {
      if (only !== null && only !== name) continue;
      const count = part.rounds(asked);
      const options = { rounds: count, seed: drawn, image, say: (line: string) => context.say(line) };
      context.say(`${part.title}: ${count}, seed ${drawn}`);
      held = (await runPart(part, options, context)) && held;
    }
    return held ? EXIT.HELD : EXIT.FAILED;
  },
};

async function runPart(part: SoakPart, options: SoakOptions, context: Context): Promise<boolean> {
  const machine = startMachine({ config: part.config, workers: context.workers });
  const { problem, median, longest, growth } = await soak(machine, part.prepare, options);
  await machine.dispose();
  context.say(`${part.title}: median ${median.toFixed(1)} ms, longest ${longest.toFixed(1)} ms`);
  context.say(growthText(growth));
  const problems = [...(problem === '' ? [] : [problem]), ...grownParts(growth)];
  for (const each of problems) context.complain(each);
  return problems.length === 0;
}
