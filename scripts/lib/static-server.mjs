/** A server of files and nothing else, as any static host is: no headers but the type, under any path. */
import { createReadStream, statSync } from 'node:fs';
import { createServer } from 'node:http';
import { extname, join, normalize } from 'node:path';

/** @type {Readonly<Record<string, string>>} */
const TYPES = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript',
  '.css': 'text/css',
  '.json': 'application/json',
};

/** What makes a page cross-origin isolated. */
export const ISOLATION = {
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Embedder-Policy': 'require-corp',
  'Cross-Origin-Resource-Policy': 'same-origin',
};

/**
 * Serves `folder` below `path`, which begins and ends with a slash, on a free port of this computer.
 * @param {string} folder
 * @param {string} path
 * @param {{ pages?: Readonly<Record<string, string>>, headers?: Readonly<Record<string, string>> }} [more]
 *   `pages`: HTML of other addresses, by their path; `headers`: sent with the files, not with these
 * @returns {Promise<{ address: string, close: () => Promise<void> }>} `address`: of the folder, with a slash at its end
 */
export async function serveFolder(folder, path, { pages = {}, headers = {} } = {}) {
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
    const type = TYPES[extname(file)] ?? 'application/octet-stream';
    response.writeHead(200, { 'content-type': type, ...headers });
    createReadStream(file).pipe(response);
  });
  await new Promise((listening) => server.listen(0, '127.0.0.1', () => listening(undefined)));
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
