/** `archipelago moves`: the options of the run that moves harts under load, and its outcome as an exit status. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { startMachine } from '../session/start-machine.ts';
import { wholeNumber } from './arguments.ts';
import { complain, EXIT, type Command } from './command.ts';
import { growthText } from './growth.ts';
import { moveRounds, MOVES_HARTS } from './moves.ts';
import { soakConfig } from './soak-parts.ts';
import { soak } from './soak-run.ts';

const DEFAULT_COUNT = 100;
const IMAGE = 'guests/islet.img';

export const movesCommand: Command = {
  usage: 'archipelago moves [OPTIONS]',
  summary: 'two islets under load that take harts from each other, live',
  operands: [],
  options: {
    count: { value: 'N', summary: `how many moves (${DEFAULT_COUNT})` },
    seed: { value: 'N', summary: 'seed of which hart goes next (drawn, and printed)' },
  },
  run: async (args, context) => {
    const count = wholeNumber(args, 'count', 1, 1_000_000);
    const seed = wholeNumber(args, 'seed', 0, 2 ** 32 - 1);
    if (!count.ok) return complain(context, count.error);
    if (!seed.ok) return complain(context, seed.error);
    const path = join(context.publicFolder, IMAGE);
    const image = await readFile(path).catch((error: unknown) => error as Error);
    if (image instanceof Error) {
      context.complain(`${path} cannot be read: ${image.message}`);
      return EXIT.FAILED;
    }
    const drawn = seed.value ?? Math.floor(Math.random() * 2 ** 32);
    const wanted = count.value ?? DEFAULT_COUNT;
    context.say(`moves: ${wanted}, seed ${drawn}`);
    const machine = startMachine({ config: soakConfig(MOVES_HARTS), workers: context.workers });
    const options = { rounds: wanted, seed: drawn, image, say: (line: string) => context.say(line) };
    const { problem, growth, rounds, ...times } = await soak(machine, moveRounds, options);
    await machine.dispose();
    context.say(JSON.stringify({ moves: rounds, ...times }));
    context.say(growthText(growth));
    if (problem !== '') context.complain(problem);
    return problem === '' ? EXIT.HELD : EXIT.FAILED;
  },
};
