/** Follows the image that `archipelago serve` watches: when the file has changed, its kernel is ended and boots it. */
import { sha256 } from '../base/sha256.ts';
import { OWN_CHANGES, type OwnNews } from '../protocol/own-kernel.ts';
import { bootSteps } from './column-actions.ts';
import type { ConnectedMachine } from './connected-machine.ts';
import { carryOut } from './kerf-steps.ts';
import { logNote, useMachine } from './machine-store.ts';

/** Asks the server that the page came from for news, for the life of the page. `page`: its address. */
export function followChanges(page: string): void {
  const source = new EventSource(new URL(OWN_CHANGES, page));
  const take = newsTaker(page);
  source.addEventListener('message', ({ data }) => void take(JSON.parse(String(data)) as OwnNews));
}

/** Takes one news after the other, in order; of those that come meanwhile, the last. Resolves when there is none left. */
export function newsTaker(page: string): (news: OwnNews) => Promise<void> {
  /** Hash of the last image that was told of: the scenario has booted the first one. */
  let known: string | null = null;
  let next: OwnNews | null = null;
  let working = Promise.resolve();
  const work = async (): Promise<void> => {
    for (let news = next; news !== null; news = next) {
      next = null;
      if (news.refused)
        logNote(`${fileOf(news)} is another file now, and no image. ${sentence(news.refused)}`);
      else if (known !== null && news.hash !== known && !(await boot(news, page))) continue;
      known = news.hash;
    }
  };
  return (news) => {
    next = news;
    working = working.then(work);
    return working;
  };
}

/** False: the image of this news is not to be had, now or any more. */
async function boot(news: OwnNews, page: string): Promise<boolean> {
  const machine = await settledMachine();
  const bytes = await fetchBytes(new URL(news.file, page));
  // It has changed again, and that news is on its way; or the server has ended, and will tell when it is there again.
  if (bytes === null || (await sha256(bytes)) !== news.hash) return false;
  const what = `${fileOf(news)} has changed: ${bytes.length} bytes, SHA-256 ${news.hash}`;
  const instance = useMachine.getState().view?.instances.find(({ name }) => name === news.kernel);
  if (instance === undefined) {
    logNote(`${what}. There is no kernel ${news.kernel} to boot it; Reset makes it anew.`);
    return true;
  }
  const place = { kind: 'kernel', instance: instance.id } as const;
  const report = await machine.ask((services) => services.describeImage(news.file, bytes, place));
  if (report?.placement?.ok !== true) {
    const error = report?.placement?.ok === false ? report.placement.error : null;
    if (error) logNote(`${what}. ${news.kernel} goes on with the one before. ${sentence(error)}`);
    return true;
  }
  logNote(`${what}. ${news.kernel} ends, and boots it.`);
  // A kernel under development may not know how to shut down.
  if (await machine.addFile(news.file, bytes))
    await carryOut(machine, bootSteps(instance, news.file, instance.cmdline, true));
  return true;
}

const fileOf = ({ file }: OwnNews): string => file.slice(file.lastIndexOf('/') + 1);

const sentence = ({ code, reason, hint }: { code: string; reason: string; hint: string }): string =>
  `Refused (${code}): ${reason}; ${hint}.`;

/** The machine on the page, once its setup is over. */
function settledMachine(): Promise<ConnectedMachine> {
  return new Promise((resolve) => {
    const look = (): boolean => {
      const { machine, settled } = useMachine.getState();
      if (machine === null || !settled) return false;
      resolve(machine);
      return true;
    };
    if (look()) return;
    const forget = useMachine.subscribe(() => {
      if (look()) forget();
    });
  });
}

async function fetchBytes(address: URL): Promise<Uint8Array<ArrayBuffer> | null> {
  try {
    const answer = await fetch(address, { cache: 'no-store' });
    return answer.ok ? new Uint8Array(await answer.arrayBuffer()) : null;
  } catch {
    return null;
  }
}
