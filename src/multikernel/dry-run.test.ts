/** Of each verb that changes something: what it would do, said and not done. */
import { beforeEach, expect, it } from 'vitest';
import { everything } from './kerf-errors.testkit.ts';
import { kernelImage } from './test-image.ts';
import { TestMachine } from './test-machine.ts';

let machine: TestMachine;
const output = async (line: string): Promise<string> => {
  const reply = await machine.kerf(line);
  return reply.error ? `${reply.error.code}: ${reply.error.reason}` : reply.output;
};

beforeEach(async () => {
  machine = new TestMachine({ harts: 5, memory: 64 << 20 });
  machine.files.set('kernel', kernelImage([0x01, 0x02]));
  await machine.kerf(
    'create alpha --cpus 0 --memory 4M',
    'load alpha --kernel kernel',
    'create beta --cpus 1-2 --memory 4M --boot-cpu 2',
    'load beta --kernel kernel',
    'exec alpha',
    'create delta --cpus 4 --memory 4M',
  );
});

it.each([
  ['kill alpha --dry-run', 'alpha would be asked to shut down, harts 0; nothing was changed'],
  ['kill alpha --force --dry-run', 'alpha would be stopped at once, harts 0; nothing was changed'],
  ['unload beta --dry-run', 'beta would drop kernel and be ready; nothing was changed'],
  ['delete delta --dry-run', 'instance-remove in /instances; nothing was changed'],
])('%s', async (line, said) => {
  const before = await everything(machine);
  expect(await output(line)).toBe(said);
  expect(await everything(machine)).toEqual(before);
});

it('is refused where the command would be', async () => {
  expect(await output('kill beta --dry-run')).toMatch(/^wrong-state: /);
  expect(await output('unload alpha --dry-run')).toMatch(/^wrong-state: /);
  expect(await output('delete alpha --dry-run --format dts')).toMatch(/^wrong-state: /);
});

it('shows the overlay of a delete, and what it would change', async () => {
  const text = await output('delete delta --dry-run --format dts');
  expect(text).toContain('/plugin/;');
  expect(text).toMatch(/instance-remove \{\s+instance-name = "delta";/);
  expect(text).toContain('-\t\tdelta {');
});

it.each([
  ['create gamma --cpus 3 --memory 4M --peer=', 'instance-create', '/instances'],
  ['update beta --cpus +3', 'cpu-add', '/instances/beta'],
  ['delete delta', 'instance-remove', '/instances'],
])('%s as JSON is what the source says', async (line, operation, target) => {
  const before = await everything(machine);
  const plan = JSON.parse(await output(`${line} --dry-run --format json`)) as Record<string, unknown>;
  const dts = await output(`${line} --dry-run --format dts`);
  expect(plan).toMatchObject({ changed: false, operations: [{ operation, target }] });
  expect(dts).toContain(plan['overlay']);
  expect(dts).toContain(plan['difference']);
  expect(await everything(machine)).toEqual(before);
});

it('an update says when it takes the chosen boot hart away, and on which the kernel boots then', async () => {
  expect(await output('update beta --cpus -1 --dry-run')).not.toContain('--boot-cpu');
  const note = 'hart 2 is the --boot-cpu of beta: without it, hart 1 is the boot hart';
  expect(await output('update beta --cpus -2 --dry-run')).toContain(`nothing was changed\n${note}`);
  expect(await output('update alpha --cpus +2 --from beta --dry-run')).toContain(note);
  expect(await output('update beta --cpus -1-2 --dry-run')).toContain('no hart is left to boot on');
  expect(await output('update beta --cpus -2')).toContain(note);
  expect(await output('show beta')).toMatch(/harts +1\b/);
});
