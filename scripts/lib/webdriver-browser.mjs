/**
 * WebKitGTK's MiniBrowser by WebDriver, through WebKitWebDriver, on a display of its own. WebKitGTK has SharedArrayBuffer
 * behind an option of its JavaScript engine, which is set here; Safari gives it to isolated pages by itself.
 */
import { spawn } from 'node:child_process';
import { performance } from 'node:perf_hooks';

const START_MS = 30_000;
/** Milliseconds between two looks whether the driver answers. */
const LOOK_EVERY_MS = 100;

/**
 * @param {{ driver: string, binary: string, display: string, port: number }} programs `display`: Xvfb
 * @returns {Promise<import('./engine-gestures.mjs').EngineBrowser>}
 */
export async function openWebKit({ driver, binary, display, port }) {
  const screen = `:${port}`;
  const server = spawn(display, [screen, '-screen', '0', '1280x900x24', '-nolisten', 'tcp'], {
    stdio: 'ignore',
  });
  const program = spawn(driver, [`--port=${port}`], {
    stdio: 'ignore',
    // No sandbox of its own, which a root user in a container does not have.
    env: {
      ...process.env,
      DISPLAY: screen,
      WEBKIT_DISABLE_SANDBOX_THIS_IS_DANGEROUS: '1',
      JSC_useSharedArrayBuffer: '1',
    },
  });
  const end = () => {
    program.kill('SIGKILL');
    server.kill('SIGKILL');
  };
  /** @param {string} method @param {string} path @param {object} [body] @returns {Promise<any>} */
  const ask = async (method, path, body) => {
    const answer = await fetch(`http://127.0.0.1:${port}${path}`, {
      method,
      ...(body && { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } }),
    });
    const { value } = await answer.json();
    if (!answer.ok) throw new Error(`${value.error}: ${value.message}`);
    return value;
  };
  try {
    await answers(ask);
    const { sessionId } = await ask('POST', '/session', {
      capabilities: {
        alwaysMatch: {
          'webkitgtk:browserOptions': { binary, args: ['--automation', '--geometry=1280x760'] },
        },
      },
    });
    const session = `/session/${sessionId}`;
    await ask('POST', `${session}/timeouts`, { script: 120_000, pageLoad: 60_000 });
    return {
      open: (url) => ask('POST', `${session}/url`, { url }),
      evaluate: (expression) =>
        ask('POST', `${session}/execute/async`, {
          script: `const done = arguments[0]; Promise.resolve().then(() => (${expression})).then(done, (error) => done('threw ' + error));`,
          args: [],
        }),
      act: (actions) => ask('POST', `${session}/actions`, { actions }),
      async close() {
        await ask('DELETE', session).catch(() => undefined);
        end();
      },
    };
  } catch (error) {
    end();
    throw error;
  }
}

/** @param {(method: string, path: string) => Promise<{ ready: boolean }>} ask */
async function answers(ask) {
  for (const until = performance.now() + START_MS; ;) {
    try {
      if ((await ask('GET', '/status')).ready) return;
    } catch (error) {
      if (performance.now() > until) throw error;
    }
    await new Promise((settle) => setTimeout(settle, LOOK_EVERY_MS));
  }
}
