/**
 * The memory of a page in Chromium, after collections that are forced. `performance.measureUserAgentSpecificMemory()` is
 * not among the measures: it waits for every worker, and a worker of a hart never comes back to its event loop.
 */
import { readFile } from 'node:fs/promises';
import type { Browser, CDPSession, Page } from '@playwright/test';
import type { MemorySample } from '../src/cli/growth.ts';

/** A thread's heap as the protocol tells it: what is used of it, and what array buffers hold outside it. Bytes. */
interface HeapUsage {
  readonly usedSize: number;
  readonly backingStorageSize: number;
}

/** A worker that the protocol is spoken with through the page's session. */
interface WorkerTarget {
  readonly sessionId: string;
  readonly targetInfo: { readonly type: string; readonly title: string };
}

/** Milliseconds; a collection takes a few hundred. */
const PATIENCE = 30_000;

export class PageMemory {
  private readonly page: CDPSession;
  private readonly services: WorkerTarget;
  /** Process of the page; null: this host has no /proc, and the process is not measured. */
  private readonly process: number | null;
  private asked = 0;
  private readonly waiting = new Map<number, (answer: unknown) => void>();

  private constructor(page: CDPSession, services: WorkerTarget, process: number | null) {
    this.page = page;
    this.services = services;
    this.process = process;
    page.on('Target.receivedMessageFromTarget', ({ message }) => {
      const { id, result } = JSON.parse(message) as { readonly id?: number; readonly result?: unknown };
      if (id === undefined) return;
      this.waiting.get(id)?.(result);
      this.waiting.delete(id);
    });
  }

  /** For a page whose machine is there. */
  static async of(browser: Browser, page: Page): Promise<PageMemory> {
    const session = await page.context().newCDPSession(page);
    const services = await soon(
      'the services worker',
      new Promise<WorkerTarget>((resolve) => {
        session.on('Target.attachedToTarget', (target) => {
          if (target.targetInfo.title === 'services') resolve(target);
        });
        void session.send('Target.setAutoAttach', {
          autoAttach: true,
          waitForDebuggerOnStart: false,
          flatten: false,
        });
      }),
    );
    return new PageMemory(session, services, await largestRenderer(browser));
  }

  /**
   * Heap and array buffers of the main thread and of the services worker, which has the controller, the consoles and the
   * trace; and the renderer's process, in which all threads of the page are: what is resident of it, and how much of that
   * is no mapped file, for those are the browser's own.
   */
  async sample(): Promise<MemorySample> {
    const main = await this.usage((method) => this.page.send(method as 'Runtime.getHeapUsage'));
    const services = await this.usage((method) => this.askServices(method));
    return {
      'page heap': main.usedSize,
      'page buffers': main.backingStorageSize,
      'services heap': services.usedSize,
      'services buffers': services.backingStorageSize,
      ...(this.process === null ? {} : await processMemory(this.process)),
    };
  }

  private async usage(ask: (method: string) => Promise<unknown>): Promise<HeapUsage> {
    // What the first finds lets go of more in a later turn, and buffers are swept by the one that follows.
    for (let times = 0; times < 2; times++) await ask('HeapProfiler.collectGarbage');
    return (await ask('Runtime.getHeapUsage')) as HeapUsage;
  }

  private askServices(method: string): Promise<unknown> {
    this.asked += 1;
    const id = this.asked;
    const answer = new Promise((resolve) => this.waiting.set(id, resolve));
    void this.page.send('Target.sendMessageToTarget', {
      sessionId: this.services.sessionId,
      message: JSON.stringify({ id, method }),
    });
    return soon(`${method} of the services worker`, answer);
  }
}

async function soon<T>(what: string, promise: Promise<T>): Promise<T> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`${what}: nothing in ${PATIENCE} ms`)), PATIENCE);
  });
  return Promise.race([promise, late]).finally(() => clearTimeout(timer));
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
    const bytes = (await processMemory(id))['renderer rss'] ?? 0;
    if (bytes > (largest?.bytes ?? 0)) largest = { id, bytes };
  }
  return largest?.id ?? null;
}

/** smaps_rollup gives KiB. PSS of mapped files depends on how many other browsers run, and is left out. */
async function processMemory(id: number): Promise<MemorySample> {
  const text = await readFile(`/proc/${id}/smaps_rollup`, 'utf8');
  const bytes = (row: string): number =>
    1024 * Number(new RegExp(`^${row}:\\s*(\\d+) kB$`, 'm').exec(text)?.[1]);
  return {
    'renderer rss': bytes('Rss'),
    'renderer pss without files': bytes('Pss_Anon') + bytes('Pss_Shmem') + bytes('SwapPss'),
  };
}
