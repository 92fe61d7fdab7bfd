import { useEffect, useState, type RefObject } from 'react';
import { Button } from 'react-aria-components';
import { useStill } from '../kit/use-still.ts';
import { text } from '../text.ts';

interface Hidden {
  readonly left: number;
  readonly right: number;
}
const NONE: Hidden = { left: 0, right: 0 };

/** How many kernels' columns are mostly out of sight at either side. */
function hiddenColumns(scroller: HTMLElement): Hidden {
  const frame = scroller.getBoundingClientRect();
  const pool = scroller.querySelector('.board > [data-column="free"]')?.getBoundingClientRect();
  const boxes = [...scroller.querySelectorAll('.board > .column:not([data-column="free"])')]
    .map((column) => column.getBoundingClientRect())
    .filter(({ width }) => width > 0);
  const middle = ({ left, width }: DOMRect): number => left + width / 2;
  return {
    left: boxes.filter((box) => middle(box) < (pool?.right ?? frame.left)).length,
    right: boxes.filter((box) => middle(box) > frame.right).length,
  };
}

/** Says at the edge of the machine that it goes on there, with how many kernels, and goes there when it is pressed. */
export function MoreColumns(props: {
  readonly scroller: RefObject<HTMLElement | null>;
  readonly kernels: number;
}) {
  const { scroller, kernels } = props;
  const [hidden, setHidden] = useState(NONE);
  const still = useStill();
  useEffect(() => {
    const node = scroller.current;
    if (!node) return;
    const look = (): void => {
      const next = hiddenColumns(node);
      setHidden((now) => (now.left === next.left && now.right === next.right ? now : next));
    };
    const observer = new ResizeObserver(look);
    observer.observe(node);
    node.addEventListener('scroll', look, { passive: true });
    return () => {
      observer.disconnect();
      node.removeEventListener('scroll', look);
    };
  }, [scroller, kernels]);
  const go = (direction: 1 | -1): void => {
    const node = scroller.current;
    const column = node?.querySelector('.board > .column:not([data-column="free"])');
    if (!node || !column) return;
    // Whole columns, as many as there is room for.
    const { width } = column.getBoundingClientRect();
    const pool = node.querySelector('.board > [data-column="free"]')?.clientWidth ?? 0;
    const columns = Math.max(1, Math.floor((node.clientWidth - pool) / width));
    node.scrollBy({ left: direction * columns * width, behavior: still ? 'auto' : 'smooth' });
  };
  return (['left', 'right'] as const).map((side) =>
    hidden[side] === 0 ? null : (
      <Button
        key={side}
        className="more-columns"
        data-side={side}
        aria-label={text.board.moreLong[side](hidden[side])}
        onPress={() => go(side === 'left' ? -1 : 1)}
      >
        {text.board.more[side](hidden[side])}
      </Button>
    ),
  );
}
