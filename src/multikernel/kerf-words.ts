/** Splits a kerf line into words as a shell would: blanks separate, quotes and backslashes keep. */
import { ok, refuse, type Result } from '../base/result.ts';

/**
 * Words of `line`. Inside '…' everything is literal; inside "…" a backslash keeps the next `"` or `\`; outside a
 * backslash keeps any character. An empty pair of quotes is an empty word. Nothing else (variables, globs, pipes) is
 * special. Refused with `open-quote` when a quote, or a backslash at the end of the line, waits for more.
 */
export function splitWords(line: string): Result<string[]> {
  const words: string[] = [];
  let word: string | null = null;
  let quote: '"' | "'" | null = null;
  for (let i = 0; i < line.length; i += 1) {
    const char = line.charAt(i);
    const next = line.charAt(i + 1);
    if (quote !== null) {
      if (char === quote) quote = null;
      else if (quote === '"' && char === '\\' && (next === '"' || next === '\\')) {
        word = (word ?? '') + next;
        i += 1;
      } else word = (word ?? '') + char;
    } else if (char === '"' || char === "'") {
      quote = char;
      word ??= '';
    } else if (char === '\\') {
      if (next === '') return openQuote('a backslash', line);
      word = (word ?? '') + next;
      i += 1;
    } else if (/\s/.test(char)) {
      if (word !== null) words.push(word);
      word = null;
    } else word = (word ?? '') + char;
  }
  if (quote !== null) return openQuote(`a ${quote} quote`, line);
  if (word !== null) words.push(word);
  return ok(words);
}

function openQuote(what: string, line: string): Result<never> {
  return refuse(
    'open-quote',
    `the line ends inside ${what}: ${line.trim()}`,
    'close the quote, or leave it out',
  );
}
