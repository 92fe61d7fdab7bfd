import { useEffect, useRef, useState, type KeyboardEvent, type PointerEvent } from 'react';
import { Menu, MenuItem, Popover, Text } from 'react-aria-components';
import type { PhaseView } from '../../protocol/machine-view.ts';
import type { ColumnId } from '../../store/core-moves.ts';
import { columnsOf } from '../../store/core-moves.ts';
import { useMachine } from '../../store/machine-store.ts';
import { useFrame } from '../kit/frame-loop.ts';
import { text } from '../text.ts';
import {
  carryByKey,
  carryOver,
  drop,
  moveTo,
  placeName,
  putBack,
  refusalForecast,
  takeFocus,
  takeUp,
  useCarry,
} from './carry-store.ts';
import { moveCarriedCore } from './carried-core.tsx';
import { CoreGauge } from './core-gauge.ts';

/** Pointer travel, in CSS pixels, that tells a drag from a press. */
const DRAG_FROM = 5;

/** Phases with which a move ends, and how long they stay on the tile, milliseconds. */
const ENDS: ReadonlySet<PhaseView['phase']> = new Set(['online', 'free', 'failed']);
const END_SHOWN = 2000;

/** The column under a point of the viewport. */
function columnAt(x: number, y: number): ColumnId | null {
  const column = document
    .elementsFromPoint(x, y)
    .map((element) => element.closest<HTMLElement>('[data-column]'))
    .find((element) => element !== null);
  const name = column?.dataset['column'];
  if (name === undefined) return null;
  return name === 'free' ? 'free' : Number(name);
}

function centre(element: Element): { x: number; y: number } {
  const box = element.getBoundingClientRect();
  return { x: box.left + box.width / 2, y: box.bottom };
}

/** One core: number, state word, load. Draggable; its menu moves it too. */
export function CoreTile(props: { readonly core: number; readonly place: string; readonly boot: boolean }) {
  const { core, place } = props;
  const tile = useRef<HTMLButtonElement>(null);
  const word = useRef<HTMLSpanElement>(null);
  const bar = useRef<HTMLSpanElement>(null);
  const press = useRef<{ x: number; y: number; dragging: boolean } | null>(null);
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

  const onPointerDown = (event: PointerEvent<HTMLButtonElement>): void => {
    if (event.button !== 0) return;
    press.current = { x: event.clientX, y: event.clientY, dragging: false };
    // Captured at once: the first move of a quick pointer is outside the tile already.
    event.currentTarget.setPointerCapture(event.pointerId);
  };
  const onPointerMove = (event: PointerEvent): void => {
    const start = press.current;
    if (!start) return;
    if (!start.dragging) {
      if (Math.hypot(event.clientX - start.x, event.clientY - start.y) < DRAG_FROM) return;
      start.dragging = true;
      takeUp(core, 'pointer');
    }
    moveCarriedCore(event.clientX, event.clientY);
    carryOver(columnAt(event.clientX, event.clientY));
  };
  const onPointerUp = (event: PointerEvent): void => {
    if (press.current?.dragging) drop({ x: event.clientX, y: event.clientY });
  };
  const onPointerCancel = (): void => {
    if (press.current?.dragging) putBack();
    press.current = null;
  };
  const onClick = (): void => {
    // The click that ends a drag is not a press.
    const dragged = press.current?.dragging === true;
    press.current = null;
    if (!dragged && !carried) setMenuOpen(true);
  };
  const onKeyDown = (event: KeyboardEvent<HTMLButtonElement>): void => {
    const step = event.key === 'ArrowRight' ? 1 : event.key === 'ArrowLeft' ? -1 : null;
    if (step !== null) carryByKey(core, step);
    else if (carried && event.key === 'Escape') putBack();
    else if (carried && (event.key === 'Enter' || event.key === ' ')) drop(centre(event.currentTarget));
    else return;
    event.preventDefault();
    event.stopPropagation();
  };

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
        onPointerDown={onPointerDown}
        onPointerMove={onPointerMove}
        onPointerUp={onPointerUp}
        onPointerCancel={onPointerCancel}
        onClick={onClick}
        onKeyDown={onKeyDown}
        onBlur={() => {
          if (carried && useCarry.getState().by === 'keys') putBack();
        }}
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

function CoreMenu(props: {
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
        const at = props.from.current ? centre(props.from.current) : { x: 0, y: 0 };
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
