/** A change of the partition: planned against a state, shown as overlay fragments, and with what undoes it. */
import { ok, refuse, type Result } from '../base/result.ts';
import { checkState } from './instance-states.ts';
import type { Instance } from './instances.ts';
import type { CreateCommand, UpdateCommand } from './kerf-parser.ts';
import type { ModelState } from './model-state.ts';
import { createFragments, deleteFragments, updateFragments, type Fragment } from './overlay-source.ts';
import { pageAddress } from './ownership.ts';
import { planCreate } from './plan-create.ts';
import { planUpdate, type UpdatePlan } from './plan-update.ts';
import { PAGE_SIZE } from '../protocol/layout.ts';
import { placeWords, type SourcePlace } from './source-values.ts';
import { findInstance } from './validation.ts';

interface DeleteCommand {
  readonly verb: 'delete';
  readonly name: string;
}

export interface Change {
  readonly command: CreateCommand | UpdateCommand | DeleteCommand;
  /** Line of the overlay that asks for it; null: a command line does. */
  readonly place: SourcePlace | null;
}

export interface PlannedChange {
  readonly change: Change;
  readonly fragments: readonly Fragment[];
  /** Commands that undo it, in order; null: nothing does. */
  readonly inverse: readonly Change['command'][] | null;
  /** Names of instances that it needs as they are. */
  readonly touches: readonly string[];
}

/** Plans the changes one after the other, each in the state that the one before leaves; the first refusal is it. */
export function planChanges(model: ModelState, changes: readonly Change[]): Result<PlannedChange[]> {
  const planned: PlannedChange[] = [];
  for (const change of changes) {
    const plan = planChange(model, change);
    if (!plan.ok) {
      const { code, reason, hint } = plan.error;
      return refuse(code, change.place ? `${placeWords(change.place)}: ${reason}` : reason, hint);
    }
    planned.push(plan.value);
  }
  return ok(planned);
}

function planChange(model: ModelState, change: Change): Result<PlannedChange> {
  const { command } = change;
  switch (command.verb) {
    case 'create':
      return planCreation(model, change, command);
    case 'update':
      return planMoves(model, change, command);
    case 'delete': {
      const found = findInstance(model, command.name);
      const allowed = found.ok ? checkState(found.value, 'delete') : found;
      if (!allowed.ok) return allowed;
      model.delete(allowed.value);
      const fragments = deleteFragments(command.name);
      return ok({ change, fragments, inverse: null, touches: [command.name] });
    }
  }
}

function planCreation(model: ModelState, change: Change, command: CreateCommand): Result<PlannedChange> {
  const plan = planCreate(model, command);
  if (!plan.ok) return plan;
  model.create(plan.value);
  return ok({
    change,
    fragments: createFragments(plan.value),
    inverse: [{ verb: 'delete', name: command.name }],
    touches: [command.name],
  });
}

function planMoves(model: ModelState, change: Change, command: UpdateCommand): Result<PlannedChange> {
  const plan = planUpdate(model, command);
  if (!plan.ok) return plan;
  const inverse = inverseOf(plan.value);
  model.update(plan.value);
  const { instance, donor } = plan.value;
  const touches = [instance.name, ...(donor ? [donor.name] : [])];
  return ok({ change, fragments: updateFragments(plan.value), inverse, touches });
}

/** In reverse: what was added last goes first. */
function inverseOf({ instance, donor, add, remove, memory, devices }: UpdatePlan): UpdateCommand[] {
  const update = (who: Instance, what: Partial<UpdateCommand>): UpdateCommand => ({
    verb: 'update',
    name: who.name,
    cpus: null,
    from: null,
    memory: null,
    devices: null,
    dryRun: false,
    format: 'text',
    ...what,
  });
  const commands: UpdateCommand[] = [];
  const names = (list: UpdatePlan['devices']['add']): string[] => list.map(({ name }) => name);
  const devicesBack = names(devices.add);
  if (devicesBack.length > 0) {
    commands.push(
      donor
        ? update(donor, { devices: { kind: 'add', names: devicesBack }, from: instance.name })
        : update(instance, { devices: { kind: 'remove', names: devicesBack } }),
    );
  }
  if (devices.remove.length > 0)
    commands.push(update(instance, { devices: { kind: 'add', names: names(devices.remove) } }));
  if (add.length > 0 && donor)
    commands.push(update(donor, { cpus: { kind: 'add', harts: add }, from: instance.name }));
  if (add.length > 0 && !donor) commands.push(update(instance, { cpus: { kind: 'remove', harts: add } }));
  if (remove.length > 0) commands.push(update(instance, { cpus: { kind: 'add', harts: remove } }));
  if (memory) {
    const kind = memory.kind === 'add' ? 'remove' : 'add';
    const { page, pages } = memory.run;
    commands.push(update(instance, { memory: { kind, size: pages * PAGE_SIZE, base: pageAddress(page) } }));
  }
  return commands;
}
