import { useEffect, useRef, useState } from 'react';
import type { Carried } from '../../store/carried.ts';
import { useMachine } from '../../store/machine-store.ts';
import { litCore, useStations } from '../../store/stations-store.ts';
import { useFrame } from '../kit/frame-loop.ts';
import { text } from '../text.ts';
import { useCarryGestures } from './carry-gestures.ts';
import { endCarryOf, takeFocus, useIsCarried } from './carry-store.ts';
import { CoreGauge } from './core-gauge.ts';
import { MoveMenu } from './move-menu.tsx';
import { PhaseStrip } from './phase-strip.tsx';
import { usePhase } from './use-phase.ts';

/** One core: number, state word, load. Draggable; its menu moves it too. */
export function CoreTile(props: { readonly core: number; readonly place: string; readonly boot: boolean }) {
  const { core, place } = props;
  const thing: Carried = { kind: 'core', core };
  const tile = useRef<HTMLButtonElement>(null);
  const word = useRef<HTMLSpanElement>(null);
  const bar = useRef<HTMLSpanElement>(null);
  const [menuOpen, setMenuOpen] = useState(false);
  const carried = useIsCarried(thing);
  const passing = usePhase({ kind: 'core', core }, text.core.name(core));
  const free = useMachine((state) => state.view?.harts.find((hart) => hart.id === core)?.owner === null);

  const lit = useStations((state) => litCore(state) === core);

  const gauge = useRef<CoreGauge>(null);
  const wordAt = useRef(0);
  useFrame(33, (now) => {
    const { machine } = useMachine.getState();
    if (!machine || !tile.current || !word.current || !bar.current) return;
    gauge.current ??= new CoreGauge();
    const measured = gauge.current.sample(machine.reader, core, now);
    bar.current.style.transform = `scaleX(${gauge.current.load.toFixed(3)})`;
    if (!passing && now - wordAt.current < 200) return;
    wordAt.current = now;
    const state = free && measured === 'offline' ? 'free' : measured;
    tile.current.dataset['state'] = state;
    const shown = passing ? text.phase.word[passing.phase] : text.core.state[state];
    if (word.current.textContent !== shown) word.current.textContent = shown;
  });

  useEffect(() => {
    const me: Carried = { kind: 'core', core };
    if (takeFocus(me)) tile.current?.focus();
    return () => endCarryOf(me);
  }, [core]);

  const gestures = useCarryGestures(thing, carried, () => setMenuOpen(true));

  return (
    <li className="core-slot">
      <button
        ref={tile}
        type="button"
        className="core-tile"
        data-testid={`core-${core}`}
        data-core={core}
        data-carried={carried || undefined}
        data-lit={lit || undefined}
        data-phase={passing?.phase}
        aria-label={text.core.label(core, place)}
        aria-description={text.move.howTo}
        aria-haspopup="menu"
        aria-expanded={menuOpen}
        {...gestures}
      >
        <span className="core-number">{core}</span>
        {passing?.ended ? (
          <span className="core-note">{text.phase.took(passing.ended.took)}</span>
        ) : (
          props.boot && <span className="core-note">{text.core.boot}</span>
        )}
        <span className="core-word" ref={word} />
        <span className="core-load">
          <span ref={bar} />
        </span>
        {passing && <PhaseStrip shown={passing} />}
      </button>
      <MoveMenu thing={thing} isOpen={menuOpen} setOpen={setMenuOpen} from={tile} />
    </li>
  );
}
