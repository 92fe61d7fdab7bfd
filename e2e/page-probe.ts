/** What a test learns of the page from below: how often React commits, the size of the heap; and how it hides the tab. */
import type { Page } from '@playwright/test';

declare global {
  interface Window {
    probe: { commits: number; hide(hidden: boolean): void };
  }
}

/**
 * To be called before the page is opened. React, also as built for production, tells whatever stands where its developer
 * tools would of each commit; a component that renders to no change commits too.
 */
export async function addProbe(page: Page): Promise<void> {
  await page.addInitScript(() => {
    let hidden = false;
    const held: FrameRequestCallback[] = [];
    const request = window.requestAnimationFrame.bind(window);
    window.requestAnimationFrame = (callback) => (hidden ? held.push(callback) : request(callback));
    Object.defineProperty(document, 'visibilityState', { get: () => (hidden ? 'hidden' : 'visible') });
    Object.defineProperty(document, 'hidden', { get: () => hidden });
    window.probe = {
      commits: 0,
      hide(hide) {
        hidden = hide;
        document.dispatchEvent(new Event('visibilitychange'));
        if (!hidden) for (const callback of held.splice(0)) request(callback);
      },
    };
    Object.defineProperty(window, '__REACT_DEVTOOLS_GLOBAL_HOOK__', {
      value: {
        supportsFiber: true,
        renderers: new Map(),
        inject: () => 1,
        onCommitFiberRoot: () => (window.probe.commits += 1),
        onCommitFiberUnmount: () => undefined,
        onPostCommitFiberRoot: () => undefined,
      },
    });
  });
}

export const commits = (page: Page): Promise<number> => page.evaluate(() => window.probe.commits);

/**
 * Hides the tab from the page, or shows it again. Headless Chromium draws every tab, so this does what a browser does to a
 * hidden one: it says so, and gives it no frames.
 */
export const hide = (page: Page, hidden: boolean): Promise<void> =>
  page.evaluate((hide) => window.probe.hide(hide), hidden);

/** Bytes in use on the heap of the main thread after a collection. */
export async function heapSize(page: Page): Promise<number> {
  const session = await page.context().newCDPSession(page);
  await session.send('HeapProfiler.collectGarbage');
  const { usedSize } = await session.send('Runtime.getHeapUsage');
  await session.detach();
  return usedSize;
}
