/** What an idle machine costs: two kernels at their prompts, no beats, everything in this process. */
import { heard, kerf, machineWith } from './machine.ts';

const SECONDS = 10;
/** Per cent of one host core. */
const AIM = 5;

export async function measureIdle(say: (line: string) => void): Promise<void> {
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
    const share = (used.user + used.system) / 1000 / (performance.now() - began);
    say(`idle: ${(share * 100).toFixed(2)} % of one host core over ${SECONDS} s (aim: under ${AIM} %)`);
  } finally {
    await machine.dispose();
  }
}
