/** What islet's command line makes of keys that are more than one character (Repeatable mode). */
import { readFile } from 'node:fs/promises';
import { afterEach, expect, test } from 'vitest';
import { startGuests, type Guests } from './guests.testkit.ts';

const read = async (name: string) =>
  new Uint8Array(await readFile(new URL(`../../public/guests/${name}`, import.meta.url)));

let guests: Guests;
afterEach(() => guests.machine.dispose());

test('a cursor key leaves nothing in the line, and Escape takes no letter of what is typed behind it', async () => {
  guests = await startGuests(read, 1, [{ name: 'alpha', cpus: '0' }]);
  expect(await guests.ask('alpha', '\x1b[A\x1b[1;5Csum 2')).toMatch(/^sum 2\n/);
  expect(await guests.ask('alpha', '\x1bsum 2')).toMatch(/^sum 2\n/);
  expect(await guests.ask('alpha', '\x1b\x1b\x1b[Bsum 2')).toMatch(/^sum 2\n/);
});
