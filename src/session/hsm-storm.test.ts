/** A kernel that starts, stops and suspends its harts as fast as it can: the controller has nothing to do with it. */
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { afterEach, expect, test } from 'vitest';
import { assemble } from '../isa/assemble.ts';
import { HEADER } from '../protocol/layout.ts';
import { TRACE_KIND } from '../protocol/trace.ts';
import { startGuests, type Guests } from './guests.testkit.ts';

const folder = fileURLToPath(new URL('../../public/guests/', import.meta.url));
const readImage = async (name: string): Promise<Uint8Array<ArrayBuffer>> =>
  new Uint8Array(await readFile(folder + name));

let guests: Guests;
afterEach(() => guests.machine.dispose());

const BASE = 0x8200_0000;
const hsm = (fid: number): string => `li a6, ${fid}; li a7, 0x48534d; ecall`;
const STORMS = {
  'starts and stops a hart': `again: li a0, 2; la a1, other; li a2, 0; ${hsm(0)}; j again; other: ${hsm(1)}`,
  'suspends with an interrupt pending': `csrsi sip, 2; csrsi sie, 2; again: li a0, 0; ${hsm(3)}; j again`,
};

for (const [what, program] of Object.entries(STORMS)) {
  test(`one that ${what}`, async () => {
    guests = await startGuests(readImage, 3, [{ name: 'alpha', cpus: '0', commandLine: 'beat' }]);
    const { services, memory } = guests.machine;
    await services.addFile('storm.bin', assemble(program, { base: BigInt(BASE) }).bytes);
    await guests.kerf(`create storm --cpus 1-2 --memory 8M --memory-base 0x${BASE.toString(16)}`);
    await guests.kerf('load storm --kernel storm.bin');
    await guests.kerf('exec storm');
    const words = new Int32Array(memory.buffer);
    const wakes = (): number => Atomics.load(words, HEADER.CONTROLLER_WAKE >> 2);
    await services.takeTrace();

    const before = wakes();
    await guests.pass(4);
    const { records, lost } = await services.takeTrace();
    const changes = records.filter(({ kind }) => kind === TRACE_KIND.HART_STATE).length + lost;
    expect(changes).toBeGreaterThan(500);
    expect(wakes() - before).toBeLessThan(10);

    expect(await guests.ask('alpha', 'cores')).toContain('online');
    await guests.kerf('kill storm --force');
  });
}
