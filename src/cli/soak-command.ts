/** `archipelago soak`: the options of the long runs, and their outcome as an exit status. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { startMachine } from '../session/start-machine.ts';
import { usage, wholeNumber } from './arguments.ts';
import { complain, EXIT, type Command, type Context } from './command.ts';
import { growthText, type Growth } from './memory-growth.ts';
import { moves, MOVES_HARTS } from './moves.ts';
import { soakBeside, soakInPlace } from './soak-handover.ts';
import { SOAK_HARTS, type SoakOptions } from './soak-machine.ts';
import { soakExecKill } from './soak.ts';

const DEFAULT_ROUNDS = 1000;
const RAM = 64 * 2 ** 20;
const IMAGE = 'guests/islet.img';
/**
 * Greatest growth of the process after the first hundred rounds, in per cent. The heap is a part of it, and told beside:
 * a few hundred KiB of it are a large part of a small heap.
 */
const MOST_GROWTH = 5;

interface Outcome {
  readonly problem: string;
  readonly median: number;
  readonly longest: number;
  readonly growth: Growth | null;
}

interface Part {
  readonly title: string;
  readonly harts: number;
  /** Of so many rounds asked for, how many this part does. */
  readonly rounds: (asked: number) => number;
  readonly run: (machine: ReturnType<typeof startMachine>, options: SoakOptions) => Promise<Outcome>;
}

// One is dearer than five of the others.
const aFifth = (asked: number): number => Math.ceil(asked / 5);

/** In this order; each has a machine of its own. */
const PARTS: Readonly<Record<string, Part>> = {
  exec: { title: 'exec and kill', harts: SOAK_HARTS, rounds: (asked) => asked, run: soakExecKill },
  moves: {
    title: 'live moves',
    harts: MOVES_HARTS,
    rounds: (asked) => asked,
    run: (machine, options) => moves(machine, { ...options, count: options.rounds }),
  },
  kho: { title: 'hand-overs in place', harts: SOAK_HARTS, rounds: aFifth, run: soakInPlace },
  handover: { title: 'hand-overs beside', harts: SOAK_HARTS, rounds: aFifth, run: soakBeside },
};
const NAMES = Object.keys(PARTS);

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
    for (const [name, part] of Object.entries(PARTS)) {
      if (only !== null && only !== name) continue;
      const count = part.rounds(asked);
      const options = { rounds: count, seed: drawn, image, say: (line: string) => context.say(line) };
      context.say(`${part.title}: ${count}, seed ${drawn}`);
      held = (await runPart(part, options, context)) && held;
    }
    return held ? EXIT.HELD : EXIT.FAILED;
  },
};

async function runPart(part: Part, options: SoakOptions, context: Context): Promise<boolean> {
  const machine = startMachine({
    config: { harts: part.harts, memory: RAM, isolation: 'enforced', mode: 'parallel', seed: 0 },
    workers: context.workers,
  });
  const { problem, median, longest, growth } = await part.run(machine, options);
  await machine.dispose();
  context.say(`${part.title}: median ${median.toFixed(1)} ms, longest ${longest.toFixed(1)} ms`);
  context.say(growthText(growth));
  if (problem !== '') context.complain(problem);
  const grown = growth !== null && growth.rss > MOST_GROWTH;
  if (grown) context.complain(`memory grew by more than ${MOST_GROWTH} %`);
  return problem === '' && !grown;
}
