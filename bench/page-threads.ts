/** The threads of a page in Chromium whose heaps can be asked for: its main thread, and its services worker. */
import type { CDPSession } from '@playwright/test';
import { heldBytes } from '../src/cli/heap-snapshot.ts';

/** Bytes. */
export interface ThreadMemory {
  /** What the program holds: objects, arrays, strings, closures. */
  readonly objects: number;
  /** All of V8's heap, with the code that it has compiled. */
  readonly heap: number;
  /** What array buffers hold outside it. */
  readonly buffers: number;
}

/** What the protocol sends: an answer, or an event. */
interface Message {
  readonly id?: number;
  readonly result?: unknown;
  readonly method?: string;
  readonly params?: { readonly chunk?: string };
}

const CHUNK = 'HeapProfiler.addHeapSnapshotChunk';
/** Milliseconds; a collection takes a few hundred on a busy host. */
const PATIENCE = 60_000;

export class PageThread {
  private readonly send: (method: string) => Promise<unknown>;
  private chunks: string[] = [];

  private constructor(send: (method: string) => Promise<unknown>) {
    this.send = send;
  }

  static main(session: CDPSession): PageThread {
    const thread = new PageThread((method) => session.send(method as 'HeapProfiler.collectGarbage'));
    session.on(CHUNK, ({ chunk }) => thread.chunks.push(chunk));
    return thread;
  }

  /** A worker of the page, by its name. The protocol is spoken with it through the page's session. */
  static async worker(session: CDPSession, name: string): Promise<PageThread> {
    const found = new Promise<string>((resolve) => {
      session.on('Target.attachedToTarget', ({ sessionId, targetInfo }) => {
        if (targetInfo.title === name) resolve(sessionId);
      });
    });
    await session.send('Target.setAutoAttach', {
      autoAttach: true,
      waitForDebuggerOnStart: false,
      flatten: false,
    });
    const sessionId = await soon(`the worker ${name}`, found);
    const waiting = new Map<number, (answer: unknown) => void>();
    let asked = 0;
    const thread = new PageThread(async (method) => {
      asked += 1;
      const id = asked;
      const answer = new Promise((resolve) => waiting.set(id, resolve));
      await session.send('Target.sendMessageToTarget', {
        sessionId,
        message: JSON.stringify({ id, method }),
      });
      return soon(`${method} of the worker ${name}`, answer);
    });
    session.on('Target.receivedMessageFromTarget', (event) => {
      if (event.sessionId !== sessionId) return;
      const { id, result, method, params } = JSON.parse(event.message) as Message;
      if (method === CHUNK) thread.chunks.push(params?.chunk ?? '');
      if (id === undefined) return;
      waiting.get(id)?.(result);
      waiting.delete(id);
    });
    return thread;
  }

  async collect(): Promise<void> {
    // What the first finds lets go of more in a later turn, and buffers are swept by the one that follows.
    for (let times = 0; times < 2; times++) await this.send('HeapProfiler.collectGarbage');
  }

  /** To be called after `collect`. A snapshot leaves nothing behind in the thread. */
  async memory(): Promise<ThreadMemory> {
    const usage = (await this.send('Runtime.getHeapUsage')) as {
      readonly usedSize: number;
      readonly backingStorageSize: number;
    };
    this.chunks = [];
    await this.send('HeapProfiler.enable');
    await this.send('HeapProfiler.takeHeapSnapshot');
    // Else V8 keeps numbers for all objects, for snapshots to come.
    await this.send('HeapProfiler.disable');
    const objects = heldBytes(this.chunks.join(''));
    this.chunks = [];
    return { objects, heap: usage.usedSize, buffers: usage.backingStorageSize };
  }
}

async function soon<T>(what: string, promise: Promise<T>): Promise<T> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`${what}: nothing in ${PATIENCE} ms`)), PATIENCE);
  });
  return Promise.race([promise, late]).finally(() => clearTimeout(timer));
}
