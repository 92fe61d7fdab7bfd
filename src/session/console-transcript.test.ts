import { describe, expect, test } from 'vitest';
import { ConsoleTranscript } from './console-transcript.ts';

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

function transcriptOf(...texts: string[]): ConsoleTranscript {
  const transcript = new ConsoleTranscript();
  for (const text of texts) transcript.add(bytes(text));
  return transcript;
}

describe('a search that has looked before', () => {
  test.each([
    ['a text', 'split in two'],
    ['a pattern', /split\s+in (two)/],
    ['a pattern that begins with its line', /^split in two$/m],
  ])('finds %s of which it saw the beginning', (_, match) => {
    const transcript = transcriptOf(`${'x'.repeat(10_000)}\nsplit in`);
    expect(transcript.take(match)).toBeNull();
    transcript.add(bytes(' two\n'));
    expect(transcript.take(match)?.[0]).toBe('split in two');
    expect(transcript.take(match)).toBeNull();
  });

  test('takes up what was not settled where it began', () => {
    const transcript = transcriptOf('work 12');
    expect(transcript.take(/work (\d+)/, true)).toBeNull();
    transcript.add(bytes('34\n'));
    expect(transcript.take(/work (\d+)/, true)?.[1]).toBe('1234');
  });

  test('begins at the cursor again for something else', () => {
    const transcript = transcriptOf(`early\n${'line\n'.repeat(5000)}`);
    expect(transcript.take('never')).toBeNull();
    transcript.begin();
    expect(transcript.take('early')).toEqual(['early']);
  });

  test('does not look at old text again, however small the pieces', () => {
    const transcript = transcriptOf(`once\n${'line\n'.repeat(5000)}`);
    expect(transcript.take('never')).toBeNull();
    transcript.add(bytes('and so on\n'));
    // A look that began at the cursor again would find it; this one has been there.
    expect(transcript.take('once')).toBeNull();
  });
});

describe('a console that speaks without end', () => {
  test('is kept in bounds; what goes by unread is counted, and the newest is there', () => {
    const transcript = new ConsoleTranscript();
    const line = `${'.'.repeat(1023)}\n`;
    for (let i = 0; i < 4096; i++) transcript.add(bytes(line));
    transcript.add(bytes('the last\n'));
    expect(transcript.dropped).toBeGreaterThan(3 * 2 ** 20);
    expect(transcript.dropped).toBeLessThanOrEqual(4096 * 1024 - 256 * 1024);
    expect(transcript.lastLines(1)).toEqual(['the last']);
    // What it dropped can not be shown any more.
    expect(transcript.lastLines(Infinity).length).toBeLessThan(512);
    expect(transcript.take('the last')).toEqual(['the last']);
  });

  test('is read without a gap by one who takes line after line', () => {
    const transcript = new ConsoleTranscript();
    for (let i = 0; i < 20_000; i++) {
      transcript.add(bytes(`line ${i} ${'.'.repeat(40)}\r\n`));
      expect(transcript.take(/^line (\d+) /m)?.[1]).toBe(String(i));
    }
    expect(transcript.dropped).toBe(0);
  });

  test('keeps 256 Ki characters for an expectation to come', () => {
    const transcript = transcriptOf('needle\n');
    for (let i = 0; i < 255; i++) transcript.add(bytes('.'.repeat(1024)));
    expect(transcript.take('needle')).toEqual(['needle']);
  });
});

describe('a place', () => {
  test('is gone back to, and what was matched behind it is matched again', () => {
    const transcript = transcriptOf('one two one two');
    transcript.take('one');
    const place = transcript.place();
    expect(transcript.take('two')?.[0]).toBe('two');
    transcript.goTo(place);
    expect(transcript.take('two')?.[0]).toBe('two');
    expect(transcript.take('one')?.[0]).toBe('one');
  });

  test('left out is behind all that was said', () => {
    const transcript = transcriptOf('one');
    transcript.goTo();
    expect(transcript.take('one')).toBeNull();
    transcript.add(bytes(' one'));
    expect(transcript.take('one')?.[0]).toBe('one');
  });

  test('of which the text is kept no more is where the kept text begins', () => {
    const transcript = transcriptOf('first ');
    const place = transcript.place();
    for (let k = 0; k < 64; k++) transcript.add(bytes('x'.repeat(1 << 20)));
    transcript.add(bytes(' last'));
    transcript.goTo(place);
    expect(transcript.take('first')).toBeNull();
    transcript.begin();
    expect(transcript.take('last')?.[0]).toBe('last');
  });
});
