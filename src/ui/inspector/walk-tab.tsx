import { ToggleButton, ToggleButtonGroup } from 'react-aria-components';
import type { Result } from '../../base/result.ts';
import { ACCESS_NAMES, type WalkReport, type WalkStep } from '../../protocol/inspect.ts';
import type { MachineView } from '../../protocol/machine-view.ts';
import type { ConnectedMachine } from '../../store/connected-machine.ts';
import { useInspector } from '../../store/inspector-store.ts';
import { inspectorText } from '../inspector-text.ts';
import { AddressField } from './address-field.tsx';
import { CopyButton } from './copy-button.tsx';
import { linesOf, LiveRows, type LiveCell, type LiveRow } from './live-rows.tsx';
import { ownerName } from './owner-words.ts';
import { RefusedLine } from './refused-line.tsx';
import { usePoll } from './use-poll.ts';

const text = inspectorText.walk;
/** Sv48 has four levels. Of each: its title, the entry, its flags, what it does; then the outcome. */
const LEVELS = 4;
const FLAGS = 8;
const STEP_SHAPE = [1, 2, 2, 1 + FLAGS, 2, 2, 1];
const STEPS_SHAPE = Array.from({ length: LEVELS }, () => STEP_SHAPE).flat();
const OUTCOME = 6;
const SHAPE = [1, ...STEPS_SHAPE, ...Array.from({ length: OUTCOME }, () => 2)];

/** The way of an access of the core to memory, step by step. */
export function WalkTab(props: {
  readonly view: MachineView;
  readonly machine: ConnectedMachine;
  readonly hart: number;
}) {
  const { view, machine, hart } = props;
  const { address, access } = useInspector((state) => state.walk);
  const walk = usePoll<Result<WalkReport>>(`${machine.serial} ${hart} ${address} ${access}`, () =>
    machine.ask((services) => services.walk(hart, address, access)),
  );
  const read = (row: number): LiveRow | null => (walk.value?.ok ? rowOf(view, walk.value.value, row) : null);
  return (
    <section className="inspect-part">
      <div className="part-head">
        <AddressField
          label={text.address}
          value={address}
          testId="walk-address"
          onShow={(next) => useInspector.setState({ walk: { address: next, access } })}
        />
        <CopyButton what={inspectorText.tab.walk} read={() => linesOf(SHAPE.length, read)} />
      </div>
      <ToggleButtonGroup
        className="choice"
        aria-label={text.access}
        selectionMode="single"
        disallowEmptySelection
        selectedKeys={[access]}
        onSelectionChange={(keys) => {
          const chosen = ACCESS_NAMES.find((name) => keys.has(name));
          if (chosen) useInspector.setState({ walk: { address, access: chosen } });
        }}
      >
        {ACCESS_NAMES.map((name) => (
          <ToggleButton key={name} id={name} className="button small">
            {text.accesses[name]}
          </ToggleButton>
        ))}
      </ToggleButtonGroup>
      <RefusedLine read={() => walk.value} />
      <LiveRows label={inspectorText.tab.walk} className="walk" testId="walk" shape={SHAPE} read={read} />
    </section>
  );
}

function rowOf(view: MachineView, walk: WalkReport, row: number): LiveRow | null {
  if (row === 0) {
    const mode = `${walk.mode}, ${inspectorText.mode(walk.privilege)}`;
    return { cells: [text.asked(text.accesses[walk.access], walk.address, mode)], mark: 'asked' };
  }
  const inSteps = row - 1;
  if (inSteps < STEPS_SHAPE.length) {
    const step = walk.steps[Math.floor(inSteps / STEP_SHAPE.length)];
    return step ? stepRow(view, step, inSteps % STEP_SHAPE.length) : null;
  }
  return outcomeRow(view, walk, inSteps - STEPS_SHAPE.length);
}

const owned = (view: MachineView, owner: number | null): string =>
  owner === null ? text.outside : ownerName(view, owner);

function stepRow(view: MachineView, step: WalkStep, part: number): LiveRow | null {
  switch (part) {
    case 0:
      return { cells: [text.level(step.level, step.index)], mark: 'title' };
    case 1:
      return { cells: [text.at, step.at] };
    case 2:
      return { cells: [text.owner, owned(view, step.owner)] };
    case 3: {
      if (step.entry === null) return null;
      // From D down to V, as the bits stand.
      const flags: LiveCell[] = step.flags.map(({ name, set }) => ({
        text: name,
        mark: set ? 'set' : 'clear',
      }));
      return { cells: [text.flags, ...flags.reverse()], mark: 'flags' };
    }
    case 4:
      return step.entry === null ? null : { cells: [text.entry, step.entry] };
    case 5:
      return step.target === null ? null : { cells: [text.target, step.target] };
    default:
      return { cells: [text.verdict[step.verdict]], mark: verdictMark(step.verdict) };
  }
}

const verdictMark = (verdict: WalkReport['verdict']): string =>
  verdict === 'granted' || verdict === 'next-table' || verdict === 'device' ? 'verdict' : 'refusal';

function outcomeRow(view: MachineView, walk: WalkReport, part: number): LiveRow | null {
  const asked = (answer: boolean | null): string =>
    answer === null ? text.notAsked : answer ? text.allowed : text.refused;
  switch (part) {
    case 0:
      return walk.mode === 'Bare' ? { cells: [text.bare, ''], mark: 'asked' } : null;
    case 1:
      return walk.physical === null ? null : { cells: [text.physical, walk.physical], mark: 'first' };
    case 2:
      return walk.physical === null ? null : { cells: [text.owner, owned(view, walk.owner)] };
    case 3:
      return walk.physical === null ? null : { cells: [text.pmp, asked(walk.pmp)] };
    case 4:
      return walk.physical === null ? null : { cells: [text.gate, asked(walk.gate)] };
    default: {
      const words = walk.verdict === 'granted' ? text.arrives : text.verdict[walk.verdict];
      const fault = walk.fault === null ? '' : ` (${text.fault[walk.fault]})`;
      return { cells: [text.result, `${words}${fault}`], mark: verdictMark(walk.verdict) };
    }
  }
}
