/** Markdown of a lesson: data (protocol/lesson.ts) as elements. Text is only ever text. */
import type { ReactNode } from 'react';
import type { Block, Inline } from '../../protocol/lesson.ts';

/** The parts of a text have no names, and do not change: their places tell them apart. */
export function Blocks(props: { readonly blocks: readonly Block[]; readonly base: string | null }) {
  return props.blocks.map((block, index) => <OneBlock key={index} block={block} base={props.base} />);
}

function OneBlock({ block, base }: { readonly block: Block; readonly base: string | null }): ReactNode {
  switch (block.kind) {
    case 'paragraph':
      return (
        <p>
          <Inlines inlines={block.children} base={base} />
        </p>
      );
    case 'heading':
      return (
        <h5>
          <Inlines inlines={block.children} base={base} />
        </h5>
      );
    case 'code':
      return (
        // Reached by the keyboard, since it may be wider than the drawer.
        <pre tabIndex={0}>
          <code>{block.text}</code>
        </pre>
      );
    case 'list': {
      const items = block.items.map((item, index) => (
        <li key={index}>
          <Blocks blocks={item} base={base} />
        </li>
      ));
      return block.first === null ? <ul>{items}</ul> : <ol start={block.first}>{items}</ol>;
    }
    case 'quote':
      return (
        <blockquote>
          <Blocks blocks={block.blocks} base={base} />
        </blockquote>
      );
    case 'rule':
      return <hr />;
  }
}

/** `base`: the address of the lesson; null: it has none, and what lies beside it cannot be reached. */
export function Inlines(props: { readonly inlines: readonly Inline[]; readonly base: string | null }) {
  return props.inlines.map((inline, index) => <OneInline key={index} inline={inline} base={props.base} />);
}

function OneInline({ inline, base }: { readonly inline: Inline; readonly base: string | null }): ReactNode {
  if ('text' in inline) return inline.kind === 'code' ? <code>{inline.text}</code> : inline.text;
  if (inline.kind === 'break') return <br />;
  const children = <Inlines inlines={inline.children} base={base} />;
  if (inline.kind === 'link') {
    const href = webAddress(inline.href, base);
    if (href === null) return children;
    return (
      <a href={href} target="_blank" rel="noopener noreferrer">
        {children}
      </a>
    );
  }
  const Element = ELEMENTS[inline.kind];
  return <Element>{children}</Element>;
}

const ELEMENTS = { strong: 'strong', emphasis: 'em', deleted: 'del' } as const;

/** Whatever the reader of the Markdown has let through: of the web, or nothing. */
function webAddress(href: string, base: string | null): string | null {
  const url = URL.parse(href, base ?? undefined);
  return url?.protocol === 'https:' || url?.protocol === 'http:' ? url.href : null;
}
