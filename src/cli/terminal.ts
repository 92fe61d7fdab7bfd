/** The user's terminal as a guest's console: raw, byte by byte, with Ctrl-A as the key for us. */

/** Ctrl-A. */
const ESCAPE = 0x01;
const QUIT = 'x'.charCodeAt(0);
const HOME = 'h'.charCodeAt(0);

/** Takes the runner's own keys out of typed bytes. */
export class EscapeKeys {
  private escaped = false;

  /**
   * What is for the guest, in pieces: after `Ctrl-A h` one begins that is for the first console. `quit`: the user asked to
   * leave, by `Ctrl-A x`. `Ctrl-A Ctrl-A` is one Ctrl-A for the guest.
   */
  read(typed: Uint8Array): { pieces: readonly Uint8Array[]; quit: boolean } {
    const pieces: number[][] = [[]];
    const done = (quit: boolean): { pieces: readonly Uint8Array[]; quit: boolean } => ({
      pieces: pieces.map((piece) => Uint8Array.from(piece)),
      quit,
    });
    for (const byte of typed) {
      if (!this.escaped) {
        if (byte === ESCAPE) this.escaped = true;
        else pieces.at(-1)?.push(byte);
        continue;
      }
      this.escaped = false;
      if (byte === QUIT) return done(true);
      if (byte === HOME) pieces.push([]);
      if (byte === ESCAPE) pieces.at(-1)?.push(ESCAPE);
    }
    return done(false);
  }
}

export class Terminal {
  private readonly keys = new EscapeKeys();
  private readonly typed: (bytes: Uint8Array) => void;
  private quit: () => void = () => undefined;
  private home: () => void = () => undefined;
  private readonly read = (bytes: Uint8Array): void => {
    const { pieces, quit } = process.stdin.isTTY ? this.keys.read(bytes) : { pieces: [bytes], quit: false };
    for (const [at, piece] of pieces.entries()) {
      if (at > 0) this.home();
      if (piece.length > 0) this.typed(piece);
    }
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

  /** `home` is called when the user asks for the first console. */
  onHome(home: () => void): void {
    this.home = home;
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
