/** `npm run bench`: every measurement, or the ones named: speed, idle, kill, page. Wrong outputs fail; figures are printed. */
import { measureIdle } from './idle.ts';
import { measureKill } from './kill.ts';
import { measurePage } from './page.ts';
import { measureSpeed } from './speed.ts';

/** What the script around the bundle knows: where the page is served, and the browser. */
export interface BenchContext {
  readonly names: readonly string[];
  readonly page: { readonly url: string; readonly executablePath: string } | null;
}

export async function bench(context: BenchContext): Promise<boolean> {
  const say = (line: string): void => console.log(line);
  const wanted = (name: string): boolean => context.names.length === 0 || context.names.includes(name);
  let right = true;
  if (wanted('idle')) await measureIdle(say);
  if (wanted('speed')) right = await measureSpeed(say);
  if (wanted('kill')) right = (await measureKill(say)) && right;
  if (wanted('page') && context.page !== null) {
    await measurePage(context.page.url, context.page.executablePath, say);
  }
  return right;
}
