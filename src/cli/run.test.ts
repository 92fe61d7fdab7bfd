/** The headless runner as a user calls it: the real machine, the committed guest, exit statuses. */
import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, test } from 'vitest';

const program = fileURLToPath(new URL('../../bin/archipelago.mjs', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'archipelago-run-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** One kernel, and the steps that come after it was started. */
function scenario(name: string, steps: readonly string[]): string {
  const path = join(folder, `${name}.yaml`);
  const lines = [
    `name: ${name}`,
    'machine: { harts: 2, memory: 64M }',
    'files: [guests/islet.img]',
    'setup:',
    '  - kerf: create alpha --cpus 0 --memory 16M',
    '  - kerf: load alpha --kernel guests/islet.img',
    '  - kerf: exec alpha',
    'steps:',
    "  - expect: { console: alpha, text: 'alpha> ' }",
    ...steps.map((step) => `  - ${step}`),
  ];
  writeFileSync(path, lines.join('\n'));
  return path;
}

interface Ended {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

function archipelago(...args: string[]): Promise<Ended> {
  return new Promise((settle, fail) => {
    const child = spawn(process.execPath, [program, ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
    const text = { stdout: '', stderr: '' };
    child.stdout.on('data', (bytes: Buffer) => (text.stdout += bytes.toString()));
    child.stderr.on('data', (bytes: Buffer) => (text.stderr += bytes.toString()));
    child.on('error', fail);
    child.on('close', (status) => settle({ status, ...text }));
  });
}

/** The object on the last line. */
function json(ended: Ended): Record<string, unknown> {
  return JSON.parse(ended.stdout.trimEnd().split('\n').at(-1) ?? '') as Record<string, unknown>;
}

describe('archipelago run', () => {
  test('runs the beats in order behind the setup, and counts their steps', async () => {
    const path = join(folder, 'beats.yaml');
    const lines = [
      'name: beats',
      'machine: { harts: 2, memory: 64M }',
      'setup: [{ kerf: create alpha --cpus 0 --memory 16M }]',
      'beats:',
      '  - { name: one, says: Beta is made., steps: [{ kerf: create beta --cpus 1 --memory 16M }] }',
      '  - { name: two, says: And goes., steps: [{ kerf: delete beta }, { kerf: show beta, exit: 1 }] }',
    ];
    writeFileSync(path, lines.join('\n'));
    const ended = await archipelago('run', path);
    expect(ended).toMatchObject({ status: 0, stderr: '' });
    expect(ended.stdout.match(/kerf (create|delete|show) \w+/g)).toEqual([
      'kerf create alpha',
      'kerf create beta',
      'kerf delete beta',
      'kerf show beta',
    ]);
    expect(ended.stdout).toContain('beats: 4 of 4 steps held');
  });

  test('writes the trace with --trace, and says what is missing in it', async () => {
    const file = join(folder, 'trace.json');
    const ended = await archipelago('run', scenario('traced', []), '--trace', file);
    expect(ended).toMatchObject({ status: 0, stderr: '' });
    expect(ended.stdout).toMatch(/^\S+trace\.json: \d+ trace records, lost 0$/m);
    const trace = JSON.parse(readFileSync(file, 'utf8')) as { traceEvents: unknown[] };
    expect(trace.traceEvents.length).toBeGreaterThan(10);
    const refused = await archipelago('run', scenario('traced', []), '--trace', join(folder, 'no', 'file'));
    expect(refused.status).toBe(2);
    expect(refused.stderr).toContain('cannot be written');
    // Refused before anything was run.
    expect(refused.stdout).toBe('');
  });

  // A device that takes no byte: what a full disk does.
  test.skipIf(!existsSync('/dev/full'))('gives the results when the trace could not be kept', async () => {
    const ended = await archipelago('run', scenario('kept', []), '--json', '--trace', '/dev/full');
    expect(ended.status).toBe(2);
    expect(ended.stderr).toContain('--trace /dev/full cannot be written');
    expect(json(ended)).toMatchObject({ ok: true });
  });

  test('ends with 0 and one JSON object when everything held', async () => {
    const path = scenario('held', [
      'type: { console: alpha, text: "uptime\\n" }',
      "measure: { name: seconds, captured: { console: alpha, pattern: 'up (\\d+)\\.', within: 20s }, at-most: 60 }",
    ]);
    const ended = await archipelago('run', path, '--json');
    expect(ended.stderr).toBe('');
    expect(json(ended)).toMatchObject({
      ok: true,
      measurements: { seconds: { value: expect.any(Number) as number, unit: '' } },
    });
    expect(json(ended)).not.toHaveProperty('trace');
    expect(ended.status).toBe(0);
  });

  test('ends with 1 and says what it saw instead of what was expected', async () => {
    const path = scenario('wrong', [
      'type: { console: alpha, text: "sing\\n" }',
      "expect: { console: alpha, text: 'la la la', within: 3s }",
    ]);
    const ended = await archipelago('run', path, '--json');
    expect(ended.status).toBe(1);
    expect(ended.stdout).toContain('sing: not a command');
    expect(json(ended)).toMatchObject({
      ok: false,
      error: expect.stringContaining('failed at: expect') as string,
    });
  });

  test('ends with 42 when a guest hangs', async () => {
    const path = scenario('hung', ["expect: { console: alpha, text: 'never' }"]);
    const ended = await archipelago('run', path, '--timeout', '4s');
    expect(ended.stdout).toContain('no time left after 4 s');
    expect(ended.status).toBe(42);
  });

  test('ends with 42 in Repeatable mode too, where the machine takes the whole thread', async () => {
    const path = scenario('hung-repeatable', ["expect: { console: alpha, text: 'never' }"]);
    const ended = await archipelago('run', path, '--timeout', '4s', '--repeatable', '--seed', '7');
    expect(ended.status).toBe(42);
  });

  test('waits for --expect-text after the steps', async () => {
    const path = scenario('expect-text', ['type: { console: alpha, text: "mem\\n" }']);
    expect((await archipelago('run', path, '--expect-text', 'KB free')).status).toBe(0);
    expect((await archipelago('run', path, '--expect-text', 'never', '--timeout', '4s')).status).toBe(42);
  });

  test('fails at once for --fail-text', async () => {
    const path = scenario('fail-text', [
      'type: { console: alpha, text: "panic now\\n" }',
      "expect: { console: alpha, text: 'never' }",
    ]);
    const ended = await archipelago('run', path, '--fail-text', 'panic: now');
    expect(ended.stdout).toContain('a console said "panic: now"');
    expect(ended.status).toBe(1);
  });

  test('prints what a kernel left that panicked, when a step fails', async () => {
    const path = scenario('last-words', [
      'type: { console: alpha, text: "panic\\n" }',
      "expect: { console: alpha, text: 'panic: asked for' }",
      "expect: { console: alpha, text: 'never', within: 1s }",
    ]);
    const ended = await archipelago('run', path, '--repeatable');
    expect(ended.status).toBe(1);
    expect(ended.stdout).toContain('last words of alpha, boot 1: panic');
    expect(ended.stdout).toContain('  | panic: asked for');
    expect(ended.stdout).toMatch(/hart 0 stopped at 0xffffffff8\w+ {2}sbi_system_reset\+0x/);
    expect(ended.stdout).toMatch(/called from \(by frame pointers\):\n[^]*command_panic\+0x/);
  });

  test('gives the same trace for the same seed and another for another', async () => {
    const path = scenario('repeatable', ['type: { console: alpha, text: "threads\\n" }', 'wait: 200ms']);
    const traces: unknown[] = [];
    for (const seed of ['7', '7', '8']) {
      const ended = await archipelago('run', path, '--repeatable', '--seed', seed, '--json');
      expect(ended.status).toBe(0);
      traces.push(json(ended).trace);
    }
    expect(traces[0]).toMatch(/^[0-9a-f]{16}-\d+$/);
    expect(traces[1]).toBe(traces[0]);
    expect(traces[2]).not.toBe(traces[0]);
  });
});

describe('archipelago boot', () => {
  const islet = fileURLToPath(new URL('../../public/guests/islet.img', import.meta.url));

  /** Boots a kernel and types when it has said something. */
  function boot(args: string[], script: readonly [waitFor: string, type: string][]): Promise<Ended> {
    return new Promise((settle, fail) => {
      const child = spawn(process.execPath, [program, 'boot', ...args], { stdio: 'pipe' });
      const text = { stdout: '', stderr: '' };
      let next = 0;
      const hear = (stream: 'stdout' | 'stderr') => (bytes: Buffer) => {
        text[stream] += bytes.toString();
        const [waitFor, type] = script[next] ?? [];
        if (waitFor === undefined || !`${text.stdout}${text.stderr}`.includes(waitFor)) return;
        next += 1;
        child.stdin.write(type ?? '');
      };
      child.stdout.on('data', hear('stdout'));
      child.stderr.on('data', hear('stderr'));
      child.on('error', fail);
      child.on('close', (status) => settle({ status, ...text }));
    });
  }

  test('is the console of the kernel, and ends with its status', async () => {
    const ended = await boot(['--kernel', islet, '--memory', '16M'], [['> ', 'poweroff\r']]);
    expect(ended.stdout).toContain('cores 0, 16 MB');
    expect(ended.status).toBe(0);
  });

  test('is the terminal of a host, whose shell makes another kernel and gives it the terminal', async () => {
    const ended = await boot(
      ['--host', '--cpus', '2', '--memory', '64M'],
      [
        ['host> ', 'kerf create beta --cpus 1 --memory 16M\r'],
        ['beta is a peer now', 'kerf load beta --kernel islet.img\r'],
        ['loaded islet.img for beta', 'kerf exec beta\r'],
        ['beta is active', 'kerf console beta\r'],
        ['another console', 'kerf console beta\r'],
        ['the firmware denies it', 'poweroff\r'],
        ['that kernel has ended; console of host', 'poweroff\r'],
      ],
    );
    expect(ended.stderr).toContain('another console; Ctrl-A h goes back to the host');
    expect(ended.status).toBe(0);
  });

  test('ends with a failure when the kernel panics', async () => {
    const ended = await boot(['--kernel', islet, '--memory', '16M', '--cpus', '2'], [['> ', 'panic\r']]);
    expect(ended.stdout).toContain('panic: asked for');
    expect(ended.stderr).toContain('panic');
    expect(ended.status).toBe(1);
  });

  test('ends with the code that a bare-metal kernel gives the finisher', async () => {
    // lui t0, 0x100; lui t1, 0x53; addi t1, t1, 0x333; sw t1, 0(t0): fail, code 5; then a loop.
    const code = Uint32Array.of(0x001002b7, 0x00053337, 0x33330313, 0x0062a023, 0x0000006f);
    const path = join(folder, 'fail.bin');
    writeFileSync(path, new Uint8Array(code.buffer));
    const ended = await boot(['--kernel', path, '--entry', 'm'], []);
    expect(ended.status).toBe(5);
    expect(ended.stderr).toContain(
      'flat image placed at 0x80000000; an image linked elsewhere needs --memory-base',
    );
  });

  test('boots in a memory that ends above the first 2 GiB', async () => {
    const ended = await boot(['--kernel', islet, '--memory', '2G'], [['> ', 'poweroff\r']]);
    expect(ended.stdout).toContain('2048 MB at 0x80000000');
    expect(ended.status).toBe(0);
  });

  test('places a flat image at --memory-base, for one that was linked there', async () => {
    // Shuts down where its first byte is at 0x80200000, and is lost in a loop anywhere else.
    const code = Uint32Array.of(
      0x00000317, // auipc t1, 0
      0x802002b7, // lui t0, 0x80200
      0x02029293, // slli t0, t0, 32
      0x0202d293, // srli t0, t0, 32
      0x00629663, // bne t0, t1, +12
      0x00800893, // li a7, 8
      0x00000073, // ecall
      0x0000006f, // j .
    );
    const path = join(folder, 'linked.bin');
    writeFileSync(path, new Uint8Array(code.buffer));
    const ended = await boot(['--kernel', path, '--memory-base', '0x80200000', '--memory', '4M'], []);
    expect(ended.stderr).toContain('flat image placed at 0x80200000');
    expect(ended.status).toBe(0);
  });

  test('says why a file is not a kernel', async () => {
    const path = join(folder, 'no-kernel.img');
    writeFileSync(path, '\x7fELF and no more');
    const ended = await boot(['--kernel', path], []);
    expect(ended.stderr).toContain('kerf load guest');
    expect(ended.status).toBe(1);
  });
});
