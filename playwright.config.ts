import { defineConfig } from '@playwright/test';
import { findChromium } from './scripts/lib/chromium.mjs';

const port = Number(process.env.E2E_PORT ?? 4179);
// knip reads this file on hosts without a browser too, so it does not throw there: Playwright says that it finds none.
const executablePath = findChromium() ?? 'chromium';

/** The tests drive the production build, as `npm start` serves it. */
export default defineConfig({
  testDir: 'e2e',
  outputDir: 'test-results',
  // One machine has a worker for each core: two pages at once would only take turns on the host.
  workers: 1,
  fullyParallel: false,
  forbidOnly: process.env.CI !== undefined,
  timeout: 90_000,
  expect: { timeout: 20_000 },
  use: {
    baseURL: `http://127.0.0.1:${port}/`,
    browserName: 'chromium',
    // What a test answers in the place of a server must reach the page.
    serviceWorkers: 'block',
    launchOptions: { executablePath },
    viewport: { width: 1440, height: 770 },
    // It looks at the page around every step, which takes the time of the kernels; nobody keeps it of a whole run.
    trace: process.env.CI === undefined ? 'retain-on-failure' : 'off',
  },
  webServer: {
    command: `node scripts/start.mjs --port ${port} --strict-port`,
    url: `http://127.0.0.1:${port}/`,
    reuseExistingServer: false,
    timeout: 120_000,
    stdout: 'ignore',
  },
});
