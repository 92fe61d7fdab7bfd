/** Text of the consoles on the page, by kernel name, for tests and for `window.archipelago`. */
const readers = new Map<string, () => string>();

export function registerConsole(name: string, read: () => string): () => void {
  readers.set(name, read);
  return () => {
    if (readers.get(name) === read) readers.delete(name);
  };
}

/** What the console of a kernel shows with its scrollback, without trailing blank lines; null when there is none. */
export function consoleText(name: string): string | null {
  return readers.get(name)?.() ?? null;
}
