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

/** Whether the page's fragment claims to be a machine (share-link.ts): of this version or another one. */
export const isShareFragment = (fragment: string): boolean => /^#v\d+=/.test(fragment);
