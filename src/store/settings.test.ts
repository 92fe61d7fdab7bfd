import { beforeEach, expect, test, vi } from 'vitest';

const stored = new Map<string, string>();
const storage = {
  getItem: (key: string): string | null => stored.get(key) ?? null,
  setItem: (key: string, value: string) => stored.set(key, value),
  removeItem: (key: string) => stored.delete(key),
};

/** As a page finds it that is loaded now. */
async function loaded() {
  vi.resetModules();
  return import('./settings.ts');
}

beforeEach(() => {
  stored.clear();
  vi.stubGlobal('localStorage', storage);
});

test('what is chosen is there at the next visit', async () => {
  const { choose } = await loaded();
  choose('consoleType', 'large');
  choose('theme', 'dark');
  // index.html reads this one.
  expect(stored.get('archipelago-theme')).toBe('dark');
  const { useSettings } = await loaded();
  expect(useSettings.getState()).toEqual({
    theme: 'dark',
    motion: 'system',
    consoleType: 'large',
    lastMachine: 'offered',
  });
});

test('the defaults leave nothing behind', async () => {
  const { choose, chooseDefaults, useSettings } = await loaded();
  const first = useSettings.getState();
  choose('motion', 'reduced');
  choose('lastMachine', 'forgotten');
  expect(stored.size).toBe(2);
  chooseDefaults();
  expect(useSettings.getState()).toEqual(first);
  expect(stored.size).toBe(0);
});

test('what another version kept, or a browser that keeps nothing, gives the defaults', async () => {
  stored.set('archipelago-motion', 'wild').set('archipelago-theme', '');
  expect((await loaded()).useSettings.getState()).toMatchObject({ motion: 'system', theme: 'system' });
  vi.stubGlobal('localStorage', {
    getItem() {
      throw new Error('denied');
    },
  });
  const { choose, useSettings } = await loaded();
  choose('motion', 'reduced');
  expect(useSettings.getState().motion).toBe('reduced');
});
