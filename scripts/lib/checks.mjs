/** Runs the checks of the suite one after another, shows what fails, and counts. */
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { root } from './build.mjs';

/**
 * @typedef {{ passed: number, failed: number, skipped: number }} Count
 * @typedef {{ status: number | null, output: string }} Finished status null: it was stopped after its time limit
 */

/**
 * Seconds that this process may take for all its checks: a program that runs then is ended, a check that has not begun
 * fails, and the count is printed before 20 minutes are over.
 */
const TOTAL_LIMIT = 1170;
/** Seconds that are left of them; the clock began with the process. */
const secondsLeft = () => Math.max(0, TOTAL_LIMIT - process.uptime());

/** Milliseconds that a program takes at most to be gone when it is ended. */
const ENDING_MS = 5_000;

const ONE_PASSED = { passed: 1, failed: 0, skipped: 0 };
const ONE_FAILED = { passed: 0, failed: 1, skipped: 0 };

/**
 * Runs a program to its end with its output kept; the whole process group is ended after `limit` seconds, or when no
 * more are left for all checks.
 * @param {string[]} command
 * @param {{ limit: number, env?: Record<string, string> }} options
 * @returns {Promise<Finished>}
 */
export function finish([program, ...args], { limit, env = {} }) {
  return new Promise((settle) => {
    const child = spawn(program, args, {
      cwd: root,
      env: { ...process.env, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
      detached: process.platform !== 'win32',
    });
    let output = '';
    let late = false;
    const seconds = Math.min(limit, secondsLeft());
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (bytes) => (output += bytes));
    const timer = setTimeout(() => {
      late = true;
      output += `\nstopped after ${seconds.toFixed(0)} s\n`;
      try {
        process.kill(process.platform === 'win32' ? child.pid : -child.pid, 'SIGKILL');
      } catch {
        // It has ended by itself just now.
      }
    }, seconds * 1000);
    const settleOnce = (status) => {
      clearTimeout(timer);
      settle({ status: late ? null : status, output });
    };
    child.on('error', (error) => {
      output += `${error.message}\n`;
      settleOnce(127);
    });
    child.on('close', settleOnce);
  });
}

/** A program of node_modules. */
export const tool = (name) => join(root, 'node_modules/.bin', name);

export class Suite {
  /** @type {Count} */
  count = { passed: 0, failed: 0, skipped: 0 };
  /** @type {string[]} */
  failures = [];
  #secondsLeft;

  /** @param {() => number} left seconds that are left for all checks */
  constructor(left = secondsLeft) {
    this.#secondsLeft = left;
  }

  /**
   * Runs one check; whatever goes wrong in it counts as failed and does not keep later ones from running. `run` gives
   * its count, and text to show when something failed.
   * @param {string} name
   * @param {() => Promise<{ count: Count, output: string }>} run
   */
  async check(name, run) {
    const began = Date.now();
    const { count, output } = await this.#inTime(run).catch((error) => ({
      count: ONE_FAILED,
      output: error instanceof Error ? (error.stack ?? error.message) : String(error),
    }));
    for (const key of ['passed', 'failed', 'skipped']) this.count[key] += count[key];
    const seconds = ((Date.now() - began) / 1000).toFixed(1);
    const word = count.failed > 0 ? 'FAIL' : count.passed > 0 ? 'ok  ' : 'skip';
    const many = count.passed + count.failed + count.skipped > 1;
    const sum = many ? `  ${count.passed} passed, ${count.failed} failed, ${count.skipped} skipped` : '';
    console.log(`${word} ${name} (${seconds} s)${sum}`);
    if (count.failed > 0) this.failures.push(name);
    if (count.failed > 0 || (count.passed === 0 && count.skipped > 0)) {
      console.log(output.trimEnd().replace(/^/gm, '     | '));
    }
  }

  /** What `run` gives, unless no seconds are left for it. A check in this process that goes on then is not waited for. */
  async #inTime(run) {
    const left = this.#secondsLeft();
    if (left <= 0)
      return { count: ONE_FAILED, output: `not run: all checks together may take ${TOTAL_LIMIT} s` };
    const output = `not done after ${TOTAL_LIMIT} s of all checks`;
    let timer;
    // A program that is ended at this moment still says what it had to say.
    const over = new Promise((settle) => {
      timer = setTimeout(() => settle({ count: ONE_FAILED, output }), left * 1000 + ENDING_MS);
    });
    return Promise.race([run(), over]).finally(() => clearTimeout(timer));
  }

  /**
   * A check that is one program: passed when it ends with status 0.
   * @param {string} name
   * @param {string[]} command
   * @param {{ limit: number, env?: Record<string, string> }} options
   */
  async program(name, command, options) {
    await this.check(name, async () => {
      const { status, output } = await finish(command, options);
      return { count: status === 0 ? ONE_PASSED : ONE_FAILED, output };
    });
  }

  /**
   * A check that is one condition.
   * @param {string} name
   * @param {() => Promise<string | null>} wrong what is wrong, or null
   */
  async condition(name, wrong) {
    await this.check(name, async () => {
      const output = await wrong();
      return { count: output === null ? ONE_PASSED : ONE_FAILED, output: output ?? '' };
    });
  }

  /**
   * Something that cannot be checked here, and why.
   * @param {string} name
   * @param {string} why
   */
  async skip(name, why) {
    await this.check(name, async () => ({ count: { passed: 0, failed: 0, skipped: 1 }, output: why }));
  }
}
