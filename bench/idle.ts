/** What an idle machine costs: two kernels at their prompts, no beats, everything in this process. */
import { heard, kerf, machineWith } from './machine.ts';
import { judge, LIMITS, type Verdict } from './verdict.ts';

const SECONDS = 10;

export async function measureIdle(): Promise<Verdict[]> {
  const machine = await machineWith(4, ['public/guests/islet.img']);
  try {
    await kerf(machine, 'create alpha --cpus 0-1 --memory 16M', 'create beta --cpus 2-3 --memory 16M');
    for (const name of ['alpha', 'beta'])
      await kerf(machine, `load ${name} --kernel islet.img`, `exec ${name}`);
    for (const { id, name } of (await machine.services.view()).instances) {
      await heard(machine, id, new RegExp(`${name}> `));
    }
    const before = process.cpuUsage();
    const began = performance.now();
    await machine.services.engine.until(() => performance.now() - began >= SECONDS * 1000, SECONDS * 2000);
    const used = process.cpuUsage(before);
    return judgeIdle((used.user + used.system) / 1000 / (performance.now() - began));
  } finally {
    await machine.dispose();
  }
}

/** `share`: of one host core, 0 … */
export const judgeIdle = (share: number): Verdict[] => [judge(LIMITS.idle, share * 100)];
