/** The metronome kernel on a machine in Repeatable mode: what it publishes is what it was told to do. */
import { readFile } from 'node:fs/promises';
import { afterEach, expect, test } from 'vitest';
import { startGuests, type Guests } from './guests.testkit.ts';

const read = async (name: string) =>
  new Uint8Array(await readFile(new URL(`../../public/guests/${name}`, import.meta.url)));

let guests: Guests;
afterEach(() => guests.machine.dispose());

test('a task of a millisecond comes due a thousand times a second, is published and printed', async () => {
  guests = await startGuests(read, 1, [{ name: 'metro', cpus: '0', image: 'metronome.img' }]);
  const { status, pass, ask } = guests;
  await pass(1000);
  const count = status('metro', 'metronome-count');
  expect(count).toBeGreaterThanOrEqual(800);
  expect(count).toBeLessThanOrEqual(1100);
  expect(status('metro', 'work')).toBeGreaterThanOrEqual(count);
  expect(status('metro', 'metronome-missed')).toBe(0);
  const [p50, p99, max] = (['metronome-p50', 'metronome-p99', 'metronome-max'] as const).map((word) =>
    status('metro', word),
  ) as [number, number, number];
  expect(p50).toBeGreaterThan(0);
  expect(p99).toBeGreaterThanOrEqual(p50);
  expect(max).toBeGreaterThanOrEqual(p99);
  expect(max).toBeLessThan(1_000_000);
  expect(status('metro', 'jitter-max')).toBeGreaterThanOrEqual(status('metro', 'jitter-p50'));
  expect(status('metro', 'beats')).toBeGreaterThanOrEqual(9);
  expect(status('metro', 'missed')).toBe(0);
  const report = await ask('metro', 'report');
  expect(report).toMatch(/metronome: 1 tasks of 1000 us: due \d+, missed 0/);
  expect(report).toMatch(/latency p50 \d+\.\d us, p99 \d+\.\d us, max \d+\.\d us/);
  await ask('metro', 'reset');
  await pass(200);
  expect(status('metro', 'metronome-count')).toBeLessThan(count);
});

test('period and tasks come from the command line; what is impossible is said and replaced', async () => {
  guests = await startGuests(read, 2, [
    { name: 'metro', cpus: '0', image: 'metronome.img', commandLine: 'period=500 tasks=4' },
    { name: 'wrong', cpus: '1', image: 'metronome.img', commandLine: 'period=5 tasks=99' },
  ]);
  await guests.pass(500);
  expect(await guests.ask('metro', 'report')).toContain('4 tasks of 500 us');
  expect(guests.status('metro', 'metronome-count')).toBeGreaterThan(3000);
  expect(await guests.ask('wrong', 'report')).toContain('1 tasks of 1000 us');
});

test('it answers pings, takes no further core, and shuts down when the host asks', async () => {
  guests = await startGuests(read, 3, [
    { name: 'metro', cpus: '0', image: 'metronome.img' },
    { name: 'alpha', cpus: '1', peers: ['metro'] },
  ]);
  expect(await guests.ask('alpha', 'ping metro')).toContain('reply from metro: n=1');
  await expect(guests.kerf('update metro --cpus 0,2')).rejects.toThrow('metro answered with error -2');
  await guests.kerf('kill metro');
  const view = await guests.machine.services.view();
  expect(view.instances.find(({ name }) => name === 'metro')?.state).toBe('loaded');
});

test('the same task as a thread of islet: on, published, restarted with other numbers, off', async () => {
  guests = await startGuests(read, 2, [{ name: 'alpha', cpus: '0,1' }]);
  const { status, pass, ask } = guests;
  await ask('alpha', 'metronome on');
  await pass(500);
  expect(status('alpha', 'metronome-count')).toBeGreaterThanOrEqual(350);
  expect(status('alpha', 'metronome-missed')).toBe(0);
  await ask('alpha', 'metronome on 2000 3');
  expect(await ask('alpha', 'threads')).toMatch(/(metro .*\n[^]*){3}/);
  await pass(300);
  expect(await ask('alpha', 'metronome report')).toContain('metronome: 3 tasks of 2000 us');
  await ask('alpha', 'metronome off');
  expect(await ask('alpha', 'threads')).not.toMatch(/metro|publish/);
  const count = status('alpha', 'metronome-count');
  await pass(300);
  expect(status('alpha', 'metronome-count')).toBe(count);
  expect(await ask('alpha', 'metronome on 10')).toContain('metronome: 100 us at least');
});

test('inside a storming kernel the task wakes later than in a kernel of its own beside it', async () => {
  guests = await startGuests(read, 2, [
    { name: 'alpha', cpus: '0' },
    { name: 'metro', cpus: '1', image: 'metronome.img' },
  ]);
  const { status, pass, ask, type } = guests;
  await ask('alpha', 'metronome on');
  await ask('alpha', 'storm 4');
  const quiet = status('alpha', 'work');
  await ask('alpha', 'metronome reset');
  await type('metro', 'reset');
  await pass(250);
  expect(status('alpha', 'work')).toBeGreaterThan(quiet);
  expect(status('metro', 'metronome-missed')).toBe(0);
  expect(status('alpha', 'metronome-p99')).toBeGreaterThan(2 * status('metro', 'metronome-p99'));
  expect(status('alpha', 'metronome-max')).toBeGreaterThan(2 * status('metro', 'metronome-max'));
  // Sixteen threads that each hold a lock with interrupts off leave less than every millisecond to a task.
  await ask('alpha', 'storm 16');
  await pass(300);
  expect(status('alpha', 'metronome-missed')).toBeGreaterThan(0);
  expect(status('metro', 'metronome-missed')).toBe(0);
  await ask('alpha', 'storm 0');
  await pass(100);
  expect(await ask('alpha', 'threads')).not.toContain('storm');
});

test('it lets go of the channels to kernels that are deleted', async () => {
  guests = await startGuests(read, 2, [{ name: 'metro', cpus: '0', image: 'metronome.img' }]);
  const { services } = guests.machine;
  const free = async (): Promise<number> => (await services.view()).freeMemory;
  const before = await free();
  for (let round = 0; round < 40; round++) {
    expect(await services.kerf('create x --cpus 1 --memory 2M')).toMatchObject({ exitCode: 0 });
    expect(await services.kerf('delete x')).toMatchObject({ exitCode: 0 });
  }
  await guests.pass(100);
  expect(await free()).toBe(before);
  expect(guests.status('metro', 'metronome-missed')).toBe(0);
});
