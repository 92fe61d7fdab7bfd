/**
 * Random commands, from a seed: whatever is asked, no hart, page or device has two owners, every owner exists, and a
 * refused command changes nothing. A failing seed prints the lines that led there.
 */
import { describe, expect, it } from 'vitest';
import { Commands, expectOneOwner, lasting, makeMachine } from './partition.testkit.ts';

const SEEDS = 20;
const LINES = 80;

describe('random sequences of commands', () => {
  it.each(Array.from({ length: SEEDS }, (_, seed) => seed))(
    'keep one owner for everything: seed %i',
    async (seed) => {
      const machine = makeMachine();
      const commands = new Commands(seed);
      const said: string[] = [];
      let accepted = 0;
      for (let step = 0; step < LINES; step += 1) {
        const line = commands.next();
        const before = await lasting(machine);
        const reply = await machine.kerf(line);
        said.push(`${line} → ${reply.error?.code ?? 'done'}`);
        try {
          if (reply.error) expect(await lasting(machine)).toEqual(before);
          else accepted += 1;
          expectOneOwner(machine);
        } catch (problem) {
          throw new Error(`after\n${said.join('\n')}`, { cause: problem });
        }
      }
      expect(accepted).toBeGreaterThan(LINES / 10);
    },
  );
});
