/** The default scenario on a projector of 1280 × 600: all of it is there, whole, and nothing lies on anything else. */
import { expect, test } from './playground.ts';
import { PROJECTOR } from './screen.ts';

test.use({ viewport: { ...PROJECTOR } });

test('nothing of the first visit is cut off, overlaps or needs scrolling', async ({ page, playground }) => {
  await playground.open();
  const found = await page.evaluate(() => {
    /** Boxes of pixels that differ by rounding are the same. */
    const SLACK = 1.5;
    const words = (node: Element): string =>
      `${node.tagName.toLowerCase()}.${node.getAttribute('class') ?? ''} “${(node.getAttribute('aria-label') ?? node.textContent).slice(0, 40)}”`;
    const shown = (node: Element): boolean =>
      node.checkVisibility({ checkOpacity: true, checkVisibilityCSS: true }) &&
      node.closest('.visually-hidden, .skip, .xterm, .kerf-log') === null;

    interface Piece {
      readonly node: Element;
      readonly box: DOMRect;
    }
    const pieces: Piece[] = [];
    for (const node of document.querySelectorAll('button, input, a[href]'))
      if (shown(node)) pieces.push({ node, box: node.getBoundingClientRect() });
    const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    for (let text = texts.nextNode(); text; text = texts.nextNode()) {
      const node = text.parentElement;
      if (!node || !shown(node) || (text.textContent ?? '').trim() === '') continue;
      const range = document.createRange();
      range.selectNodeContents(text);
      pieces.push({ node, box: range.getBoundingClientRect() });
    }

    const cut: string[] = [];
    for (const { node, box } of pieces) {
      let edges = { left: 0, top: 0, right: innerWidth, bottom: innerHeight };
      for (let above: Element | null = node; above; above = above.parentElement) {
        if (getComputedStyle(above).overflow === 'visible') continue;
        const { left, top, right, bottom } = above.getBoundingClientRect();
        edges = {
          left: Math.max(edges.left, left),
          top: Math.max(edges.top, top),
          right: Math.min(edges.right, right),
          bottom: Math.min(edges.bottom, bottom),
        };
      }
      if (
        box.left < edges.left - SLACK ||
        box.top < edges.top - SLACK ||
        box.right > edges.right + SLACK ||
        box.bottom > edges.bottom + SLACK
      )
        cut.push(words(node));
    }

    const overlaps: string[] = [];
    for (const [index, one] of pieces.entries())
      for (const other of pieces.slice(index + 1)) {
        if (one.node.contains(other.node) || other.node.contains(one.node)) continue;
        const width = Math.min(one.box.right, other.box.right) - Math.max(one.box.left, other.box.left);
        const height = Math.min(one.box.bottom, other.box.bottom) - Math.max(one.box.top, other.box.top);
        if (width > SLACK && height > SLACK) overlaps.push(`${words(one.node)} on ${words(other.node)}`);
      }

    const scrolls = [document.documentElement, ...document.querySelectorAll('body *')].filter((node) => {
      const { overflowX, overflowY } = getComputedStyle(node);
      const down = node.scrollHeight > node.clientHeight + SLACK;
      const aside = node.scrollWidth > node.clientWidth + SLACK;
      if (node === document.documentElement) return down || aside;
      return (/auto|scroll/.test(overflowY) && down) || (/auto|scroll/.test(overflowX) && aside);
    });
    return { pieces: pieces.length, cut, overlaps, scrolls: scrolls.map(words) };
  });
  expect(found.pieces, 'controls and texts that were looked at').toBeGreaterThan(40);
  expect(found.cut).toEqual([]);
  expect(found.overlaps).toEqual([]);
  // The history goes on: its last line is the one to be read.
  expect(found.scrolls.filter((node) => !node.startsWith('div.kerf-log'))).toEqual([]);
  const last = playground.kerfLog().getByRole('listitem').last();
  await expect(last).toBeInViewport({ ratio: 1 });
  // It stays in sight when the window becomes higher and low again.
  await page.setViewportSize({ width: PROJECTOR.width, height: 900 });
  await expect(last).toBeInViewport({ ratio: 1 });
  await page.setViewportSize(PROJECTOR);
  await expect(last).toBeInViewport({ ratio: 1 });
});
