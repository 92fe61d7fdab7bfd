/**
 * What the page costs its main thread (`npm run bench:page`): a machine of 16 harts and 8 kernels whose rings get 100,000
 * trace records a second, and how soon typed letters come back while two harts are busy.
 */
import { chromium, type Browser, type Page } from '@playwright/test';
import { readMainThread, TRACE_CATEGORIES } from './main-thread.ts';
import type { TraceLoad, TraceLoadDone } from './trace-load.ts';
import { judge, LIMITS, miss, percentile, type Verdict } from './verdict.ts';

const HARTS = 16;
const KERNELS = 8;
const RATE = 100_000;
/** How much of RATE has to be written for the figures to count. */
const LEAST_RATE = 0.95 * RATE;
const SECONDS = 60;
/** Chromium's own trace of a minute is too large; the last part of the storm is measured. */
const TRACED_SECONDS = 20;
const LETTERS = 100;

export interface PageLoadContext {
  /** Where the production build is served. */
  readonly url: string;
  readonly executablePath: string;
  /** bench/trace-load.ts as one script. */
  readonly generator: string;
}

export async function measurePageLoad(
  { url, executablePath, generator }: PageLoadContext,
  say: (line: string) => void,
): Promise<Verdict[]> {
  const browser = await chromium.launch({
    executablePath,
    args: ['--no-sandbox', '--enable-precise-memory-info', '--js-flags=--expose-gc'],
  });
  try {
    return [
      ...(await measureStorm(browser, `${url}?scenario=eight-kernels`, generator, say)),
      ...(await measureEcho(browser, url, say)),
    ];
  } finally {
    await browser.close();
  }
}

const newPage = (browser: Browser): Promise<Page> =>
  browser.newPage({ viewport: { width: 1440, height: 900 } });

async function measureStorm(
  browser: Browser,
  url: string,
  generator: string,
  say: (line: string) => void,
): Promise<Verdict[]> {
  const page = await newPage(browser);
  await page.goto(url);
  const names = Array.from({ length: KERNELS }, (_, i) => `k${i + 1}`);
  await page.waitForFunction(
    (kernels) => kernels.every((name) => window.archipelago.consoleText(name)?.includes(`${name}>`)),
    names,
    { timeout: 60_000 },
  );
  const before = await heap(page);
  const load: Omit<TraceLoad, 'memory' | 'ticks' | 'at'> = {
    harts: HARTS,
    kernels: KERNELS,
    rate: RATE,
    seconds: SECONDS,
  };
  const storm = startGenerator(page, generator, load);
  await page.waitForTimeout((SECONDS - TRACED_SECONDS - 2) * 1000);
  await browser.startTracing(page, { categories: TRACE_CATEGORIES });
  await page.waitForTimeout(TRACED_SECONDS * 1000);
  const trace = await browser.stopTracing();
  const done = await storm;
  const grown = (await heap(page)) - before;
  await page.close();
  const rate = done.written / done.seconds;
  say(
    `trace records a second: ${rate.toFixed(0)}, of ${RATE}; written by others meanwhile: ${done.interfered}`,
  );
  const { frames, tasks } = readMainThread(trace.toString('utf8'));
  const long = tasks.reduce((most, one) => Math.max(most, one), 0);
  say(
    `frames: ${frames.length} in ${TRACED_SECONDS} s; work of the main thread in one: ` +
      [50, 90, 99, 100].map((p) => `p${p} ${percentile(frames, p).toFixed(1)} ms`).join(', '),
  );
  if (rate < LEAST_RATE) return [miss(`page under load: only ${rate.toFixed(0)} trace records a second`)];
  return [
    judge(LIMITS.frame, percentile(frames, 99)),
    judge(LIMITS.task, long),
    judge(LIMITS.heap, grown / 1e6),
  ];
}

/** Starts the generator in the page; resolves when it has ended. */
function startGenerator(
  page: Page,
  script: string,
  load: Omit<TraceLoad, 'memory' | 'ticks' | 'at'>,
): Promise<TraceLoadDone> {
  return page.evaluate(
    async ({ script: source, load: asked }) => {
      const { memory } = window.archipelago;
      if (memory === null) throw new Error('the page has no machine');
      const address = URL.createObjectURL(new Blob([source], { type: 'text/javascript' }));
      const worker = new Worker(address);
      const ended = new Promise<TraceLoadDone>((resolve, reject) => {
        worker.addEventListener('message', (event: MessageEvent<TraceLoadDone>) => resolve(event.data));
        worker.addEventListener('error', (event) => reject(new Error(event.message)));
      });
      worker.postMessage({
        ...asked,
        memory,
        ticks: window.archipelago.time(),
        at: performance.timeOrigin + performance.now(),
      });
      const done = await ended;
      worker.terminate();
      return done;
    },
    { script, load },
  );
}

/** Bytes of the page's JavaScript heap that are reachable. */
async function heap(page: Page): Promise<number> {
  const session = await page.context().newCDPSession(page);
  await session.send('HeapProfiler.collectGarbage');
  const { usedSize } = await session.send('Runtime.getHeapUsage');
  await session.detach();
  return usedSize;
}

async function measureEcho(browser: Browser, url: string, say: (line: string) => void): Promise<Verdict[]> {
  const page = await newPage(browser);
  await page.goto(url);
  await page.waitForFunction(() =>
    ['alpha', 'beta'].every((name) => window.archipelago.consoleText(name)?.includes(`${name}>`)),
  );
  // Two busy harts: beta's works already, one of alpha's joins it.
  await page.getByTestId('console-alpha').locator('.xterm-screen').click();
  await page.keyboard.type('spin 1\n');
  await page.waitForFunction(() => /spin 1\s[^]*alpha>$/.test(window.archipelago.consoleText('alpha') ?? ''));
  await page.evaluate(noteEchoes);
  for (let letter = 1; letter <= LETTERS; letter++) {
    await page.keyboard.press('x');
    await page.waitForFunction((count) => window.echoes.length === count, letter);
    if (letter % 20 === 0) await page.keyboard.press('Enter');
  }
  const latencies = await page.evaluate(() => window.echoes);
  await page.close();
  say(
    `echo of ${LETTERS} letters: ` +
      [50, 95, 100].map((p) => `p${p} ${percentile(latencies, p).toFixed(1)} ms`).join(', '),
  );
  return [judge(LIMITS.echo, percentile(latencies, 95))];
}

declare global {
  interface Window {
    /** Of each letter typed since `noteEchoes`: milliseconds until it stood in the console, seen at the end of a frame. */
    echoes: number[];
  }
}

/** Runs in the page. */
function noteEchoes(): void {
  window.echoes = [];
  const letters = (): number => (window.archipelago.consoleText('alpha') ?? '').split('x').length;
  document.addEventListener(
    'keydown',
    (event) => {
      if (event.key !== 'x') return;
      const before = letters();
      const look = (): void => {
        if (letters() > before) window.echoes.push(performance.now() - event.timeStamp);
        else requestAnimationFrame(look);
      };
      requestAnimationFrame(look);
    },
    { capture: true },
  );
}
