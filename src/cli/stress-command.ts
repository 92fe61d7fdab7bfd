/** `archipelago stress`: the options of the stress run, and its outcome as an exit status. */
import { startMachine } from '../session/start-machine.ts';
import { EXIT, type Command } from './command.ts';
import { readGuestRun, seedOption } from './guest-run.ts';
import { stress } from './stress.ts';
import { STRESS_DEVICES, STRESS_HARTS, STRESS_RAM } from './stress-kernels.ts';

const DEFAULT_SECONDS = 30;
const RULES = { option: 'seconds', most: 86_400, fallback: DEFAULT_SECONDS, image: 'guests/stress.img' };

export const stressCommand: Command = {
  usage: 'archipelago stress [OPTIONS]',
  summary:
    'kernels that fence each other and wake by doorbells alone, while everything around them changes at random',
  operands: [],
  options: {
    seconds: { value: 'N', summary: `how long (${DEFAULT_SECONDS})` },
    seed: seedOption('the disturbances'),
  },
  run: async (args, context) => {
    const asked = await readGuestRun(args, context, RULES);
    if (typeof asked === 'number') return asked;
    const { amount: seconds, seed, image } = asked;
    context.say(`stress: ${seconds} s, seed ${seed}`);
    const machine = startMachine({
      config: {
        harts: STRESS_HARTS,
        memory: STRESS_RAM,
        isolation: 'enforced',
        mode: 'parallel',
        seed: 0,
        devices: STRESS_DEVICES,
      },
      workers: context.workers,
    });
    const result = await stress(machine, {
      seconds,
      seed,
      image,
      say: (line) => context.say(line),
    });
    await machine.dispose();
    context.say(JSON.stringify(result.counts));
    if (!result.ok) context.complain(result.problem);
    return result.ok ? EXIT.HELD : EXIT.FAILED;
  },
};
