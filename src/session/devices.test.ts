/** Devices of the pool in the hands of real kernels: used, taken away and given while they run. */
import { readFile } from 'node:fs/promises';
import { afterEach, describe, expect, it } from 'vitest';
import { startGuests, type Guests } from './guests.testkit.ts';

const read = async (name: string) =>
  new Uint8Array(await readFile(new URL(`../../public/guests/${name}`, import.meta.url)));

let guests: Guests;
const start = async (): Promise<void> => {
  guests = await startGuests(
    read,
    3,
    [
      { name: 'alpha', cpus: '0-1' },
      { name: 'beta', cpus: '2' },
    ],
    ['rng0', 'rng1', 'disk0'],
  );
};
afterEach(() => guests.machine.dispose());

const bytesIn = (answer: string): string => /^[0-9a-f]{32}$/m.exec(answer)?.[0] ?? '';

describe('devices of a running islet', () => {
  it('are used where they are, and by nobody else', async () => {
    await start();
    expect(await guests.ask('alpha', 'devices')).toContain('no devices');
    expect(await guests.ask('alpha', 'random')).toContain('no entropy');
    await guests.kerf('update alpha --devices +rng0');
    await guests.said('alpha', 'rng0 joined', 1);
    const [one, other] = [await guests.ask('alpha', 'random'), await guests.ask('alpha', 'random')].map(
      bytesIn,
    );
    expect(one).toMatch(/^[0-9a-f]{32}$/);
    expect(other).toMatch(/^[0-9a-f]{32}$/);
    expect(one).not.toBe(other);
    expect(await guests.ask('alpha', 'devices')).toContain(
      'rng0   entropy  at 0x10001000, interrupt 1, taken 2 times',
    );
    expect(await guests.ask('beta', 'random')).toContain('no entropy');
  });

  it('give the same numbers in the same run', async () => {
    const run = async (): Promise<string> => {
      await start();
      await guests.kerf('update alpha --devices +rng0');
      return bytesIn(await guests.ask('alpha', 'random'));
    };
    const first = await run();
    await guests.machine.dispose();
    expect(await run()).toBe(first);
  });

  it('move from one kernel to the other: a disk with what is on it, at a slot of the other', async () => {
    await start();
    await guests.kerf('update alpha --devices +rng0,disk0');
    await guests.kerf('update beta --devices +rng1');
    expect(await guests.ask('alpha', 'sector 7 hello from alpha')).toContain('sector 7: hello from alpha');
    expect(await guests.ask('alpha', 'sector 2048 x')).toContain('no such sector');
    await guests.kerf('update beta --devices +disk0 --from alpha');
    expect(await guests.ask('beta', 'sector 7')).toContain('sector 7: hello from alpha');
    expect(await guests.ask('beta', 'devices')).toContain('disk0  disk     at 0x10002000, interrupt 2');
    const left = await guests.ask('alpha', 'sector 7');
    expect(left).toContain('no disk');
    expect(await guests.ask('alpha', 'devices')).not.toContain('disk0');
  });

  it('are found at boot, and leave an empty slot to a kernel that looks again', async () => {
    await start();
    await guests.kerf('update alpha --devices +rng0,rng1');
    await guests.restart('alpha');
    const found = await guests.ask('alpha', 'devices');
    expect(found).toContain('rng0   entropy  at 0x10001000, interrupt 1');
    expect(found).toContain('rng1   entropy  at 0x10002000, interrupt 2');
    expect(await guests.ask('alpha', 'random 16 rng1')).toMatch(/^[0-9a-f]{32}$/m);
    expect(await guests.ask('alpha', 'peek32 0x10001008')).toContain('0x10001008: 0x4');
    await guests.kerf('update alpha --devices -rng0');
    expect(await guests.ask('alpha', 'peek32 0x10001008')).toContain('0x10001008: 0x0');
    expect(await guests.ask('alpha', 'random 16 rng0')).toContain('no entropy from rng0');
    expect(await guests.ask('alpha', 'random')).toMatch(/^[0-9a-f]{32}$/m);
  });

  it('come and go a hundred times while they are used', async () => {
    await start();
    await guests.kerf('update alpha --devices +rng0');
    for (let round = 0; round < 50; round++) {
      await guests.type('alpha', 'random 256');
      await guests.kerf('update beta --devices +rng0 --from alpha');
      await guests.type('beta', 'random 256');
      await guests.kerf('update alpha --devices +rng0 --from beta');
    }
    expect(bytesIn(await guests.ask('alpha', 'random'))).not.toBe('');
    expect(await guests.ask('beta', 'devices')).toContain('no devices');
  }, 60_000);
});
