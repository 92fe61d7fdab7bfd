/**
 * Markdown of a lesson as plain data (protocol/lesson.ts). What is HTML stays the text that it is written in, and a link leads
 * nowhere but to http and https: whoever shows the data can show no more than that. Comments are left out.
 */
import type { Token, Tokens } from 'marked';
import type { Block, Inline } from '../protocol/lesson.ts';

/** What a lesson cannot show, so that a teacher is told of it. */
export type Unshown = (what: string) => void;

const ENTITIES: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', nbsp: '\u00a0' };

/** Character references that people write; any other stays as it is written. */
const withCharacters = (text: string): string =>
  text.replaceAll(/&(?:#(\d{1,7})|#x([\da-f]{1,6})|([a-z]{2,4}));/gi, (all, decimal, hex, name) => {
    if (typeof name === 'string') return ENTITIES[name.toLowerCase()] ?? all;
    const code = typeof decimal === 'string' ? Number(decimal) : parseInt(String(hex), 16);
    return code > 0 && code <= 0x10_ffff ? String.fromCodePoint(code) : all;
  });

const isComment = (html: string): boolean => /^\s*<!--[^]*-->\s*$/.test(html);

/** The address as it is written, if a click may follow it: of the web, or a relative one of the same server. */
function followable(href: string): string | null {
  // As browsers read an address: what is no character of it does not count.
  const read = href.replaceAll(/[\0-\x20\x7f]/g, '');
  if (/^https?:\/\//i.test(read)) return read;
  // Two slashes, of either kind, name another server; a colon before any of these a scheme.
  return /^[/\\]{2}/.test(read) || /^[^/?#]*:/.test(read) ? null : read;
}

export function inlines(tokens: readonly Token[], unshown: Unshown): Inline[] {
  return (tokens as readonly Tokens.Generic[]).flatMap((token): Inline[] => {
    const children = (): Inline[] => inlines(token.tokens ?? [], unshown);
    switch (token.type) {
      case 'text':
        return token.tokens ? children() : [{ kind: 'text', text: withCharacters(textOf(token)) }];
      case 'escape':
        return [{ kind: 'text', text: textOf(token) }];
      case 'codespan':
        return [{ kind: 'code', text: textOf(token) }];
      case 'strong':
        return [{ kind: 'strong', children: children() }];
      case 'em':
        return [{ kind: 'emphasis', children: children() }];
      case 'del':
        return [{ kind: 'deleted', children: children() }];
      case 'br':
        return [{ kind: 'break' }];
      case 'link': {
        const href = followable(withCharacters(String(token['href'])));
        return href === null ? children() : [{ kind: 'link', href, children: children() }];
      }
      case 'checkbox':
        return [];
      case 'image':
        unshown('a picture');
        return [{ kind: 'text', text: textOf(token) }];
      default:
        return isComment(token.raw) ? [] : [{ kind: 'text', text: token.raw }];
    }
  });
}

export function blocks(tokens: readonly Token[], unshown: Unshown): Block[] {
  return (tokens as readonly Tokens.Generic[]).flatMap((token): Block[] => {
    switch (token.type) {
      case 'space':
      case 'def':
      case 'checkbox':
        return [];
      case 'paragraph':
      case 'text':
        return [{ kind: 'paragraph', children: inlines(token.tokens ?? [token], unshown) }];
      case 'heading':
        return [{ kind: 'heading', children: inlines(token.tokens ?? [], unshown) }];
      case 'code':
        if (FENCES.test(String(token['lang'] ?? '')))
          unshown(`a block of ${String(token['lang'])} inside a list or a quotation`);
        return [{ kind: 'code', text: textOf(token) }];
      case 'list': {
        const { ordered, start, items } = token as Tokens.List;
        return [
          {
            kind: 'list',
            first: ordered ? Number(start) : null,
            items: items.map((item) => blocks(item.tokens, unshown)),
          },
        ];
      }
      case 'blockquote':
        return [{ kind: 'quote', blocks: blocks(token.tokens ?? [], unshown) }];
      case 'hr':
        return [{ kind: 'rule' }];
      case 'table':
        unshown('a table');
        return [];
      default:
        return isComment(token.raw)
          ? []
          : [{ kind: 'paragraph', children: [{ kind: 'text', text: token.raw }] }];
    }
  });
}

/** Blocks of steps, which are not shown but done (lesson-file.ts). */
export const FENCES = /^(before|do|check)$/;

/** The words alone. */
export const plainText = (children: readonly Inline[]): string =>
  children
    .map((child) => ('text' in child ? child.text : 'children' in child ? plainText(child.children) : ' '))
    .join('');

const textOf = (token: Tokens.Generic): string => String(token['text']);
