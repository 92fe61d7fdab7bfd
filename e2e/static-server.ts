/** A server of files and nothing else, as any static host is: no headers but the type, under any path. */
import { createReadStream, statSync } from 'node:fs';
import { createServer } from 'node:http';
import { extname, join, normalize } from 'node:path';

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript',
  '.css': 'text/css',
  '.json': 'application/json',
};

export interface StaticServer {
  /** Absolute, with a slash at its end: the folder's place. */
  readonly address: string;
  close(): Promise<void>;
}

/** Serves `folder` below `/path/`; `pages` are HTML of other addresses, by their path. */
export async function serveFolder(
  folder: string,
  path: string,
  pages: Readonly<Record<string, string>> = {},
): Promise<StaticServer> {
  const server = createServer((request, response) => {
    const { pathname } = new URL(request.url ?? '/', 'http://localhost');
    const own = pages[pathname];
    if (own !== undefined) {
      response.writeHead(200, { 'content-type': TYPES['.html'] }).end(own);
      return;
    }
    const below = pathname.startsWith(path) ? normalize(pathname.slice(path.length)) : '..';
    const file = join(folder, below === '.' ? 'index.html' : below);
    if (below.startsWith('..') || !statSync(file, { throwIfNoEntry: false })?.isFile()) {
      response.writeHead(404, { 'content-type': 'text/plain' }).end('not found');
      return;
    }
    response.writeHead(200, { 'content-type': TYPES[extname(file)] ?? 'application/octet-stream' });
    createReadStream(file).pipe(response);
  });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  const address = server.address();
  const port = typeof address === 'object' ? address?.port : '';
  return {
    address: `http://127.0.0.1:${port}${path}`,
    close: () =>
      new Promise((closed) => {
        server.closeAllConnections();
        server.close(() => closed());
      }),
  };
}
