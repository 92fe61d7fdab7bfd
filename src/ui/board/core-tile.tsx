import { useEffect, useRef, useState } from 'react';
import { Popover } from 'react-aria-components';
import type { PhaseView } from '../../protocol/machine-view.ts';
import { useMachine } from '../../store/machine-store.ts';
import { useFrame } from '../kit/frame-loop.ts';
import { text } from '../text.ts';
import { putBack, takeFocus, useCarry } from './carry-store.ts';
import { CoreGauge } from './core-gauge.ts';
import { useCoreGestures } from './core-gestures.ts';
import { CoreMenu } from './core-menu.tsx';

/** Phases with which a move ends, and how long they stay on the tile, milliseconds. */
const ENDS: ReadonlySet<PhaseView['phase']> = new Set(['online', 'free', 'failed']);
const END_SHOWN = 2000;

/** One core: number, state word, load. Draggable; its menu moves it too. */
export function CoreTile(props: { readonly core: number; readonly place: string; readonly boot: boolean }) {
  const { core, place } = props;
  const tile = useRef<HTMLButtonElement>(null);
  const word = useRef<HTMLSpanElement>(null);
  const bar = useRef<HTMLSpanElement>(null);
  const [menuOpen, setMenuOpen] = useState(false);
  const carried = useCarry((state) => state.core === core);
  const phase = useMachine((state) => state.view?.phases.find((other) => other.hart === core)?.phase);
  const free = useMachine((state) => state.view?.harts.find((hart) => hart.id === core)?.owner === null);

  const gauge = useRef<CoreGauge>(null);
  const wordAt = useRef(0);
  const phaseSeen = useRef<{ phase: typeof phase; shown: typeof phase; at: number }>({
    phase: undefined,
    shown: undefined,
    at: 0,
  });
  useFrame(33, (now) => {
    const { machine } = useMachine.getState();
    if (!machine || !tile.current || !word.current || !bar.current) return;
    gauge.current ??= new CoreGauge();
    const measured = gauge.current.sample(machine.reader, core, now);
    bar.current.style.transform = `scaleX(${gauge.current.load.toFixed(3)})`;
    if (now - wordAt.current < 200) return;
    wordAt.current = now;
    const state = free && measured === 'offline' ? 'free' : measured;
    tile.current.dataset['state'] = state;
    const before = phaseSeen.current.phase;
    if (before !== phase) {
      // The machine forgets a core that has arrived at once; a person is to see it.
      const arrived = phase === undefined && before !== undefined && before !== 'failed' && !free;
      phaseSeen.current = { phase, shown: arrived ? 'online' : phase, at: now };
    }
    const { shown: last, at } = phaseSeen.current;
    const passing = last && (!ENDS.has(last) || now - at < END_SHOWN) ? last : undefined;
    if (passing) tile.current.dataset['phase'] = passing;
    else delete tile.current.dataset['phase'];
    const shown = passing ? text.core.phase[passing] : text.core.state[state];
    if (word.current.textContent !== shown) word.current.textContent = shown;
  });

  useEffect(() => {
    if (takeFocus(core)) tile.current?.focus();
    // A core that changes its column under the pointer (a typed line) ends the gesture.
    return () => {
      if (useCarry.getState().core === core) putBack();
    };
  }, [core]);

  const gestures = useCoreGestures(core, carried, () => setMenuOpen(true));

  return (
    <li className="core-slot">
      <button
        ref={tile}
        type="button"
        className="core-tile"
        data-testid={`core-${core}`}
        data-core={core}
        data-carried={carried || undefined}
        aria-label={text.core.label(core, place)}
        aria-description={text.core.howTo}
        aria-haspopup="menu"
        aria-expanded={menuOpen}
        {...gestures}
      >
        <span className="core-number">{core}</span>
        {props.boot && <span className="core-boot">{text.core.boot}</span>}
        <span className="core-word" ref={word} />
        <span className="core-load">
          <span ref={bar} />
        </span>
      </button>
      <Popover
        triggerRef={tile}
        isOpen={menuOpen}
        onOpenChange={setMenuOpen}
        placement="bottom start"
        className="popover"
        aria-label={text.core.menu(core)}
      >
        <CoreMenu core={core} close={() => setMenuOpen(false)} from={tile} />
      </Popover>
    </li>
  );
}
