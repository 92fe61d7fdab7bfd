/**
 * Reads a lesson from Markdown (docs/write-a-lesson.md); every error names the file and the line. The machine stands in the
 * front matter, the steps in fenced blocks: together they are a scenario, which is read as one (scenario-file.ts).
 */
import { lexer, type Token, type Tokens } from 'marked';
import { parseDocument, isSeq } from 'yaml';
import { ok, refuse, type Result } from '../base/result.ts';
import type { Block, Lesson, LessonStep, Question } from '../protocol/lesson.ts';
import type { Scenario } from '../protocol/scenario.ts';
import type { Step } from '../protocol/step.ts';
import { blocks, FENCES, inlines, plainText } from './lesson-markdown.ts';
import { problemOf, type Fence } from './lesson-rules.ts';
import { parseScenario } from './scenario-file.ts';

/** A lesson is written by a person; what is larger is another file by mistake. */
const LARGEST = 256 * 1024;
const HINT = 'the format is described in docs/write-a-lesson.md';
const PARTS = ['predict', 'do', 'seen', 'why'] as const;
type Part = 'text' | (typeof PARTS)[number];

/** A block of steps, by its kind and the line of its first step. */
interface Fenced {
  readonly fence: Fence;
  readonly line: number;
  readonly text: string;
  readonly steps: number;
}

/** A step of the lesson as it is read. */
interface Draft {
  readonly title: string;
  readonly line: number;
  readonly parts: Partial<Record<Part, Token[]>>;
  readonly fenced: Fenced[];
}

interface Problem {
  readonly line: number;
  readonly message: string;
}

/**
 * The lesson that `text` says. `fileName`: a path or an address, of which the last part names the lesson. Refused as
 * `bad-lesson`, with one line for each mistake: `FILE:LINE: what is wrong`.
 */
export function parseLesson(text: string, fileName: string): Result<Lesson> {
  if (text.length > LARGEST) {
    const reason = `${fileName}: ${text.length} characters; a lesson has at most ${LARGEST}`;
    return refuse('bad-lesson', reason, HINT);
  }
  const lines = text.replace(/^\ufeff/, '').split(/\r\n?|\n/);
  const end =
    lines[0]?.trimEnd() === '---' ? lines.findIndex((line, i) => i > 0 && /^---\s*$/.test(line)) : -1;
  if (end < 0) {
    const reason = `${fileName}:1: a lesson begins with its machine, between two lines of ---`;
    return refuse('bad-lesson', reason, HINT);
  }
  const reading = new Reading(end + 1);
  reading.read(lexer(lines.slice(end + 1).join('\n')));
  const { problems } = reading;
  const scenario = scenarioOf(lines, end, reading.drafts, fileName);
  const told = problems.map(({ line, message }) => `${fileName}:${line}: ${message}`);
  // What is no list of steps cannot be read among the others.
  if (told.length > 0) return refuse('bad-lesson', told.join('\n'), HINT);
  if (!scenario.ok) return { ok: false, error: { ...scenario.error, code: 'bad-lesson', hint: HINT } };
  return reading.lesson(scenario.value, fileName);
}

/** Front matter and fenced blocks as one scenario, each line where it stands in the lesson. */
function scenarioOf(
  lines: readonly string[],
  end: number,
  drafts: readonly Draft[],
  fileName: string,
): Result<Scenario> {
  const yaml = lines.map((line, i) => (i > 0 && i < end ? line : ''));
  const fenced = drafts.flatMap((draft) => draft.fenced);
  yaml[0] = `name: ${nameOf(fileName)}`;
  if (fenced.length > 0) yaml[end] = 'steps:';
  for (const { line, text } of fenced) {
    for (const [i, one] of text.split('\n').entries()) yaml[line - 1 + i] = one;
  }
  return parseScenario(yaml.join('\n'), fileName);
}

/** What the file is called, as far as that can name a scenario. */
function nameOf(fileName: string): string {
  const last =
    fileName
      .replace(/[?#].*$/, '')
      .split(/[/\\]/)
      .at(-1) ?? '';
  const name = last
    .toLowerCase()
    .replace(/\.(md|markdown|txt)$/, '')
    .replaceAll(/[^a-z0-9-]+/g, '-');
  // A number alone would be one, and no name.
  const plain = name.replace(/^-+/, '').slice(0, 60);
  return /[a-z]/.test(plain) ? `'${plain}'` : 'lesson';
}

class Reading {
  readonly problems: Problem[] = [];
  readonly drafts: Draft[] = [];
  #title = '';
  #about = '';
  #line: number;
  #part: Part = 'text';

  /** `line`: how many lines come before. */
  constructor(line: number) {
    this.#line = line + 1;
  }

  read(tokens: readonly Token[]): void {
    for (const token of tokens) {
      // A token's raw text is all of its lines, and some blank ones before.
      const blank = /^\n*/.exec(token.raw)?.[0].length ?? 0;
      this.#token(token, this.#line + blank);
      this.#line += token.raw.split('\n').length - 1;
    }
    if (this.#title === '') this.#problem(1, 'there is no title: a line that begins with "# "');
    else if (this.#about === '')
      this.#problem(1, 'under the title there is no sentence that says what it is about');
    if (this.drafts.length === 0) this.#problem(1, 'there is no step: a line that begins with "## "');
    for (const draft of this.drafts) this.#wholeness(draft, draft === this.drafts.at(-1));
  }

  lesson(scenario: Scenario, fileName: string): Result<Lesson> {
    const left = [...scenario.steps];
    const steps = this.drafts.map((draft) => this.#step(draft, left));
    if (this.problems.length > 0) {
      const told = this.problems.map(({ line, message }) => `${fileName}:${line}: ${message}`);
      return refuse('bad-lesson', told.join('\n'), HINT);
    }
    const { name } = scenario;
    return ok({ name, title: this.#title, about: this.#about, scenario, steps });
  }

  #problem(line: number, message: string): void {
    this.problems.push({ line, message });
  }

  #token(token: Token, line: number): void {
    const draft = this.drafts.at(-1);
    if (token.type === 'heading' && token.depth <= 3) {
      const { depth } = token as Tokens.Heading;
      const words = plainText(inlines(token.tokens ?? [], () => undefined));
      if (depth === 1) this.#beginLesson(words, line);
      else if (depth === 2) this.#beginStep(words, line);
      else this.#beginPart(words, line);
    } else if (token.type === 'space' || token.type === 'def') {
      return;
    } else if (draft === undefined) {
      if (token.type !== 'paragraph') return;
      if (this.#about !== '') this.#problem(line, 'what is told before the first "## " is one paragraph');
      this.#about ||= plainText(inlines(token.tokens ?? [], () => undefined)).replaceAll(/\s+/g, ' ');
    } else if (token.type === 'code' && FENCES.test((token as Tokens.Code).lang ?? '')) {
      this.#fence(draft, token as Tokens.Code, line);
    } else {
      (draft.parts[this.#part] ??= []).push(token);
      // For what it tells of the line alone.
      blocks([token], (what) => this.#problem(line, `${what} is not shown in a lesson`));
    }
  }

  #beginLesson(words: string, line: number): void {
    if (this.#title !== '') this.#problem(line, 'a lesson has one title; a step begins with "## "');
    this.#title ||= words;
  }

  #beginStep(title: string, line: number): void {
    this.#part = 'text';
    this.drafts.push({ title, line, parts: {}, fenced: [] });
  }

  #beginPart(words: string, line: number): void {
    const part = PARTS.find((known) => known === words.toLowerCase());
    const draft = this.drafts.at(-1);
    if (part === undefined || draft === undefined) {
      this.#problem(line, `"### ${words}" is no part of a step: they are Predict, Do, Seen and Why`);
      return;
    }
    if (draft.parts[part]) this.#problem(line, `"### ${words}" stands twice in this step`);
    draft.parts[part] = [];
    this.#part = part;
  }

  #fence(draft: Draft, token: Tokens.Code, line: number): void {
    const fence = token.lang as Fence;
    const told = `\`\`\`${fence}`;
    if (this.#part !== 'do') this.#problem(line, `${told} stands outside of a "### Do"`);
    if (draft.fenced.some((other) => other.fence === fence))
      this.#problem(line, `${told} stands twice in this step`);
    const document = parseDocument(token.text, { prettyErrors: false });
    const steps = isSeq(document.contents) ? document.contents.items.length : 0;
    if (document.errors.length > 0 || steps === 0 || !/^(#.*\n|\s*\n)*- /.test(token.text))
      this.#problem(line, `${told} is no list of steps, each beginning with "- " at the margin`);
    else draft.fenced.push({ fence, line: line + 1, text: token.text, steps });
  }

  /** Whether it has what belongs together. */
  #wholeness({ title, line, parts, fenced }: Draft, last: boolean): void {
    const has = (fence: Fence): boolean => fenced.some((other) => other.fence === fence);
    if (title === '') this.#problem(line, 'the step has no title');
    if (parts.do && this.problems.length === 0 && !(has('do') && has('check')))
      this.#problem(line, 'what is to be done needs a ```do, which does it, and a ```check, which sees it');
    if (parts.predict && !parts.do)
      this.#problem(line, '"### Predict" asks before a "### Do", and there is none');
    if (parts.seen && !parts.do && !parts.why)
      this.#problem(line, '"### Seen" tells what came of a "### Do" or a "### Why", and there is none');
    if (parts.why && !last) this.#problem(line, '"### Why" is asked in the last step alone');
    if (parts.why && parts.do) this.#problem(line, '"### Why" stands in a step of its own, without "### Do"');
    if (last && !parts.why) this.#problem(line, 'the last step asks no "### Why"');
  }

  #step(draft: Draft, left: Step[]): LessonStep {
    const { title, parts } = draft;
    const of: Record<Fence, readonly Step[]> = { before: [], do: [], check: [] };
    for (const { fence, steps, line } of draft.fenced) {
      of[fence] = left.splice(0, steps);
      for (const step of of[fence]) {
        const problem = problemOf(fence, step);
        if (problem !== null) this.#problem(line, `in \`\`\`${fence}: ${problem}`);
      }
    }
    return {
      title,
      text: shown(parts.text),
      predict: this.#question(parts.predict, draft),
      task: parts.do ? { text: shown(parts.do), before: of.before, deeds: of.do, check: of.check } : null,
      why: this.#question(parts.why, draft),
      seen: shown(parts.seen),
    };
  }

  /** Its choices are a list of tasks, of which one is done. */
  #question(tokens: readonly Token[] | undefined, { line }: Draft): Question | null {
    if (tokens === undefined) return null;
    const lists = tokens.filter(
      (token): token is Tokens.List =>
        token.type === 'list' && (token as Tokens.List).items.some((item) => item.task),
    );
    const items = lists.flatMap((list) => list.items);
    const right = items.findIndex((item) => item.checked);
    if (
      items.length < 2 ||
      items.some((item) => !item.task) ||
      items.filter((item) => item.checked).length !== 1
    )
      this.#problem(line, 'a question has two answers or more, "- [ ] " each, and "- [x] " the right one');
    return {
      text: shown(tokens.filter((token) => !lists.includes(token as Tokens.List))),
      choices: items.map((item) => inlines(item.tokens, () => undefined)),
      right,
    };
  }
}

const shown = (tokens: readonly Token[] = []): readonly Block[] => blocks(tokens, () => undefined);
