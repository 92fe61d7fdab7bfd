/** `archipelago moves`: the options of the run that moves harts under load, and its outcome as an exit status. */
import { startMachine } from '../session/start-machine.ts';
import { EXIT, type Command } from './command.ts';
import { growthText } from './growth.ts';
import { readGuestRun, seedOption } from './guest-run.ts';
import { moveRounds, MOVES_HARTS } from './moves.ts';
import { soakConfig } from './soak-parts.ts';
import { soak } from './soak-run.ts';

const DEFAULT_COUNT = 100;
const RULES = { option: 'count', most: 1_000_000, fallback: DEFAULT_COUNT, image: 'guests/islet.img' };

export const movesCommand: Command = {
  usage: 'archipelago moves [OPTIONS]',
  summary: 'two islets under load that take harts from each other, live',
  operands: [],
  options: {
    count: { value: 'N', summary: `how many moves (${DEFAULT_COUNT})` },
    seed: seedOption('which hart goes next'),
  },
  run: async (args, context) => {
    const asked = await readGuestRun(args, context, RULES);
    if (typeof asked === 'number') return asked;
    const { amount, seed, image } = asked;
    context.say(`moves: ${amount}, seed ${seed}`);
    const machine = startMachine({ config: soakConfig(MOVES_HARTS), workers: context.workers });
    const options = { rounds: amount, seed, image, say: (line: string) => context.say(line) };
    const { problem, growth, rounds, ...times } = await soak(machine, moveRounds, options);
    await machine.dispose();
    context.say(JSON.stringify({ moves: rounds, ...times }));
    context.say(growthText(growth));
    if (problem !== '') context.complain(problem);
    return problem === '' ? EXIT.HELD : EXIT.FAILED;
  },
};
