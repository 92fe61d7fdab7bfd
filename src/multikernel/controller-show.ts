/** `show` and `console`: commands that only look. */
import { ok, type Result } from '../base/result.ts';
import type { ControllerContext } from './controller-context.ts';
import type { ShowCommand } from './kerf-parser.ts';
import { machineSource } from './machine-tree.ts';
import { viewOf } from './machine-view-of.ts';
import { showJson, showText } from './show.ts';
import { transactionsJson, transactionSource, transactionsText } from './transactions.ts';
import { findInstance } from './validation.ts';

export function showWhat(context: ControllerContext, command: ShowCommand): Result<string> {
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
  return ok(json ? showJson(view, name) : showText(view, name));
}

/** The controller has no terminal: whoever shows consoles acts on the command, and this says whose it is. */
export function consoleOf(context: ControllerContext, name: string): Result<string> {
  const found = findInstance(context, name);
  if (!found.ok) return found;
  const { id, state } = found.value;
  return ok(
    `console of ${name}: instance ${id}, ${state}; the page opens it, and a terminal shows it with archipelago boot`,
  );
}
