import { afterEach, beforeEach, expect, test } from 'vitest';
import { startMachine } from '../session/start-machine.ts';
import type { LocalMachine } from '../session/make-machine.ts';
import { kerfLinesOf, makeKernel, type KernelRequest } from './make-kernel.ts';

const REQUEST: KernelRequest = {
  name: 'gamma',
  cores: [0],
  memory: 16,
  memoryBase: '',
  entry: 's',
  image: 'code.bin',
  cmdline: '',
  host: false,
};
/** `1: j 1b` */
const LOOP = new Uint8Array([0x6f, 0, 0, 0]);

let machine: LocalMachine;
beforeEach(() => {
  machine = startMachine({
    config: { harts: 2, memory: 0x400_0000, isolation: 'enforced', mode: 'repeatable', seed: 1 },
    workers: {
      hart: () => {
        throw new Error('no workers in Repeatable mode');
      },
    },
  });
});
afterEach(() => machine.dispose());

const names = async (): Promise<string[]> =>
  (await machine.services.view()).instances.map((instance) => instance.name);

test('options that were left alone are not in the lines', () => {
  expect(kerfLinesOf({ ...REQUEST, image: null })).toEqual([
    'kerf create gamma --cpus 0 --memory 16M',
    'kerf load gamma --kernel guests/islet.img --cmdline "beat"',
    'kerf exec gamma',
  ]);
});

test('a file name and a command line with blanks and quotes arrive as they are', async () => {
  const image = 'my "own" \\ image.bin';
  const cmdline = 'root="a b" \\c';
  await machine.services.addFile(image, LOOP);
  const request = { ...REQUEST, image, cmdline, entry: 'm', memoryBase: ' 0x81000000 ' } as const;
  expect(await makeKernel(machine.services, request)).toBeNull();
  const [made] = (await machine.services.view()).instances;
  expect(made).toMatchObject({ name: 'gamma', state: 'active', kernel: image, cmdline, entry: 'm' });
  expect(made?.memory?.base).toBe(0x8100_0000);
});

test('a refused create changes nothing and names its rule', async () => {
  const refused = await makeKernel(machine.services, { ...REQUEST, memoryBase: '0x80000001' });
  expect(refused?.error.code).toBe('base-not-aligned');
  expect(refused?.line).toContain('--memory-base 0x80000001');
  expect(await names()).toEqual([]);
});

test('a refused load takes the new kernel away, so that the request can be sent again', async () => {
  const refused = await makeKernel(machine.services, REQUEST);
  expect(refused?.error.code).toBe('no-such-file');
  expect(refused?.line).toBe('kerf load gamma --kernel code.bin');
  expect(await names()).toEqual([]);
  await machine.services.addFile('code.bin', LOOP);
  expect(await makeKernel(machine.services, REQUEST)).toBeNull();
  expect(await names()).toEqual(['gamma']);
});

test('the host is made by init, and its kernel has a RAM disk of images', () => {
  const request = { ...REQUEST, image: null, host: true };
  expect(kerfLinesOf(request)).toEqual([
    'kerf init --cpus 0 --memory 16M',
    'kerf load host --kernel guests/islet.img --initrd guests/host.cpio',
    'kerf exec host',
  ]);
});

test('a host that cannot be loaded is gone again, and its place is free', async () => {
  const request = { ...REQUEST, image: null, host: true };
  expect((await makeKernel(machine.services, request))?.error.code).toBe('no-such-file');
  expect(await names()).toEqual([]);
});

test('given up between two lines, what was done is undone, and each line was told', async () => {
  await machine.services.addFile('code.bin', LOOP);
  const lines: string[] = [];
  const progress = { at: (line: string) => void lines.push(line), isCancelled: () => lines.length === 2 };
  expect(await makeKernel(machine.services, REQUEST, progress)).toBeNull();
  expect(lines).toEqual(kerfLinesOf(REQUEST).slice(0, 2));
  expect(await names()).toEqual([]);
});
