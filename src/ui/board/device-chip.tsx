import { useEffect, useRef, useState } from 'react';
import type { DeviceView } from '../../protocol/machine-view.ts';
import type { Carried } from '../../store/carried.ts';
import { text } from '../text.ts';
import { useCarryGestures } from './carry-gestures.ts';
import { endCarryOf, takeFocus, useIsCarried } from './carry-store.ts';
import { MoveMenu } from './move-menu.tsx';

/** One device of the pool. Draggable like a core; its menu moves it too. */
export function DeviceChip(props: { readonly device: DeviceView }) {
  const { device } = props;
  const thing: Carried = { kind: 'device', device: device.name };
  const chip = useRef<HTMLButtonElement>(null);
  const [menuOpen, setMenuOpen] = useState(false);
  const carried = useIsCarried(thing);
  const gestures = useCarryGestures(thing, carried, () => setMenuOpen(true));
  useEffect(() => {
    const me: Carried = { kind: 'device', device: device.name };
    if (takeFocus(me)) chip.current?.focus();
    return () => endCarryOf(me);
  }, [device.name]);
  return (
    <li>
      <button
        ref={chip}
        type="button"
        className="device-chip"
        data-testid={`device-${device.name}`}
        data-carried={carried || undefined}
        aria-label={text.device.label(device)}
        aria-description={text.move.howTo}
        aria-haspopup="menu"
        aria-expanded={menuOpen}
        {...gestures}
      >
        {device.name}
      </button>
      <MoveMenu thing={thing} isOpen={menuOpen} setOpen={setMenuOpen} from={chip} />
    </li>
  );
}
