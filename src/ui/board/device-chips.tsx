import type { MachineView } from '../../protocol/machine-view.ts';
import type { ColumnId } from '../../store/core-moves.ts';
import { devicesIn } from '../../store/device-moves.ts';
import { text } from '../text.ts';
import { DeviceChip } from './device-chip.tsx';

/** The devices of a kernel, or those that are free. */
export function DeviceChips(props: { readonly view: MachineView; readonly column: ColumnId }) {
  const devices = devicesIn(props.view, props.column);
  if (devices.length === 0) return null;
  return (
    <ul className="device-chips" aria-label={text.device.list}>
      {devices.map((device) => (
        <DeviceChip key={device.name} device={device} />
      ))}
    </ul>
  );
}
