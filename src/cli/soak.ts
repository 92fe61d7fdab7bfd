/**
 * `archipelago soak`: a kernel started and killed over and over. (The other things that go on for long are moves.ts, harts
 * that move under load, and soak-handover.ts, kernels that are replaced under load.)
 */
import { drawFrom } from '../base/random.ts';
import { SoakMachine, timed, type Rounds, type RoundsOptions } from './soak-machine.ts';

/** Starts alpha and kills it, by a message or by force, drawn from the seed; beta beats beside it and must go on. */
export async function execKillRounds(soak: SoakMachine, { image, seed }: RoundsOptions): Promise<Rounds> {
  const draw = drawFrom(seed);
  await soak.create(image, 'beat', { alpha: '--cpus 0-1', beta: '--cpus 2-3 --peer alpha' });
  await soak.exec('beta');
  const round = async (): Promise<void> => {
    await soak.exec('alpha');
    await soak.kerf(`kill alpha${draw(2) === 0 ? ' --force' : ''}`);
    const alpha = await soak.instance('alpha');
    if (alpha.state !== 'loaded') soak.fail(`alpha is ${alpha.state}: ${alpha.reason}`);
    await soak.checkSurvivor('beta');
  };
  return { what: 'rounds of exec and kill', round: () => timed(round), remark: () => '' };
}
