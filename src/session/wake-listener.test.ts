/** Hearing the harts in a thread that must not block. */
import { expect, it } from 'vitest';
import { createMemory } from '../machine/memory.ts';
import { signalController } from '../protocol/hart-protocol.ts';
import { WakeListener } from './wake-listener.ts';

const config = { harts: 1, memory: 2 ** 21, isolation: 'enforced', mode: 'parallel', seed: 0 } as const;

/** A listener that fails must not make the machine deaf: its error is the host's to report, and the next wake is heard. */
it('hears on after a failure, and nothing after disposal', async () => {
  const { memory, words } = machine();
  const reports = hostErrors();
  let calls = 0;
  let called = (): void => undefined;
  const listener = new WakeListener(memory, () => {
    calls += 1;
    called();
    if (calls === 1) throw new Error('a bug');
  });
  const wake = async (): Promise<void> => {
    const heard = new Promise<void>((resolve) => (called = resolve));
    signalController(words);
    await heard;
  };
  try {
    await wake();
    await reports.first;
    await wake();
    expect([calls, reports.messages]).toEqual([2, ['a bug']]);
  } finally {
    reports.restore();
    listener.dispose();
  }
  signalController(words);
  const channel = new MessageChannel();
  // A message that is sent now comes after any that the listener could still get.
  await new Promise((resolve) => {
    channel.port1.onmessage = resolve;
    channel.port2.postMessage(0);
  });
  channel.port1.close();
  expect(calls).toBe(2);
});

function machine(): { memory: WebAssembly.Memory; words: Int32Array } {
  const memory = createMemory(config);
  return { memory, words: new Int32Array(memory.buffer) };
}

/** Takes the place of the test runner's handlers of uncaught errors. */
function hostErrors(): { messages: string[]; first: Promise<void>; restore: () => void } {
  const others = process.listeners('uncaughtException');
  process.removeAllListeners('uncaughtException');
  const messages: string[] = [];
  let arrived = (): void => undefined;
  const first = new Promise<void>((resolve) => (arrived = resolve));
  process.on('uncaughtException', (error) => {
    messages.push(error.message);
    arrived();
  });
  return {
    messages,
    first,
    restore: () => {
      process.removeAllListeners('uncaughtException');
      for (const other of others) process.on('uncaughtException', other);
    },
  };
}
