import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { loadIsolated } from './offline.ts';

const reload = vi.fn();
const worker = { state: 'activated', addEventListener: () => undefined };
const denied = (): never => {
  throw new DOMException('The operation is insecure.', 'SecurityError');
};

beforeEach(() => {
  const window = {};
  vi.stubGlobal('window', Object.assign(window, { top: window }));
  vi.stubGlobal('navigator', {
    serviceWorker: { register: () => Promise.resolve({}), ready: Promise.resolve({ active: worker }) },
  });
  vi.stubGlobal('document', { baseURI: 'https://page.example/' });
  vi.stubGlobal('location', { reload });
  vi.stubGlobal('isSecureContext', true);
  vi.stubGlobal('crossOriginIsolated', false);
});
afterEach(() => {
  vi.unstubAllGlobals();
  reload.mockClear();
});

it('loads the page again once in a tab, until it has worked', async () => {
  const kept = new Map<string, string>();
  vi.stubGlobal('sessionStorage', {
    getItem: (key: string) => kept.get(key) ?? null,
    setItem: (key: string, value: string) => kept.set(key, value),
    removeItem: (key: string) => kept.delete(key),
  });
  expect(await loadIsolated()).toBe(true);
  expect(await loadIsolated()).toBe(false);
  expect(reload).toHaveBeenCalledTimes(1);
  vi.stubGlobal('crossOriginIsolated', true);
  expect(await loadIsolated()).toBe(false);
  expect(kept.size).toBe(0);
});

it.each([true, false])(
  'goes on where the browser denies the tab its storage; isolated: %s',
  async (isolated) => {
    vi.stubGlobal('crossOriginIsolated', isolated);
    vi.stubGlobal('sessionStorage', { getItem: denied, setItem: denied, removeItem: denied });
    expect(await loadIsolated()).toBe(false);
    expect(reload).not.toHaveBeenCalled();
  },
);

it('does not load the page again where it cannot keep that it has', async () => {
  vi.stubGlobal('sessionStorage', { getItem: () => null, setItem: denied, removeItem: denied });
  expect(await loadIsolated()).toBe(false);
  expect(reload).not.toHaveBeenCalled();
});
