import { useRef, useLayoutEffect } from 'react';
import { useCarry } from './carry-store.ts';

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

/** The core or the device under the pointer while it is dragged. */
export function CarriedGhost() {
  const thing = useCarry((state) => (state.by === 'pointer' ? state.thing : null));
  const node = useRef<HTMLDivElement>(null);
  useLayoutEffect(() => {
    ghost = node.current;
    place();
  }, [thing]);
  return thing === null ? null : (
    <div className="carried" data-kind={thing.kind} ref={node} aria-hidden="true">
      {thing.kind === 'core' ? thing.core : thing.device}
    </div>
  );
}
