import { Button, Menu, MenuItem, MenuTrigger, Popover, Text } from 'react-aria-components';
import type { DeviceView, MachineView } from '../../protocol/machine-view.ts';
import type { ColumnId } from '../../store/core-moves.ts';
import { deviceTargets, devicesIn, kerfLinesOfDeviceMove } from '../../store/device-moves.ts';
import { useMachine } from '../../store/machine-store.ts';
import { announce } from '../kit/announcer.tsx';
import { text } from '../text.ts';
import { placeName } from './carry-store.ts';

const placeOf = (column: ColumnId): string => (column === 'free' ? text.device.pool : placeName(column));

async function move(view: MachineView, device: DeviceView, to: ColumnId): Promise<void> {
  const { machine } = useMachine.getState();
  const done = await machine?.kerfGesture(kerfLinesOfDeviceMove(view, device, to), null);
  announce(done ? text.device.moved(device.name, placeOf(to)) : text.device.stays(device.name));
}

/** One device of the pool; its menu says where it can go, and what that types. */
function DeviceChip(props: { readonly view: MachineView; readonly device: DeviceView }) {
  const { view, device } = props;
  const targets = deviceTargets(view, device);
  return (
    <MenuTrigger>
      <Button
        className="device-chip"
        data-testid={`device-${device.name}`}
        aria-label={text.device.label(device)}
      >
        {device.name}
      </Button>
      <Popover className="popover kernel-menu" placement="bottom start">
        <Menu
          className="menu"
          aria-label={text.device.menu(device.name)}
          onAction={(key) => void move(view, device, key === 'free' ? 'free' : Number(key))}
        >
          {targets.map((column) => {
            const label = text.core.moveTo(placeOf(column));
            return (
              <MenuItem key={column} id={String(column)} textValue={label} className="menu-item">
                <Text slot="label">{label}</Text>
                <Text slot="description" className="menu-lines">
                  {kerfLinesOfDeviceMove(view, device, column).join(' ; ')}
                </Text>
              </MenuItem>
            );
          })}
        </Menu>
      </Popover>
    </MenuTrigger>
  );
}

/** The devices of a kernel, or those that are free. */
export function DeviceChips(props: { readonly view: MachineView; readonly column: ColumnId }) {
  const devices = devicesIn(props.view, props.column);
  if (devices.length === 0) return null;
  return (
    <ul className="device-chips" aria-label={text.device.list}>
      {devices.map((device) => (
        <li key={device.name}>
          <DeviceChip view={props.view} device={device} />
        </li>
      ))}
    </ul>
  );
}
