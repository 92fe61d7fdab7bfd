import type { ReactNode } from 'react';
import { Menu, MenuItem, Popover, Text } from 'react-aria-components';
import { columnOf, kerfLinesOfMove, type Carried } from '../../store/carried.ts';
import { columnsOf } from '../../store/core-moves.ts';
import { useMachine } from '../../store/machine-store.ts';
import { openInspector } from '../shell/drawer-actions.ts';
import { text } from '../text.ts';
import { bottomOf } from './carry-gestures.ts';
import { moveTo, nameOf, placeName, refusalForecast } from './carry-store.ts';

/** Key of the entry that moves nothing. */
const INSPECT = 'inspect';

/** Where a core or a device can go, each with the kerf line that it types, or with what speaks against it. */
export function MoveMenu(props: {
  readonly thing: Carried;
  readonly isOpen: boolean;
  readonly setOpen: (isOpen: boolean) => void;
  readonly from: { readonly current: HTMLElement | null };
}) {
  const { thing, isOpen, setOpen, from } = props;
  const label = text.move.menu(nameOf(thing));
  const entries = useEntries(thing);
  return (
    <Popover
      triggerRef={from}
      isOpen={isOpen}
      onOpenChange={setOpen}
      placement="bottom start"
      className="popover kernel-menu"
      aria-label={label}
    >
      <Menu
        className="menu"
        aria-label={label}
        autoFocus="first"
        onAction={(key) => {
          setOpen(false);
          if (key === INSPECT) {
            if (thing.kind === 'core') openInspector(thing.core);
            return;
          }
          const at = from.current ? bottomOf(from.current) : { x: 0, y: 0 };
          moveTo(thing, key === 'free' ? 'free' : Number(key), at, true);
        }}
        onClose={() => setOpen(false)}
      >
        {entries}
        {thing.kind === 'core' && (
          <MenuItem id={INSPECT} textValue={text.drawer.inspect(thing.core)} className="menu-item">
            <Text slot="label">{text.drawer.inspect(thing.core)}</Text>
            <Text slot="description" className="menu-reason">
              {text.drawer.inspectHint}
            </Text>
          </MenuItem>
        )}
      </Menu>
    </Popover>
  );
}

function useEntries(thing: Carried): ReactNode {
  const view = useMachine((state) => state.view);
  if (!view) return null;
  const own = columnOf(view, thing);
  return columnsOf(view)
    .filter((column) => column !== own)
    .map((column) => {
      const label = text.move.entry(placeName(column, thing));
      const reason = refusalForecast(thing, column);
      return (
        <MenuItem key={column} id={String(column)} textValue={label} className="menu-item">
          <Text slot="label">{label}</Text>
          <Text slot="description" className={reason === null ? 'menu-lines' : 'menu-reason'}>
            {reason ?? kerfLinesOfMove(view, thing, column).join(' ; ')}
          </Text>
        </MenuItem>
      );
    });
}
