/** The user's terminal as a guest's console: raw, byte by byte, with Ctrl-A as the key for us. */

/** Ctrl-A. */
const ESCAPE = 0x01;
const QUIT = 'x'.charCodeAt(0);

/** Takes the runner's own keys out of typed bytes. */
export class EscapeKeys {
  private escaped = false;

  /** What is for the guest, and whether the user asked to quit: `Ctrl-A x`; `Ctrl-A Ctrl-A` is one Ctrl-A for the guest. */
  read(typed: Uint8Array): { forGuest: Uint8Array; quit: boolean } {
    const forGuest: number[] = [];
    for (const byte of typed) {
      if (!this.escaped) {
        if (byte === ESCAPE) this.escaped = true;
        else forGuest.push(byte);
        continue;
      }
      this.escaped = false;
      if (byte === QUIT) return { forGuest: Uint8Array.from(forGuest), quit: true };
      if (byte === ESCAPE) forGuest.push(ESCAPE);
    }
    return { forGuest: Uint8Array.from(forGuest), quit: false };
  }
}

export class Terminal {
  private readonly keys = new EscapeKeys();
  private readonly typed: (bytes: Uint8Array) => void;
  private quit: () => void = () => undefined;
  private readonly read = (bytes: Uint8Array): void => {
    const { forGuest, quit } = process.stdin.isTTY ? this.keys.read(bytes) : { forGuest: bytes, quit: false };
    if (forGuest.length > 0) this.typed(forGuest);
    if (quit) this.quit();
  };

  /** Takes the terminal; `typed` gets what is typed for the guest. Input from a pipe has no keys for us. */
  constructor(typed: (bytes: Uint8Array) => void) {
    this.typed = typed;
    if (process.stdin.isTTY) process.stdin.setRawMode(true);
    process.stdin.on('data', this.read);
  }

  /** `quit` is called when the user asks to leave. */
  onQuit(quit: () => void): void {
    this.quit = quit;
  }

  write(bytes: Uint8Array): void {
    process.stdout.write(bytes);
  }

  /** Gives the terminal back. */
  close(): void {
    process.stdin.off('data', this.read);
    if (process.stdin.isTTY) process.stdin.setRawMode(false);
    process.stdin.pause();
  }
}
