/** `show` and `console`: commands that only look. */
import { ok, type Result } from '../base/result.ts';
import type { LastWords } from '../protocol/last-words.ts';
import type { ControllerContext } from './controller-context.ts';
import type { Instance } from './instances.ts';
import type { ShowCommand } from './kerf-parser.ts';
import { lastWordsOf } from './last-words.ts';
import { lastWordsLines } from './last-words-text.ts';
import { machineSource } from './machine-tree.ts';
import { viewOf } from './machine-view-of.ts';
import { showJson, showText } from './show.ts';
import { transactionsJson, transactionSource, transactionsText } from './transactions.ts';
import { findInstance } from './validation.ts';

export async function showWhat(context: ControllerContext, command: ShowCommand): Promise<Result<string>> {
  const { name, format } = command;
  const json = format === 'json';
  const kept = context.transactions.list();
  if (command.overlays) return ok(json ? transactionsJson(kept) : transactionsText(kept));
  // No instance has such a name: an underscore is none of its letters.
  if (name?.startsWith('tx_')) {
    const found = context.transactions.find(name);
    if (!found.ok) return found;
    return ok(json ? transactionsJson([found.value]) : transactionSource(found.value));
  }
  const found = name === null ? ok(null) : findInstance(context, name);
  if (!found.ok) return found;
  if (format === 'dts') return ok(machineSource(context, found.value));
  const view = viewOf(context);
  const words = found.value === null ? null : await wordsOfPanic(context, found.value);
  if (json) return ok(showJson(view, name, words));
  return ok([showText(view, name), ...(words ? lastWordsLines(name ?? '', words) : [])].join('\n'));
}

/** What the kernel left that has panicked, and was not started again since; null: none has. */
async function wordsOfPanic(context: ControllerContext, instance: Instance): Promise<LastWords | null> {
  if (instance.state === 'active' || !instance.reason.startsWith('panic')) return null;
  const words = await lastWordsOf(context, instance);
  return words && { ...words, consoleTail: context.env.consoleTail(instance.id) };
}

/** The controller has no terminal: whoever shows consoles acts on the reply, and this says where that is. */
export function consoleOf(context: ControllerContext, name: string): Result<string> {
  const found = findInstance(context, name);
  if (!found.ok) return found;
  const { id, state } = found.value;
  return ok(
    `console of ${name}: instance ${id}, ${state}; at the page's command line this gives it the keyboard, in archipelago ` +
      'boot --host the terminal (Ctrl-A h goes back); a scenario waits for what it says: expect',
  );
}
