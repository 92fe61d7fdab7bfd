/** `archipelago soak`: the options of the long runs, and their outcome as an exit status. */
import { startMachine } from '../session/start-machine.ts';
import { usage } from './arguments.ts';
import { complain, EXIT, type Command, type Context } from './command.ts';
import { grownParts, growthText } from './growth.ts';
import { readGuestRun, seedOption } from './guest-run.ts';
import { SOAK_PARTS, type SoakPart } from './soak-parts.ts';
import { soak, type SoakOptions } from './soak-run.ts';
import { inFixedYoungGeneration } from './young-generation.ts';

const DEFAULT_ROUNDS = 1000;
const RULES = { option: 'rounds', most: 1_000_000, fallback: DEFAULT_ROUNDS, image: 'guests/islet.img' };
const NAMES = Object.keys(SOAK_PARTS);

export const soakCommand: Command = {
  usage: 'archipelago soak [OPTIONS]',
  summary:
    'kernels started and killed, harts moved and kernels handed over many times: nothing fails or grows',
  operands: [],
  options: {
    rounds: { value: 'N', summary: `how many of each, hand-overs a fifth (${DEFAULT_ROUNDS})` },
    seed: seedOption('what is killed how and moved where'),
    part: { value: 'NAME', summary: `only this: ${NAMES.join(', ')}` },
  },
  run: async (args, context) => {
    const only = args.text('part');
    if (only !== null && !NAMES.includes(only)) {
      const refused = usage(`--part ${only} is none of ${NAMES.join(', ')}`);
      return complain(context, refused.error);
    }
    const run = await readGuestRun(args, context, RULES);
    if (typeof run === 'number') return run;
    const elsewhere = inFixedYoungGeneration();
    if (elsewhere !== null) return elsewhere;
    const { amount, seed, image } = run;
    let held = true;
    for (const [name, part] of Object.entries(SOAK_PARTS)) {
      if (only !== null && only !== name) continue;
      const count = part.rounds(amount);
      const options = { rounds: count, seed, image, say: (line: string) => context.say(line) };
      context.say(`${part.title}: ${count}, seed ${seed}`);
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
