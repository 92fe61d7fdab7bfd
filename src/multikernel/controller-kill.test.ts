/** `kerf kill`, asked and forced, against kernels that answer, do not, or cannot. */
import { beforeEach, describe, expect, it } from 'vitest';
import { HART, HEADER, HSM_STOPPED } from '../protocol/layout.ts';
import { kernelImage } from './test-image.ts';
import { TestMachine } from './test-machine.ts';

let machine: TestMachine;

const beta = () => machine.controller.view().instances.find((each) => each.name === 'beta');
const refusal = async (line: string): Promise<string> => {
  const reply = await machine.kerf(line);
  return `${reply.exitCode} ${reply.error?.code ?? 'accepted'}`;
};

describe('kill', () => {
  beforeEach(async () => {
    machine = new TestMachine({ harts: 4, memory: 64 * 2 ** 20 });
    machine.files.set('kernel', kernelImage([0x11, 0x22, 0x33]));
    await machine.kerf('create beta --cpus 3 --memory 4M', 'load beta --kernel kernel', 'exec beta');
    await machine.settle();
  });

  it('is refused when the kernel does not know the message, and goes with --force', async () => {
    machine.manners.deaf = true;
    const reply = await machine.kerf('kill beta');
    expect(reply).toMatchObject({ exitCode: 1, error: { code: 'no-answer' } });
    expect(reply.error?.hint).toContain('kerf kill beta --force');
    expect(beta()).toMatchObject({ state: 'active' });
    await machine.kerf('kill beta --force');
    expect(beta()).toMatchObject({ state: 'loaded', reason: 'killed' });
    expect(machine.hartWord(3, HART.HSM)).toBe(HSM_STOPPED);
  });

  it('is refused after 30 s when the kernel agrees and goes on', async () => {
    machine.manners.stubborn = true;
    const before = machine.ticks;
    expect(await refusal('kill beta')).toBe('1 not-stopped');
    expect((machine.ticks - before) / 10_000_000).toBeCloseTo(30, 0);
  });

  it('is refused when nobody empties the ring of the kernel', async () => {
    machine.manners.deaf = true;
    for (let n = 0; n < 64; n += 1) await machine.kerf('kill beta');
    expect(await refusal('kill beta')).toBe('1 ring-full');
  });

  it('replaces the worker of a hart that does not stop', async () => {
    machine.hung.add(3);
    const reply = await machine.kerf('kill beta --force');
    expect(reply.output).toContain('the worker of hart 3 did not stop and was replaced');
    expect(machine.replaced).toEqual([3]);
    expect(await machine.kerf('exec beta')).toMatchObject({ exitCode: 0 });
  });

  it('needs the kernel to run, unless forced', async () => {
    Atomics.store(machine.words, HEADER.PAUSED >> 2, 1);
    expect(await refusal('kill beta')).toBe('1 paused');
    expect(await refusal('kill beta --force')).toBe('0 accepted');
  });
});
