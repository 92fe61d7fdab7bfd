/**
 * `archipelago conformance`: the public riscv-tests. Each is an M-mode kernel on one hart that ends by a write to its
 * symbol `tohost`: 1 is a pass, anything else is twice the number of the test case that failed, plus 1.
 */
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { symbolValue } from '../machine/loaders/elf-symbols.ts';
import { RAM_BASE, RAM_HOST } from '../protocol/layout.ts';
import { startMachine } from '../session/start-machine.ts';
import type { LocalMachine } from '../session/make-machine.ts';
import { EXIT, type Command, type Context } from './command.ts';

/** The suites that this machine's extensions make meaningful. */
const SUITES = ['rv64ui', 'rv64um', 'rv64ua', 'rv64uc', 'rv64mi', 'rv64si'];
const TEST_NAME = /^(rv64[a-z]+)-([pv])-[\w-]+$/;
const RAM = 64 * 2 ** 20;
const KERNEL_MEMORY = 32 * 2 ** 20;
/** Machine time after which a test is given up: 200 million instructions. */
const LIMIT_MS = 2000;

interface Verdict {
  readonly name: string;
  readonly passed: boolean;
  /** Why not. */
  readonly why: string;
}

export const conformanceCommand: Command = {
  usage: 'archipelago conformance DIR',
  summary: 'run the riscv-tests (ELF files rv64*-p-*, rv64*-v-*) of a folder and print a table',
  operands: ['DIR'],
  options: {},
  run: async (args, context) => {
    const folder = args.operands[0] ?? '';
    const names = await readdir(folder).catch((error: unknown) => error as Error);
    if (names instanceof Error) {
      context.complain(`${folder} cannot be read: ${names.message}`);
      return EXIT.USAGE;
    }
    const tests = names.filter((name) => SUITES.includes(TEST_NAME.exec(name)?.[1] ?? '')).sort();
    if (tests.length === 0) {
      context.complain(
        `${folder} has no file named ${SUITES.map((suite) => `${suite}-p-…`).join(', ')} or -v-…`,
      );
      return EXIT.USAGE;
    }
    const verdicts: Verdict[] = [];
    for (const name of tests) {
      const verdict = await runTest(name, await readFile(join(folder, name)), context);
      context.say(`${verdict.passed ? 'PASS' : 'FAIL'}  ${name}${verdict.passed ? '' : `  ${verdict.why}`}`);
      verdicts.push(verdict);
    }
    for (const line of summary(verdicts)) context.say(line);
    return verdicts.every((verdict) => verdict.passed) ? EXIT.HELD : EXIT.FAILED;
  },
};

async function runTest(name: string, file: Uint8Array, context: Context): Promise<Verdict> {
  const failed = (why: string): Verdict => ({ name, passed: false, why });
  const tohost = symbolValue(file, 'tohost');
  if (!tohost.ok) return failed(tohost.error.reason);
  const address = Number(tohost.value);
  if (!(address >= RAM_BASE && address + 8 <= RAM_BASE + KERNEL_MEMORY)) {
    return failed(`tohost is at 0x${address.toString(16)}, outside the kernel's memory`);
  }
  // Repeatable mode: one hart needs no worker, and a test gives the same verdict every time.
  const machine = startMachine({
    config: { harts: 1, memory: RAM, isolation: 'enforced', mode: 'repeatable', seed: 0 },
    workers: context.workers,
  });
  try {
    await machine.services.addFile(name, file);
    const why = await boot(machine, name, address);
    return why === '' ? { name, passed: true, why } : failed(why);
  } finally {
    await machine.dispose();
  }
}

/** Runs the test to its verdict at `tohost`. Gives why it did not pass, or ''. */
async function boot({ services, memory }: LocalMachine, file: string, tohost: number): Promise<string> {
  const base = `0x${RAM_BASE.toString(16)}`;
  for (const line of [
    `create test --cpus 0 --memory ${KERNEL_MEMORY} --memory-base ${base} --entry m`,
    `load test --kernel ${file}`,
    'exec test',
  ]) {
    const reply = await services.kerf(line);
    if (reply.exitCode !== 0) return `kerf ${line}: ${reply.error?.reason ?? reply.output}`;
  }
  const words = new DataView(memory.buffer);
  const said = (): bigint => words.getBigUint64(RAM_HOST + (tohost - RAM_BASE), true);
  const ended = await services.engine.until(() => said() !== 0n, LIMIT_MS);
  if (!ended) return `no verdict in ${LIMIT_MS} ms of machine time`;
  return said() === 1n ? '' : `test case ${said() >> 1n}`;
}

/** A table: suites down, environments across, passed of all. */
function summary(verdicts: readonly Verdict[]): string[] {
  const cell = (suite: string, environment: string): string => {
    const of = verdicts.filter((verdict) => verdict.name.startsWith(`${suite}-${environment}-`));
    return of.length === 0 ? '-' : `${of.filter((verdict) => verdict.passed).length}/${of.length}`;
  };
  const rows = SUITES.map((suite) => [suite, cell(suite, 'p'), cell(suite, 'v')]);
  const table = [['suite', 'p', 'v'], ...rows].map(
    ([suite = '', p = '', v = '']) => `${suite.padEnd(8)}${p.padStart(8)}${v.padStart(8)}`,
  );
  const passed = verdicts.filter((verdict) => verdict.passed).length;
  return ['', ...table, '', `${passed} passed, ${verdicts.length - passed} failed`];
}
