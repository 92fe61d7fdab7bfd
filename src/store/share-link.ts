/**
 * A machine as the fragment of the page's address: `#v1=` and, in base64url, the deflated JSON of a scenario, of where it
 * stands and of the hashes of its images. A fragment is never sent to a server. What comes out of one was written by
 * anybody: its length is bounded before and while it is inflated, and everything in it is checked.
 */
import { z } from 'zod';
import { ok, refuse, type Result } from '../base/result.ts';
import type { Scenario } from '../protocol/scenario.ts';
import { parseScenario } from '../session/scenario-file.ts';
import { isServedFile, type ScenarioDocument } from '../session/scenario-document.ts';

const PREFIX = '#v1=';
/** Characters of a fragment that are looked at; chat programs and servers of short links cut off earlier. */
const LONGEST = 16_384;
/** Bytes that it may inflate to. */
const LARGEST = 256 * 1024;
const MOST_STEPS = 256;
const MOST_IMAGES = 32;
/**
 * Values in the scenario of a link: lists, objects and what is in them. A partition of MOST_STEPS steps has less than 600; what
 * has more is not given to the reader of files, which would take seconds to say all that is wrong with it.
 */
const MOST_VALUES = 1024;
/** Characters of what is wrong with a link that are told. */
const LONGEST_REASON = 600;

/** Where the machine stood when it was shared. */
interface Standing {
  readonly paused: boolean;
  /** In Repeatable mode the machine time, ticks, up to which it is to run again; null otherwise. */
  readonly at: number | null;
}

export interface Shared {
  readonly document: ScenarioDocument;
  readonly standing: Standing;
  /** SHA-256 of every image, in hex, by name. */
  readonly images: Readonly<Record<string, string>>;
}

export interface Opened {
  readonly scenario: Scenario;
  readonly standing: Standing;
  readonly images: ReadonlyMap<string, string>;
}

const envelope = z.strictObject({
  scenario: z.record(z.string(), z.unknown()),
  paused: z.boolean(),
  at: z.int().min(0).nullable(),
  images: z
    .array(z.tuple([z.string().refine(isServedFile), z.string().regex(/^[0-9a-f]{64}$/)]))
    .max(MOST_IMAGES),
});

/** The fragment; refused with `link-too-long`. */
export async function shareFragment({ document, standing, images }: Shared): Promise<Result<string>> {
  const json = JSON.stringify({ scenario: document, ...standing, images: Object.entries(images) });
  const packed = new Blob([json]).stream().pipeThrough(new CompressionStream('deflate-raw'));
  const bytes = new Uint8Array(await new Response(packed).arrayBuffer());
  const fragment = PREFIX + toBase64Url(bytes);
  if (fragment.length <= LONGEST && new Blob([json]).size <= LARGEST) return ok(fragment);
  return refuse(
    'link-too-long',
    `the link would have ${fragment.length} characters, and more than ${LONGEST} are often cut off on the way`,
    'save the machine as a file instead',
  );
}

/** What the fragment says; refused with `bad-link` and what is wrong with it. */
export async function openFragment(fragment: string): Promise<Result<Opened>> {
  if (!fragment.startsWith(PREFIX)) return badLink('it is of another version than this page reads');
  if (fragment.length > LONGEST)
    return badLink(`it has ${fragment.length} characters; a link has at most ${LONGEST}`);
  const json = await inflate(fragment.slice(PREFIX.length));
  if (!json.ok) return json;
  let read: z.infer<typeof envelope>;
  let parsed: Result<Scenario>;
  try {
    const checked = envelope.safeParse(JSON.parse(json.value));
    if (!checked.success) return badLink('what is in it is not a machine');
    read = checked.data;
    if (hasMoreValues(read.scenario, MOST_VALUES)) return badLink('it says more than a machine needs');
    // The reader of files has every check that there is, and JSON is YAML.
    parsed = parseScenario(JSON.stringify(read.scenario), 'link');
  } catch {
    return badLink('what is in it is not a machine');
  }
  if (!parsed.ok) return badLink(parsed.error.reason);
  const unfit = problemOf(parsed.value);
  if (unfit !== null) return badLink(unfit);
  const { paused, at, images } = read;
  return ok({ scenario: parsed.value, standing: { paused, at }, images: new Map(images) });
}

/** Whether there are more than `most` values in a value of JSON, however deep. */
function hasMoreValues(value: unknown, most: number): boolean {
  const found: unknown[] = [value];
  for (let i = 0; i < found.length; i++) {
    const one = found[i];
    if (typeof one !== 'object' || one === null) continue;
    const inside: unknown[] = Object.values(one);
    if (found.length + inside.length > most) return true;
    found.push(...inside);
  }
  return false;
}

/** A link makes a partition and no more; what it may name are files that are served with the page. */
function problemOf({ files, setup, steps, beats = [] }: Scenario): string | null {
  const strange = files.find((name) => !isServedFile(name));
  if (strange !== undefined) return `"${strange}" is not a file under guests/`;
  if (steps.length > 0) return 'it has steps after its setup, which a link has not';
  // Present would play them, and their patterns may be made to be searched for without end.
  if (beats.length > 0) return 'it has beats, which a link has not';
  if (setup.length > MOST_STEPS) return `it has ${setup.length} steps; a link has at most ${MOST_STEPS}`;
  const other = setup.find(({ kind }) => kind !== 'kerf' && kind !== 'isolation');
  return other === undefined ? null : `it has a step "${other.kind}", which a link has not`;
}

/** What is wrong quotes the link, whose words may be as long as all of it. */
function badLink(what: string): Result<never> {
  const told = what.length > LONGEST_REASON ? `${what.slice(0, LONGEST_REASON)} …` : what;
  return refuse(
    'bad-link',
    `The link cannot be read: ${told}.`,
    'ask for it again, or for the machine as a file',
  );
}

async function inflate(text: string): Promise<Result<string>> {
  const bytes = fromBase64Url(text);
  if (bytes === null) return badLink('it has characters that no link has, or its end is missing');
  const reader = new Blob([bytes]).stream().pipeThrough(new DecompressionStream('deflate-raw')).getReader();
  const decoder = new TextDecoder('utf-8', { fatal: true });
  let json = '';
  let size = 0;
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return ok(json + decoder.decode());
      size += value.length;
      if (size > LARGEST) {
        void reader.cancel().catch(() => undefined);
        return badLink(`it inflates to more than ${LARGEST} bytes`);
      }
      json += decoder.decode(value, { stream: true });
    }
  } catch {
    return badLink('it is damaged, or its end is missing');
  }
}

const toBase64Url = (bytes: Uint8Array): string =>
  btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(''))
    .replaceAll('+', '-')
    .replaceAll('/', '_')
    .replaceAll('=', '');

function fromBase64Url(text: string): Uint8Array<ArrayBuffer> | null {
  if (!/^[\w-]+$/.test(text) || text.length % 4 === 1) return null;
  const binary = atob(text.replaceAll('-', '+').replaceAll('_', '/'));
  return Uint8Array.from(binary, (character) => character.charCodeAt(0));
}
