/**
 * `archipelago moves`: two islets under load exchange harts, one move after the other, each a transaction of its own. It
 * ends badly when a move fails, when the tables and what a kernel says of itself disagree, or when a kernel stops working.
 */
import { drawFrom } from '../base/random.ts';
import { STATUS } from '../protocol/channel.ts';
import { maskOf, timed, type Rounds, type RoundsOptions, type SoakMachine } from './soak-machine.ts';

/** Harts of the machine; each kernel keeps the one it booted on. */
export const MOVES_HARTS = 5;
/** All but 0 and 3, on which the kernels boot. */
const MOVABLE = [1, 2, 4];
/** More threads than harts, so that there is always one to send elsewhere. */
const THREADS = 4;

/** A round is a move, which is timed, and a look at both kernels. The machine must have MOVES_HARTS harts and be fresh. */
export async function moveRounds(soak: SoakMachine, { image, seed }: RoundsOptions): Promise<Rounds> {
  const draw = drawFrom(seed);
  await soak.create(image, `beat spin=${THREADS}`, { alpha: '--cpus 0-2', beta: '--cpus 3-4' });
  for (const name of ['alpha', 'beta']) await soak.exec(name);
  const round = async (): Promise<number> => {
    const taken = await timed(() => move(soak, MOVABLE[draw(MOVABLE.length)] ?? 1));
    await check(soak);
    return taken;
  };
  return { what: 'moves', round, remark: () => '' };
}

/** Takes the hart from the kernel that has it and gives it to the other. */
async function move(soak: SoakMachine, hart: number): Promise<void> {
  const instances = await soak.instances();
  const from = instances.find((instance) => instance.harts.includes(hart));
  const to = instances.find((instance) => instance !== from);
  await soak.kerf(`update ${to?.name ?? ''} --cpus +${hart} --from ${from?.name ?? ''}`);
}

/** Every kernel runs, knows its harts, and works. */
async function check(soak: SoakMachine): Promise<void> {
  for (const { name, state, reason, harts } of await soak.instances()) {
    if (state !== 'active') {
      soak.fail(`${name} is ${state}: ${reason}`);
      return;
    }
    const online = await soak.word(name, STATUS.HARTS_ONLINE);
    if (online !== maskOf(harts)) {
      soak.fail(`${name} owns harts ${harts.join(',')} and says that ${online.toString(2)} are online`);
      return;
    }
    const work = await soak.word(name, STATUS.WORK);
    await soak.until(name, 'has stopped working', (word) => word(STATUS.WORK) > work);
  }
}
