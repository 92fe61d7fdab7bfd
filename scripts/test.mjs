/**
 * `npm test`: everything, on a fresh clone too. A check that fails does not keep the later ones from running; the last
 * line is `N passed, N failed, N skipped` over unit tests, end-to-end tests, scenario runs and the other checks. It comes
 * within 20 minutes: what has not ended by then has failed.
 */
import { readdirSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { installPackages, requireNode } from './lib/setup.mjs';

requireNode();
installPackages({ limitMs: 480_000 });
const { buildIfStale, root } = await import('./lib/build.mjs');
const { findChromium } = await import('./lib/chromium.mjs');
const { canInstall, install } = await import('./lib/apt.mjs');
const { finish, Suite, tool } = await import('./lib/checks.mjs');
const { countReport, playwrightCount, vitestCount } = await import('./lib/reports.mjs');

const suite = new Suite();
/** What this host lacks for the whole suite, and how to get it: repeated at the end, where it is read. */
const missing = [];
/** What scenarios measured and did not judge, because this host lacks what the checks need. */
const notJudged = [];
const results = join(root, 'test-results');
const archipelago = (...args) => [process.execPath, join(root, 'bin/archipelago.mjs'), ...args];

// Before the checks: whoever waits for it is at the terminal now.
if (findChromium() === null) install('chromium');

// What only reads: eslint takes as long as all the others.
await Promise.all([
  suite.program('eslint', [tool('eslint'), '.', '--max-warnings', '0'], { limit: 360 }),
  (async () => {
    await suite.program('types of the core, without the DOM', [tool('tsc'), '-p', 'tsconfig.core.json'], {
      limit: 120,
    });
    await suite.program('types of everything', [tool('tsc'), '-p', 'tsconfig.json'], { limit: 120 });
    await suite.program('prettier', [tool('prettier'), '--check', '.'], { limit: 120 });
    await suite.program('knip', [tool('knip')], { limit: 120 });
    await suite.check('guest images are what their sources give', guestImages);
  })(),
]);
await suite.condition('build of the headless runner', () => buildIfStale('cli').then(() => null));
await suite.condition('production build of the page', () => buildIfStale('page').then(() => null));

await suite.check('unit tests', unitTests);

for (const name of readdirSync(join(root, 'public/scenarios')).filter((file) => file.endsWith('.yaml'))) {
  const scenario = join('public/scenarios', name);
  await suite.check(`scenario ${name}`, () => scenarioRun(scenario));
}
await suite.condition('the same seed gives the same trace, another seed another', sameTrace);
await suite.program('stress', archipelago('stress', '--seconds', '30', '--seed', '1'), { limit: 120 });
await suite.program('live moves in parallel', archipelago('moves', '--count', '200', '--seed', '1'), {
  limit: 120,
});

await suite.check('end-to-end tests', endToEndTests);

const { passed, failed, skipped } = suite.count;
if (failed > 0) console.log(`\nfailed: ${suite.failures.join(', ')}`);
for (const line of notJudged) console.log(`not judged on this host: ${line}`);
if (missing.length > 0) console.log(`to be installed: ${missing.join('; ')}`);
console.log(`${passed} passed, ${failed} failed, ${skipped} skipped`);
process.exit(failed > 0 ? 1 : 0);

/** Rebuilds the guests and compares; boots what a compiler of another version built instead. */
async function guestImages() {
  const count = (passed, failed, skipped) => ({ passed, failed, skipped });
  const check = [
    process.execPath,
    'scripts/build-guests.mjs',
    '--check',
    ...(canInstall() ? ['--install'] : []),
  ];
  const { status, output } = await finish(check, { limit: 240 });
  if (status === 3) {
    missing.push('for the guests, gcc-riscv64-unknown-elf, clang and lld (the packages of Debian)');
    const why = `${output}Without the compiler the committed images are used as they are; the scenarios below boot them.`;
    return { count: count(0, 0, 1), output: why };
  }
  const [, built] = /^not compared; built in (.+)$/m.exec(output) ?? [];
  if (status !== 0 || built === undefined)
    return { count: status === 0 ? count(1, 0, 0) : count(0, 1, 0), output };
  const image = `guests/islet.img=${join(built, 'public/guests/islet.img')}`;
  const boot = await finish(archipelago('run', 'public/scenarios/two-kernels.yaml', '--file', image), {
    limit: 120,
  });
  return { count: boot.status === 0 ? count(1, 0, 0) : count(0, 1, 0), output: `${output}\n${boot.output}` };
}

/** Runs a scenario; what it does not judge does not fail it, and is told at the end. */
async function scenarioRun(scenario) {
  const { status, output } = await finish(archipelago('run', scenario, '--timeout', '120s'), { limit: 150 });
  for (const [, reason] of output.matchAll(/^ *(.*; not judged: .*)$/gm))
    notJudged.push(`${scenario}: ${reason}`);
  return { count: { passed: status === 0 ? 1 : 0, failed: status === 0 ? 0 : 1, skipped: 0 }, output };
}

/** Runs vitest and counts its tests. */
function unitTests() {
  const report = join(results, 'vitest.json');
  const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${report}`];
  const run = () => finish([tool('vitest'), 'run', ...reporters], { limit: 540 });
  return countReport(report, run, vitestCount);
}

/** Runs Playwright and counts its tests. */
async function endToEndTests() {
  const one = (output) => ({ count: { passed: 0, failed: 1, skipped: 0 }, output });
  if (findChromium() === null) {
    missing.push('for the end-to-end tests, Chromium (Debian: apt-get install chromium)');
    const { CHROMIUM } = process.env;
    return one(
      CHROMIUM
        ? `The environment variable CHROMIUM is "${CHROMIUM}", and no program is there.`
        : 'No Chromium found. On Debian: apt-get install chromium. One that is elsewhere is named by the environment ' +
            'variable CHROMIUM, its path.',
    );
  }
  const report = join(results, 'playwright.json');
  const env = { PLAYWRIGHT_JSON_OUTPUT_NAME: report, CI: '1', E2E_PORT: String(await freePort()) };
  const run = () => finish([tool('playwright'), 'test', '--reporter=line,json'], { limit: 780, env });
  return countReport(report, run, playwrightCount);
}

/** A port that nobody listens at just now, so that another server on this host is in nobody's way. */
function freePort() {
  return new Promise((settle, fail) => {
    const server = createServer().once('error', fail);
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address();
      server.close(() => settle(port));
    });
  });
}

/** Two Repeatable runs of one seed and one of another. Gives what is wrong, or null. */
async function sameTrace() {
  const trace = async (seed) => {
    const options = ['--repeatable', '--seed', seed, '--json'];
    const command = archipelago('run', 'public/scenarios/two-kernels.yaml', ...options);
    const { status, output } = await finish(command, { limit: 120 });
    if (status !== 0) throw new Error(`seed ${seed}: exit ${status}\n${output}`);
    return JSON.parse(output.trimEnd().split('\n').at(-1)).trace;
  };
  const traces = await Promise.all(['7', '7', '8'].map(trace));
  const [first, second, other] = traces;
  if (first !== second) return `seed 7 gave ${first} and then ${second}`;
  return first === other ? `seeds 7 and 8 both gave ${first}` : null;
}
