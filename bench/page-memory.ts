/**
 * The memory of a page in Chromium, after collections that are forced. `performance.measureUserAgentSpecificMemory()` is
 * not among the measures: it waits for every worker, and a worker of a hart never comes back to its event loop.
 */
import { readFile } from 'node:fs/promises';
import type { Browser, Page } from '@playwright/test';
import type { MemorySample } from '../src/cli/growth.ts';
import { PageThread } from './page-threads.ts';

export interface PageSample {
  /** What must not grow. */
  readonly judged: MemorySample;
  /**
   * What is told beside it: V8's heaps with all that is in them. Code that V8 has compiled is a large part of the small
   * heap of the services worker, and becomes more as long as any function becomes hot; it counts in the process. And the
   * process without the browser's files: the heaps of the harts' workers are a large part of that, and nobody can make
   * those collect, for they never come back to their event loop; so it has what they have not collected yet.
   */
  readonly told: MemorySample;
}

export class PageMemory {
  private readonly main: PageThread;
  private readonly services: PageThread;
  /** Process of the page; null: this host has no /proc, and the process is not measured. */
  private readonly process: number | null;

  private constructor(main: PageThread, services: PageThread, process: number | null) {
    this.main = main;
    this.services = services;
    this.process = process;
  }

  /** For a page whose machine is there. */
  static async of(browser: Browser, page: Page): Promise<PageMemory> {
    const session = await page.context().newCDPSession(page);
    const services = await PageThread.worker(session, 'services');
    return new PageMemory(PageThread.main(session), services, await largestRenderer(browser));
  }

  /**
   * Of the main thread and of the services worker, which has the controller, the consoles and the trace: what they hold in
   * their heaps, and in array buffers. Of the renderer's process, in which all threads of the page are: what is resident,
   * and, told only, how much of that is no mapped file, for those are the browser's own.
   */
  async sample(): Promise<PageSample> {
    await this.main.collect();
    await this.services.collect();
    // First, since a snapshot takes memory while it is made.
    const process = this.process === null ? { judged: {}, told: {} } : await processMemory(this.process);
    const main = await this.main.memory();
    const services = await this.services.memory();
    return {
      judged: {
        'page objects': main.objects,
        'page buffers': main.buffers,
        'services objects': services.objects,
        'services buffers': services.buffers,
        ...process.judged,
      },
      told: { 'page heap': main.heap, 'services heap': services.heap, ...process.told },
    };
  }
}

/** Beside the page's there are renderers for pages to come, which are smaller. */
async function largestRenderer(browser: Browser): Promise<number | null> {
  if (process.platform !== 'linux') return null;
  const session = await browser.newBrowserCDPSession();
  const { processInfo } = await session.send('SystemInfo.getProcessInfo');
  await session.detach();
  let largest: { readonly id: number; readonly bytes: number } | null = null;
  for (const { type, id } of processInfo) {
    if (type !== 'renderer') continue;
    const bytes = (await processMemory(id)).judged['renderer rss'] ?? 0;
    if (bytes > (largest?.bytes ?? 0)) largest = { id, bytes };
  }
  return largest?.id ?? null;
}

/** smaps_rollup gives KiB. PSS of mapped files depends on how many other browsers run, and is left out. */
async function processMemory(id: number): Promise<PageSample> {
  const text = await readFile(`/proc/${id}/smaps_rollup`, 'utf8');
  const bytes = (row: string): number =>
    1024 * Number(new RegExp(`^${row}:\\s*(\\d+) kB$`, 'm').exec(text)?.[1]);
  return {
    judged: { 'renderer rss': bytes('Rss') },
    told: { 'renderer pss without files': bytes('Pss_Anon') + bytes('Pss_Shmem') + bytes('SwapPss') },
  };
}
