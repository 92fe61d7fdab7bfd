import { Menu, MenuItem, Text } from 'react-aria-components';
import { columnsOf } from '../../store/core-moves.ts';
import { useMachine } from '../../store/machine-store.ts';
import { text } from '../text.ts';
import { moveTo, placeName, refusalForecast } from './carry-store.ts';
import { bottomOf } from './core-gestures.ts';

/** Where a core can go, each with what speaks against it. */
export function CoreMenu(props: {
  readonly core: number;
  readonly close: () => void;
  readonly from: { readonly current: HTMLElement | null };
}) {
  const { core } = props;
  const view = useMachine((state) => state.view);
  const owner = view?.harts.find((hart) => hart.id === core)?.owner ?? 'free';
  const targets = view ? columnsOf(view).filter((column) => column !== owner) : [];
  return (
    <Menu
      className="menu"
      aria-label={text.core.menu(core)}
      autoFocus="first"
      onAction={(key) => {
        props.close();
        const at = props.from.current ? bottomOf(props.from.current) : { x: 0, y: 0 };
        moveTo(core, key === 'free' ? 'free' : Number(key), at, true);
      }}
      onClose={props.close}
    >
      {targets.map((column) => {
        const label = text.core.moveTo(placeName(column));
        const reason = refusalForecast(core, column);
        return (
          <MenuItem key={column} id={String(column)} textValue={label} className="menu-item">
            <Text slot="label">{label}</Text>
            {reason !== null && (
              <Text slot="description" className="menu-reason">
                {reason}
              </Text>
            )}
          </MenuItem>
        );
      })}
    </Menu>
  );
}
