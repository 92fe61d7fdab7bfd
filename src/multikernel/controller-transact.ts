/**
 * A change of the partition as a transaction: planned as a whole in a copy, carried out step by step, and undone in
 * reverse when a step fails, or later by `rollback`.
 */
import { ok, refuse, type Result } from '../base/result.ts';
import { planChanges, type Change, type PlannedChange } from './changes.ts';
import type { ControllerContext } from './controller-context.ts';
import { createInstance, deleteInstance } from './controller-create.ts';
import { updateInstance } from './controller-update.ts';
import { checkState } from './instance-states.ts';
import type { PlanFormat } from './kerf-parser.ts';
import { machineSource } from './machine-tree.ts';
import { ModelState } from './model-state.ts';
import { overlaySource } from './overlay-source.ts';
import { diffLines } from './text-diff.ts';
import { nameOf, type Transaction } from './transactions.ts';
import { findInstance } from './validation.ts';

export interface TransactionRequest {
  readonly changes: readonly Change[];
  /** What asked for it, for the list. */
  readonly source: string;
  readonly dryRun: boolean;
  readonly format: PlanFormat;
}

export async function transact(
  context: ControllerContext,
  request: TransactionRequest,
): Promise<Result<string>> {
  const model = new ModelState(context);
  const planned = planChanges(model, request.changes);
  if (!planned.ok) return planned;
  const fragments = planned.value.flatMap((change) => change.fragments);
  if (request.dryRun) {
    if (request.format === 'text') return ok(`${operationsOf(planned.value)}; nothing was changed`);
    const difference = diffLines(machineSource(context, null), machineSource(model, null));
    const overlay = overlaySource(fragments);
    if (request.format === 'json') {
      const operations = operationList(planned.value);
      return ok(JSON.stringify({ changed: false, operations, overlay, difference }, null, 2));
    }
    return ok(`${overlay}\n\n// what it changes in kerf show --format dts:\n${difference}`);
  }
  const before = machineSource(context, null);
  const result = await carryOutAll(context, planned.value);
  const after = machineSource(context, null);
  if (fragments.length === 0) return result;
  const transaction = context.transactions.add({
    source: request.source,
    changes: planned.value,
    status: result.ok ? 'applied' : 'failed',
    reason: result.ok ? '' : result.error.reason,
    left: after === before || result.ok ? '' : diffLines(before, after),
    instances: instancesOf(context, planned.value),
  });
  if (!result.ok || request.changes[0]?.place === null) return result;
  return ok(`${result.value}\napplied as ${nameOf(transaction)}`);
}

/** Removes an overlay: what it did is undone, the last thing first. */
export async function rollBack(context: ControllerContext, name: string): Promise<Result<string>> {
  const found = context.transactions.find(name);
  const allowed = found.ok ? checkRemovable(context, found.value) : found;
  if (!allowed.ok) return allowed;
  const transaction = allowed.value;
  if (transaction.status === 'failed') {
    transaction.status = 'removed';
    return ok(
      transaction.left === ''
        ? `${name} is removed: it had failed, and nothing of it was left`
        : `${name} is removed from the list: it had failed, and left this, which kerf update can put right:\n${transaction.left}`,
    );
  }
  const planned = planChanges(new ModelState(context), undoing(transaction.changes));
  if (!planned.ok) {
    const { code, reason, hint } = planned.error;
    return refuse(code, `${name} stays applied: ${reason}`, hint);
  }
  const result = await carryOutAll(context, planned.value);
  if (!result.ok) return result;
  transaction.status = 'removed';
  return ok(`${name} is removed: ${result.value.split('\n').join('; ')}`);
}

/** Instances that a transaction's rollback works on. */
export const namesOf = (changes: readonly PlannedChange[]): string[] => [
  ...new Set(changes.flatMap((change) => change.touches)),
];

function checkRemovable(context: ControllerContext, transaction: Transaction): Result<Transaction> {
  const name = nameOf(transaction);
  if (transaction.status === 'removed') {
    return refuse('transaction-removed', `${name} is removed already`, 'see: kerf show --overlays');
  }
  if (transaction.status === 'failed') return ok(transaction);
  if (transaction.changes.some((change) => change.inverse === null)) {
    return refuse(
      'transaction-final',
      `${name} deleted an instance, and what that held is not kept`,
      'make it anew with kerf create',
    );
  }
  for (const [who, instance] of transaction.instances) {
    if (context.instances.byName(who) === instance) continue;
    return refuse(
      'transaction-overtaken',
      `${name} changed ${who}, and that instance has been deleted since`,
      'there is nothing left to undo',
    );
  }
  return ok(transaction);
}

function undoing(changes: readonly PlannedChange[]): Change[] {
  return [...changes]
    .reverse()
    .flatMap((change) => (change.inverse ?? []).map((command) => ({ command, place: null })));
}

async function carryOutAll(
  context: ControllerContext,
  planned: readonly PlannedChange[],
): Promise<Result<string>> {
  const outputs: string[] = [];
  for (const [index, { change }] of planned.entries()) {
    const result = await carryOut(context, change.command);
    if (result.ok) {
      outputs.push(result.value);
      continue;
    }
    const undone = await undo(context, planned.slice(0, index));
    const { code, reason, hint } = result.error;
    return refuse(code, [reason, ...undone].join('; '), hint);
  }
  return ok(outputs.join('\n'));
}

/** What became of each step that had been done, in words. */
async function undo(context: ControllerContext, done: readonly PlannedChange[]): Promise<string[]> {
  const words: string[] = [];
  for (const step of [...done].reverse()) {
    const what = operationsOf([step]);
    if (step.inverse === null) words.push(`${what} cannot be undone`);
    for (const command of step.inverse ?? []) {
      const back = await carryOut(context, command);
      words.push(back.ok ? `${what} was undone` : `${what} could not be undone (${back.error.reason})`);
    }
  }
  return words;
}

async function carryOut(context: ControllerContext, command: Change['command']): Promise<Result<string>> {
  switch (command.verb) {
    case 'create':
      return createInstance(context, command);
    case 'update':
      return updateInstance(context, command);
    case 'delete': {
      const found = findInstance(context, command.name);
      const allowed = found.ok ? checkState(found.value, 'delete') : found;
      return allowed.ok ? deleteInstance(context, allowed.value) : allowed;
    }
  }
}

function instancesOf(
  context: ControllerContext,
  planned: readonly PlannedChange[],
): Transaction['instances'] {
  return new Map(
    namesOf(planned).flatMap((name) => {
      const instance = context.instances.byName(name);
      return instance ? [[name, instance]] : [];
    }),
  );
}

/** `cpu-add in /instances/alpha, …`: the operations by name. */
interface Operation {
  readonly operation: string;
  readonly target: string;
}

const operationList = (planned: readonly PlannedChange[]): Operation[] =>
  planned.flatMap(({ fragments }) =>
    fragments.flatMap(({ target, operations }) =>
      operations.map(({ name }) => ({ operation: name, target })),
    ),
  );

const operationsOf = (planned: readonly PlannedChange[]): string =>
  operationList(planned)
    .map(({ operation, target }) => `${operation} in ${target}`)
    .join(', ');
