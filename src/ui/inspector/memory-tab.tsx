import { ToggleButton, ToggleButtonGroup } from 'react-aria-components';
import type { Result } from '../../base/result.ts';
import type { MemoryRow } from '../../protocol/inspect.ts';
import type { MachineView } from '../../protocol/machine-view.ts';
import type { ConnectedMachine } from '../../store/connected-machine.ts';
import { useInspector } from '../../store/inspector-store.ts';
import { LiveText } from '../kit/live-text.tsx';
import { inspectorText } from '../inspector-text.ts';
import { AddressField } from './address-field.tsx';
import { CopyButton } from './copy-button.tsx';
import { linesOf, LiveRows, type LiveRow } from './live-rows.tsx';
import { OwnerMapView } from './owner-map.tsx';
import { ownerName } from './owner-words.ts';
import { RefusedLine } from './refused-line.tsx';
import { usePoll } from './use-poll.ts';

const text = inspectorText.memory;
/** Rows of 16 bytes that are read; each is shown as two lines, which fit a narrow drawer. */
const ROWS = 12;
const LINE = 8;
const LINES = ROWS * 2;
const SHAPE = Array.from({ length: LINES }, () => 3);

/** Bytes, as a core sees them or as they lie in RAM, and all RAM by owner. */
export function MemoryTab(props: {
  readonly view: MachineView;
  readonly machine: ConnectedMachine;
  readonly hart: number;
}) {
  const { view, machine, hart } = props;
  const { address, physical } = useInspector((state) => state.memory);
  const from = physical ? null : hart;
  const rows = usePoll<Result<readonly MemoryRow[]>>(`${machine.serial} ${from} ${address}`, () =>
    machine.ask((services) => services.readMemory({ hart: from, address }, ROWS)),
  );
  const read = (line: number): LiveRow | null => {
    const found = rows.value?.ok ? rows.value.value[line >> 1] : undefined;
    if (!found) return null;
    const from = (line & 1) * LINE;
    const bytes = found.bytes?.slice(from, from + LINE);
    const hex = bytes?.map((byte) => byte.toString(16).padStart(2, '0')) ?? [];
    // Rows begin at multiples of 16: their second line differs from the first in the last digit alone.
    const address = from === 0 ? found.address : `${found.address.slice(0, -1)}8`;
    return {
      cells: [
        address.slice(physical ? 10 : 2),
        bytes ? hex.join(' ') : text.notMapped,
        bytes ? String.fromCharCode(...bytes.map((byte) => (byte >= 0x20 && byte < 0x7f ? byte : 0x2e))) : '',
      ],
    };
  };
  const place = (): string => {
    const first = rows.value?.ok ? rows.value.value[0] : undefined;
    if (!first || first.physical === null || first.owner === null) return '';
    return text.placed(ownerName(view, first.owner), first.physical);
  };
  return (
    <>
      <section className="inspect-part">
        <div className="part-head">
          <AddressField
            label={text.address}
            value={address}
            testId="memory-address"
            onShow={(next) => useInspector.setState({ memory: { address: next, physical } })}
          />
          <CopyButton what={text.bytes} read={() => linesOf(LINES, read)} />
        </div>
        <ToggleButtonGroup
          className="choice"
          aria-label={text.space}
          selectionMode="single"
          disallowEmptySelection
          selectedKeys={[physical ? 'physical' : 'virtual']}
          onSelectionChange={(keys) =>
            useInspector.setState({ memory: { address, physical: keys.has('physical') } })
          }
        >
          <ToggleButton id="virtual" className="button small">
            {text.virtual(hart)}
          </ToggleButton>
          <ToggleButton id="physical" className="button small">
            {text.physical}
          </ToggleButton>
        </ToggleButtonGroup>
        <RefusedLine read={() => rows.value} />
        <p className="part-note">
          <LiveText every={100} read={place} testId="bytes-owner" />
        </p>
        <LiveRows label={text.bytes} className="bytes" scrolls testId="bytes" shape={SHAPE} read={read} />
      </section>
      <OwnerMapView key={machine.serial} view={view} machine={machine} />
    </>
  );
}
