import { defineConfig } from '@playwright/test';
import base from './playwright.config.ts';

/** Pictures of every screen are made as the tests are run: of the production build, by the same browser. */
export default defineConfig(base, {
  testMatch: 'screenshots.ts',
  timeout: 300_000,
  reporter: 'list',
  use: { ...base.use, trace: 'off' },
});
