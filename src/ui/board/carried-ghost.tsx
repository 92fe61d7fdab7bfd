import { useRef, useLayoutEffect } from 'react';
import { useFrame } from '../kit/frame-loop.ts';
import { carryOver, useCarry } from './carry-store.ts';
import { columnAt } from './column-at.ts';

let ghost: HTMLElement | null = null;
let position = { x: 0, y: 0 };

function place(): void {
  if (ghost)
    ghost.style.transform = `translate(${position.x}px, ${position.y}px) translate(-50%, -50%) rotate(-3deg)`;
}

/** Puts the ghost of what is carried under the pointer; viewport coordinates in CSS pixels. */
export function moveGhost(x: number, y: number): void {
  position = { x, y };
  place();
}

/** Width of the strip at each edge of the machine in which what is carried makes it scroll, and by how much a frame; CSS pixels. */
const EDGE = 56;
const STEP = 14;

/** Scrolls the machine while what is carried is held at its edge. */
function scrollAtEdge(): void {
  const machine = document.querySelector('.machine');
  if (!machine) return;
  const { left, right } = machine.getBoundingClientRect();
  const pool = machine.querySelector('.board > [data-column="free"]')?.clientWidth ?? 0;
  const { x, y } = position;
  // The pool stays at the left edge, and something may be on its way to it: only a strip beside it scrolls.
  const way = x > right - EDGE ? 1 : x > left + pool && x < left + pool + EDGE ? -1 : 0;
  const before = machine.scrollLeft;
  machine.scrollLeft += way * STEP;
  if (machine.scrollLeft !== before) carryOver(columnAt(x, y));
}

/** The core or the device under the pointer while it is dragged. */
export function CarriedGhost() {
  const thing = useCarry((state) => (state.by === 'pointer' ? state.thing : null));
  const node = useRef<HTMLDivElement>(null);
  useLayoutEffect(() => {
    ghost = node.current;
    place();
  }, [thing]);
  useFrame(0, () => {
    if (thing !== null) scrollAtEdge();
  });
  return thing === null ? null : (
    <div className="carried" data-kind={thing.kind} ref={node} aria-hidden="true">
      {thing.kind === 'core' ? thing.core : thing.device}
    </div>
  );
}
