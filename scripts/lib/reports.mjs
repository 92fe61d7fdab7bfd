/** Reports that test runners write: how many of their tests passed. */
import { existsSync, readFileSync, rmSync } from 'node:fs';

/** @typedef {import('./checks.mjs').Count} Count */

/**
 * Runs a test runner that writes a report, and counts. What an earlier run left in the report's place goes first: a runner
 * that crashes before it writes one would pass with old counts. A runner that ends with another status than 0 has failed,
 * whatever it reports.
 * @param {string} report path of the report, JSON
 * @param {() => Promise<import('./checks.mjs').Finished>} run
 * @param {(json: any) => Count} count
 * @returns {Promise<{ count: Count, output: string }>}
 */
export async function countReport(report, run, count) {
  rmSync(report, { force: true });
  const { status, output } = await run();
  if (!existsSync(report)) return { count: { passed: 0, failed: 1, skipped: 0 }, output };
  const counted = count(JSON.parse(readFileSync(report, 'utf8')));
  if (counted.failed === 0 && status !== 0) counted.failed = 1;
  return { count: counted, output };
}

/**
 * Counts in vitest's JSON report. A file that cannot be loaded fails without a test of its own.
 * @returns {Count}
 */
export function vitestCount(tests) {
  const broken = tests.testResults.filter(
    (file) => file.status === 'failed' && file.assertionResults.length === 0,
  );
  return {
    passed: tests.numPassedTests,
    failed: tests.numFailedTests + broken.length,
    skipped: tests.numPendingTests + tests.numTodoTests,
  };
}

/**
 * Counts in Playwright's JSON report.
 * @returns {Count}
 */
export const playwrightCount = ({ stats, errors }) => ({
  passed: stats.expected + stats.flaky,
  failed: stats.unexpected + errors.length,
  skipped: stats.skipped,
});
