import { useRef, useLayoutEffect } from 'react';
import { useCarry } from './carry-store.ts';

let ghost: HTMLElement | null = null;
let position = { x: 0, y: 0 };

function place(): void {
  if (ghost)
    ghost.style.transform = `translate(${position.x}px, ${position.y}px) translate(-50%, -50%) rotate(-3deg)`;
}

/** Puts the ghost of the carried core under the pointer; viewport coordinates in CSS pixels. */
export function moveCarriedCore(x: number, y: number): void {
  position = { x, y };
  place();
}

/** The core under the pointer while it is dragged. */
export function CarriedCore() {
  const core = useCarry((state) => (state.by === 'pointer' ? state.core : null));
  const node = useRef<HTMLDivElement>(null);
  useLayoutEffect(() => {
    ghost = node.current;
    place();
  }, [core]);
  return core === null ? null : (
    <div className="carried-core" ref={node} aria-hidden="true">
      {core}
    </div>
  );
}
