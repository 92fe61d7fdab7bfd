/**
 * `archipelago soak`: a kernel started and killed over and over. It ends badly when a round fails. (The other things that go
 * on for long are moves.ts, harts that move under load, and soak-handover.ts, kernels that are replaced under load.)
 */
import { drawFrom } from '../base/random.ts';
import type { LocalMachine } from '../session/make-machine.ts';
import { SoakMachine, timed, type SoakOptions, type SoakResult } from './soak-machine.ts';

/** Starts alpha and kills it, by a message or by force, drawn from the seed; beta beats beside it and must go on. */
export async function soakExecKill(machine: LocalMachine, options: SoakOptions): Promise<SoakResult> {
  const soak = new SoakMachine(machine);
  const draw = drawFrom(options.seed);
  await soak.create(options.image, 'beat', { alpha: '--cpus 0-1', beta: '--cpus 2-3 --peer alpha' });
  await soak.exec('beta');
  const round = async (): Promise<void> => {
    await soak.exec('alpha');
    await soak.kerf(`kill alpha${draw(2) === 0 ? ' --force' : ''}`);
    const alpha = await soak.instance('alpha');
    if (alpha.state !== 'loaded') soak.fail(`alpha is ${alpha.state}: ${alpha.reason}`);
    await soak.checkSurvivor('beta');
  };
  return soak.run(options, 'rounds of exec and kill', () => timed(round));
}
