/** Firefox by WebDriver BiDi, which it speaks itself. Node 20 has `WebSocket` with --experimental-websocket only. */
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const START_MS = 30_000;

/**
 * @param {string} program
 * @returns {Promise<import('./engine-gestures.mjs').EngineBrowser>}
 */
export async function openFirefox(program) {
  const profile = mkdtempSync(join(tmpdir(), 'archipelago-firefox-'));
  const firefox = spawn(
    program,
    ['--headless', '--no-remote', '--profile', profile, '--remote-debugging-port', '0'],
    {
      stdio: ['ignore', 'ignore', 'pipe'],
    },
  );
  const end = () => {
    firefox.kill('SIGKILL');
    rmSync(profile, { recursive: true, force: true, maxRetries: 5 });
  };
  try {
    const socket = new globalThis.WebSocket(`${await listeningAt(firefox)}/session`);
    const send = await commandsOver(socket);
    await send('session.new', { capabilities: {} });
    const { contexts } = await send('browsingContext.getTree', {});
    const { context } = contexts[0];
    await send('browsingContext.setViewport', { context, viewport: { width: 1280, height: 680 } });
    return {
      open: (url) => send('browsingContext.navigate', { context, url, wait: 'complete' }),
      async evaluate(expression) {
        const target = { context };
        const said = await send('script.evaluate', { expression, target, awaitPromise: true });
        if (said.type === 'exception') throw new Error(said.exceptionDetails.text);
        return said.result.value;
      },
      act: (actions) => send('input.performActions', { context, actions }),
      async close() {
        socket.close();
        end();
      },
    };
  } catch (error) {
    end();
    throw error;
  }
}

/** @param {import('node:child_process').ChildProcess} firefox */
function listeningAt(firefox) {
  return new Promise((found, failed) => {
    let said = '';
    const timer = setTimeout(() => failed(new Error(`Firefox did not start:\n${said}`)), START_MS);
    firefox.once('exit', () => failed(new Error(`Firefox ended:\n${said}`)));
    firefox.stderr?.on('data', (bytes) => {
      said += bytes;
      const address = /WebDriver BiDi listening on (\S+)/.exec(said)?.[1];
      if (address === undefined) return;
      clearTimeout(timer);
      found(address);
    });
  });
}

/** @param {WebSocket} socket */
async function commandsOver(socket) {
  await new Promise((opened, failed) => {
    socket.addEventListener('open', opened, { once: true });
    socket.addEventListener('error', () => failed(new Error('Firefox refuses BiDi')), { once: true });
  });
  /** @type {Map<number, { settle: (value: any) => void, fail: (error: Error) => void }>} */
  const waiting = new Map();
  let last = 0;
  socket.addEventListener('message', ({ data }) => {
    const { id, type, result, error, message } = JSON.parse(String(data));
    const asked = waiting.get(id);
    waiting.delete(id);
    if (type === 'error') asked?.fail(new Error(`${error}: ${message}`));
    else asked?.settle(result);
  });
  /** @param {string} method @param {object} params @returns {Promise<any>} */
  return (method, params) =>
    new Promise((settle, fail) => {
      last += 1;
      waiting.set(last, { settle, fail });
      socket.send(JSON.stringify({ id: last, method, params }));
    });
}
