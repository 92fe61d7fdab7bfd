/** Which scenario the page's address asks for. */

/** A scenario's file name without its ending, as scenarios are named (protocol/scenario.ts). */
const NAME = /^[a-z0-9][a-z0-9-]{0,63}$/;

/**
 * The address, relative to the page, of the scenario in `?scenario=NAME`; null when none is asked for. What is no name of
 * a scenario is asked for all the same, as a name that no file has: the page then says that there is no such scenario.
 */
export function askedScenario(query: string): string | null {
  const name = new URLSearchParams(query).get('scenario');
  if (name === null) return null;
  return `scenarios/${NAME.test(name) ? name : encodeURIComponent(name).slice(0, 64)}.yaml`;
}

/** The lesson in `?lesson=`, a name or an address (lesson-source.ts), and the index of the step in `&step=`, from 1 on; null: none. */
export function askedLesson(query: string): { readonly lesson: string; readonly step: number } | null {
  const asked = new URLSearchParams(query);
  const lesson = asked.get('lesson');
  return lesson === null ? null : { lesson, step: Number(asked.get('step') ?? 1) - 1 };
}

/** The page's address with another lesson, or none, in it; nothing else that it asks for is opened with a lesson. */
export function addressWithLesson(address: string, lesson: string | null, step: number): string {
  const url = new URL(address);
  if (lesson === null) {
    url.searchParams.delete('lesson');
    url.searchParams.delete('step');
    return url.href;
  }
  url.searchParams.set('lesson', lesson);
  url.searchParams.set('step', String(step + 1));
  url.searchParams.delete('scenario');
  if (isShareFragment(url.hash)) url.hash = '';
  return url.href;
}

/** Whether the page's fragment claims to be a machine (share-link.ts): of this version or another one. */
export const isShareFragment = (fragment: string): boolean => /^#v\d+=/.test(fragment);
