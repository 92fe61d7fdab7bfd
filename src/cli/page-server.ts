/**
 * Serves the built page to browsers of this computer, isolated, with one image that may change: its scenario, its bytes, and
 * the news of its changes as server-sent events.
 */
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { extname, join, sep } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { OWN_CHANGES, type OwnNews } from '../protocol/own-kernel.ts';

/** A page shares memory only under these. */
const ISOLATION = {
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-embedder-policy': 'require-corp',
  'cross-origin-resource-policy': 'same-origin',
};
const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript',
  '.css': 'text/css',
  '.json': 'application/json',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.wasm': 'application/wasm',
  '.md': 'text/markdown; charset=utf-8',
  '.yaml': 'text/yaml; charset=utf-8',
  '.webmanifest': 'application/manifest+json',
};

/** A file that is not on the disk, by its path below the page. */
type Extra = () => { readonly type: string; readonly body: string | Uint8Array };

export interface PageServerOptions {
  /** The folder of the built page. */
  readonly folder: string;
  /** 0: any that is free. */
  readonly port: number;
  /** Query of the address to which the bare one leads. */
  readonly query: string;
  readonly extras: Readonly<Record<string, Extra>>;
}

export class PageServer {
  readonly #server: Server;
  readonly #options: PageServerOptions;
  readonly #listeners = new Set<ServerResponse>();
  /** What who comes anew has to know. */
  #news: OwnNews;

  private constructor(options: PageServerOptions, news: OwnNews) {
    this.#options = options;
    this.#news = news;
    this.#server = createServer((request, response) => {
      // A browser that goes away in the middle is none of our business.
      this.#answer(request, response).catch(() => response.destroy());
    });
  }

  /** Rejects with the system's error when the port cannot be had. */
  static async start(options: PageServerOptions, news: OwnNews): Promise<PageServer> {
    const made = new PageServer(options, news);
    await new Promise<void>((resolve, reject) => {
      made.#server.once('error', reject);
      made.#server.listen(options.port, '127.0.0.1', resolve);
    });
    return made;
  }

  get port(): number {
    const address = this.#server.address();
    return address !== null && typeof address === 'object' ? address.port : 0;
  }

  /** Tells every open page, and each that comes. */
  tell(news: OwnNews): void {
    this.#news = news;
    for (const listener of this.#listeners) listener.write(eventOf(news));
  }

  close(): Promise<void> {
    this.#server.closeAllConnections();
    return new Promise((resolve) => this.#server.close(() => resolve()));
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    for (const [name, value] of Object.entries(ISOLATION)) response.setHeader(name, value);
    response.setHeader('cache-control', 'no-cache');
    const end = (status: number): void => void response.writeHead(status).end();
    // Another name that leads here is a page of somebody else's (DNS rebinding).
    const host = request.headers.host ?? '';
    if (host !== `127.0.0.1:${this.port}` && host !== `localhost:${this.port}`) {
      end(403);
      return;
    }
    if (request.method !== 'GET' && request.method !== 'HEAD') {
      end(405);
      return;
    }
    const [rawPath = '', query] = (request.url ?? '').split('?');
    const path = decoded(rawPath);
    if (path === null) {
      end(400);
      return;
    }
    if (path === '/' && query === undefined) {
      response.setHeader('location', `/?${this.#options.query}`);
      end(302);
      return;
    }
    const below = path === '/' ? 'index.html' : path.slice(1);
    if (below === OWN_CHANGES) {
      this.#listen(request, response);
      return;
    }
    const extra = Object.hasOwn(this.#options.extras, below) ? this.#options.extras[below] : undefined;
    if (extra) {
      const { type, body } = extra();
      response.writeHead(200, { 'content-type': type, 'content-length': Buffer.byteLength(body) });
      response.end(request.method === 'HEAD' ? undefined : body);
      return;
    }
    const file = join(this.#options.folder, below);
    const found = file.startsWith(this.#options.folder + sep) ? await stat(file).catch(() => null) : null;
    if (!found?.isFile()) {
      end(404);
      return;
    }
    response.writeHead(200, {
      'content-type': TYPES[extname(file)] ?? 'application/octet-stream',
      'content-length': found.size,
    });
    if (request.method === 'HEAD') response.end();
    else await pipeline(createReadStream(file), response);
  }

  #listen(request: IncomingMessage, response: ServerResponse): void {
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    response.write(eventOf(this.#news));
    this.#listeners.add(response);
    request.once('close', () => this.#listeners.delete(response));
  }
}

const eventOf = (news: OwnNews): string => `data: ${JSON.stringify(news)}\n\n`;

/** The path without escapes; null: it has wrong ones, or a zero, which ends a name for the system. */
function decoded(path: string): string | null {
  try {
    const plain = decodeURIComponent(path);
    return plain.includes('\0') ? null : plain;
  } catch {
    return null;
  }
}
