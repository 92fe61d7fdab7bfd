/**
 * `npm run bench`: every measurement, or the ones named: speed, idle, kill, page, page-load. Wrong outputs fail, and so does a
 * figure that misses its limit (verdict.ts) or that could not be measured.
 */
import { measureIdle } from './idle.ts';
import { measureKill } from './kill.ts';
import { measurePage } from './page.ts';
import { measurePageLoad, type PageLoadContext } from './page-load.ts';
import { measureSpeed } from './speed.ts';
import { miss, summary, type Verdict } from './verdict.ts';

/** What the script around the bundle knows: where the page is served, and the browser. */
export interface BenchContext {
  readonly names: readonly string[];
  /** Null: this host has no Chromium. */
  readonly page: PageLoadContext | null;
}

/** True when everything held. */
export async function bench(
  { names, page }: BenchContext,
  say: (line: string) => void = console.log,
): Promise<boolean> {
  const wanted = (name: string): boolean => names.length === 0 || names.includes(name);
  const verdicts: Verdict[] = [];
  if (wanted('idle')) verdicts.push(...(await measureIdle()));
  if (wanted('speed')) verdicts.push(...(await measureSpeed(say)));
  if (wanted('kill')) verdicts.push(...(await measureKill(say)));
  if (wanted('page')) {
    verdicts.push(
      ...(page === null
        ? [miss('first visit: not measured, there is no Chromium')]
        : await measurePage(page.url, page.executablePath, say)),
    );
  }
  if (wanted('page-load')) {
    verdicts.push(
      ...(page === null
        ? [miss('page under load: not measured, there is no Chromium')]
        : await measurePageLoad(page, say)),
    );
  }
  const { lines, held } = summary(verdicts);
  for (const line of lines) say(line);
  return held;
}
