/** `archipelago stress`: the options of the stress run, and its outcome as an exit status. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { startMachine } from '../session/start-machine.ts';
import { wholeNumber } from './arguments.ts';
import { complain, EXIT, type Command } from './command.ts';
import { stress } from './stress.ts';
import { STRESS_DEVICES, STRESS_HARTS, STRESS_RAM } from './stress-kernels.ts';

const DEFAULT_SECONDS = 30;
const IMAGE = 'guests/stress.img';

export const stressCommand: Command = {
  usage: 'archipelago stress [OPTIONS]',
  summary:
    'kernels that fence each other and wake by doorbells alone, while everything around them changes at random',
  operands: [],
  options: {
    seconds: { value: 'N', summary: `how long (${DEFAULT_SECONDS})` },
    seed: { value: 'N', summary: 'seed of the disturbances (drawn, and printed)' },
  },
  run: async (args, context) => {
    const seconds = wholeNumber(args, 'seconds', 1, 86_400);
    const seed = wholeNumber(args, 'seed', 0, 2 ** 32 - 1);
    if (!seconds.ok) return complain(context, seconds.error);
    if (!seed.ok) return complain(context, seed.error);
    const path = join(context.publicFolder, IMAGE);
    const image = await readFile(path).catch((error: unknown) => error as Error);
    if (image instanceof Error) {
      context.complain(`${path} cannot be read: ${image.message}`);
      return EXIT.FAILED;
    }
    const drawn = seed.value ?? Math.floor(Math.random() * 2 ** 32);
    context.say(`stress: ${seconds.value ?? DEFAULT_SECONDS} s, seed ${drawn}`);
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
      seconds: seconds.value ?? DEFAULT_SECONDS,
      seed: drawn,
      image,
      say: (line) => context.say(line),
    });
    await machine.dispose();
    context.say(JSON.stringify(result.counts));
    if (!result.ok) context.complain(result.problem);
    return result.ok ? EXIT.HELD : EXIT.FAILED;
  },
};
