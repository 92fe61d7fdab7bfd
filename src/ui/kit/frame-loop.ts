/**
 * The page's only animation loop. Whatever changes at machine speed is drawn from here, into canvases and single DOM
 * nodes, never through React. It runs while somebody listens and stands still in a hidden tab.
 */
import { useEffect, useRef } from 'react';

/** @param now milliseconds, as `performance.now()` */
export type FrameListener = (now: number) => void;

const listeners = new Set<FrameListener>();
let scheduled = 0;

function frame(now: number): void {
  scheduled = listeners.size > 0 ? requestAnimationFrame(frame) : 0;
  for (const listener of listeners) listener(now);
}

/** Calls `listener` once a frame until the returned function is called. */
export function onFrame(listener: FrameListener): () => void {
  listeners.add(listener);
  if (scheduled === 0) scheduled = requestAnimationFrame(frame);
  return () => {
    listeners.delete(listener);
  };
}

/**
 * Calls the latest `listener` on frames at least `every` milliseconds apart, while the component is there. 0 = each.
 */
export function useFrame(every: number, listener: FrameListener): void {
  const latest = useRef(listener);
  useEffect(() => {
    latest.current = listener;
  });
  useEffect(() => {
    let last = -Infinity;
    return onFrame((now) => {
      // Half a frame of grace: a timer of 33 ms shall fire on each second frame of 16.7 ms, not on each third.
      if (now - last < every - 8) return;
      last = now;
      latest.current(now);
    });
  }, [every]);
}
