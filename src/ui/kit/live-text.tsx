import { useRef } from 'react';
import { useFrame } from './frame-loop.ts';

/** How often a number that people read may change, milliseconds. */
const READING_SPEED = 250;

/** Text that follows the machine at the speed of reading, written into the node past React. */
export function LiveText(props: {
  readonly read: () => string;
  readonly testId?: string;
  readonly className?: string;
  readonly every?: number;
}) {
  const node = useRef<HTMLSpanElement>(null);
  useFrame(props.every ?? READING_SPEED, () => {
    const value = props.read();
    if (node.current && node.current.textContent !== value) node.current.textContent = value;
  });
  return <span ref={node} className={props.className} data-testid={props.testId} />;
}
