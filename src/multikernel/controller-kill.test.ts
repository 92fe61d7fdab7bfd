/** `kerf kill`, asked and forced, against kernels that answer, do not, or cannot. */
import { beforeEach, describe, expect, it } from 'vitest';
import { SYSTEM } from '../protocol/channel.ts';
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

  it('that is refused for want of an answer is not obeyed later', async () => {
    machine.manners.deaf = true;
    expect(await refusal('kill beta')).toBe('1 no-answer');
    machine.manners.deaf = false;
    await machine.settle();
    expect(beta()).toMatchObject({ state: 'active', reason: '' });
    expect((await machine.kerf('kill beta')).output).toBe('beta is loaded: killed');
  });

  it('takes no acknowledgement of another request for its own', async () => {
    machine.mannersOf.set(1, { deaf: true });
    machine.behaviour = {
      system: (kernel, subtype) => {
        if (subtype === SYSTEM.SHUTDOWN) kernel.say(SYSTEM.SHUTDOWN_ACK, 999n);
      },
    };
    const before = machine.ticks;
    expect(await refusal('kill beta')).toBe('1 no-answer');
    expect((machine.ticks - before) / 10_000_000).toBeCloseTo(5, 0);
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

  describe('by force, while another command waits for a kernel', () => {
    /** Milliseconds of machine time until the answer. */
    const timed = async (line: string): Promise<[number, string]> => {
      const began = machine.ticks;
      const { output } = await machine.kerf(line);
      return [(machine.ticks - began) / 10_000, output];
    };

    beforeEach(async () => {
      machine.files.set('kernel', kernelImage([0x11]));
      await machine.kerf('create alpha --cpus 1,2 --memory 4M', 'load alpha --kernel kernel', 'exec alpha');
      await machine.settle();
    });

    it('stops another kernel at once', async () => {
      machine.manners.stubborn = true;
      const polite = machine.kerf('kill alpha');
      await machine.until(() => false, 10);
      const [ms, output] = await timed('kill beta --force');
      expect(output).toBe('beta is loaded: killed');
      expect(ms).toBeLessThan(100);
      expect((await polite).error?.code).toBe('not-stopped');
    });

    it.each([
      ['kill beta', { stubborn: true }, null],
      ['update beta --memory +2M', { deaf: true }, 'mem-add-failed'],
      ['update beta --cpus +0', { deaf: true }, 'cpu-add-failed'],
      ['update alpha --cpus +3 --from beta', {}, 'boot-hart'],
    ] as const)('stops the kernel that `%s` works on, and ends that command', async (line, manners, code) => {
      machine.mannersOf.set(1, manners);
      const other = machine.kerf(line);
      await machine.until(() => false, 10);
      const [ms, output] = await timed('kill beta --force');
      expect(output).toBe('beta is loaded: killed');
      expect(ms).toBeLessThan(100);
      const { error } = await other;
      expect(error?.code ?? null).toBe(code);
      expect(machine.hartWord(3, HART.HSM)).toBe(HSM_STOPPED);
      machine.mannersOf.clear();
      expect(await machine.kerf('exec beta')).toMatchObject({ exitCode: 0 });
    });
  });

  it('needs the kernel to run, unless forced', async () => {
    Atomics.store(machine.words, HEADER.PAUSED >> 2, 1);
    expect(await refusal('kill beta')).toBe('1 paused');
    expect(await refusal('kill beta --force')).toBe('0 accepted');
  });
});
