import { createServer, type Server } from 'node:http';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { pageFiles } from './page-files.ts';

const asked: string[] = [];
let server: Server;
let page = '';

beforeAll(async () => {
  server = createServer((request, response) => {
    asked.push(request.url ?? '');
    switch (request.url) {
      case '/some/path/guests/islet.img':
        response.end(Buffer.from([1, 2, 3]));
        return;
      case '/some/path/guests/start-page.img':
        response.setHeader('content-type', 'text/html; charset=utf-8').end('<!doctype html>');
        return;
      case '/some/path/guests/long.img':
        response.write(Buffer.alloc(6));
        response.end(Buffer.alloc(6));
        return;
      case '/some/path/guests/broken.img':
        response.writeHead(503).end();
        return;
      case '/some/path/guests/silent.img':
        return;
      default:
        response.writeHead(404).end();
    }
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const address = server.address();
  page = `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}/some/path/index.html?scenario=x`;
});
afterAll(() => {
  server.closeAllConnections();
  server.close();
});

const read = (name: string, ms = 20_000): ReturnType<ReturnType<typeof pageFiles>> =>
  pageFiles(page, { bytes: 10, ms })(name);

test('a guest is found below the page, which may lie under any path', async () => {
  expect(await read('guests/islet.img')).toEqual(new Uint8Array([1, 2, 3]));
});

test('what the server does not have is not there, also when it gives its start page instead', async () => {
  expect(await read('guests/none.img')).toBeNull();
  expect(await read('guests/start-page.img')).toBeNull();
});

test('no other name is asked for', async () => {
  asked.length = 0;
  const others = [
    'islet.img',
    'guests/../secret',
    'guests/..',
    'guests/',
    'guests/a/b',
    'guests/a?b',
    'guests/%2e',
  ];
  for (const name of [...others, '/guests/islet.img', 'http://elsewhere.example/guests/islet.img'])
    expect(await read(name), name).toBeNull();
  expect(asked).toEqual([]);
});

test('a file that is too long, an error of the server and one that does not answer are told as such', async () => {
  expect(await read('guests/long.img')).toEqual({ unreadable: 'it has more than 10 bytes' });
  expect(await read('guests/broken.img')).toEqual({
    unreadable: "the page's server answered 503 Service Unavailable",
  });
  expect(await read('guests/silent.img', 50)).toEqual({
    unreadable: "the page's server did not send all of it in 0.05 s",
  });
});

test('a server that is gone is told as such', async () => {
  const gone = await pageFiles('http://127.0.0.1:1/')('guests/islet.img');
  expect(gone).toEqual({
    unreadable: expect.stringContaining("the page's server was not reached: ") as string,
  });
});
