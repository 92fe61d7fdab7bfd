/**
 * `archipelago soak`: a kernel that serves is replaced by the next one over and over, in place and beside, each time in the
 * middle of a run of requests. A round is good when each request of its run was answered and counted once. What it measures
 * is the command alone.
 */
import { STATUS } from '../protocol/channel.ts';
import { timed, type Rounds, type RoundsOptions, type SoakMachine } from './soak-machine.ts';

/** Requests of a run, and how many of them are due in a second. */
const REQUESTS = 1000;
const RATE = 2000;
/** How often a run is begun again that was over before the hand-over. */
const MOST_RUNS = 10;

/**
 * In place: beta by `exec --kho`. Requests that it had not answered are lost with it, so alpha repeats what is not answered
 * in a second; every run is a new one, so that no window of alpha's is full when its hand-over begins.
 */
export async function inPlaceRounds(soak: SoakMachine, { image }: RoundsOptions): Promise<Rounds> {
  await soak.create(image, '', { alpha: '--cpus 0-1', beta: '--cpus 2-3 --peer alpha' });
  for (const name of ['beta', 'alpha']) await soak.exec(name);
  await soak.type('beta', 'serve on');
  const clients = new Clients(soak);
  const round = async (): Promise<number> => {
    await soak.kerf('load beta --kernel islet.img');
    return clients.around('beta', 'beta', 'exec beta --kho', ' retry');
  };
  return { what: 'hand-overs in place', round, remark: () => clients.text() };
}

/** Beside: from beta to gamma and back, the old one killed and started anew each time. Nothing is asked twice, nor dropped. */
export async function besideRounds(soak: SoakMachine, { image }: RoundsOptions): Promise<Rounds> {
  await soak.create(image, '', {
    alpha: '--cpus 0-1',
    beta: '--cpus 2 --peer alpha',
    gamma: '--cpus 3 --peer alpha,beta',
  });
  for (const name of ['gamma', 'beta', 'alpha']) await soak.exec(name);
  await soak.type('beta', 'serve on');
  const clients = new Clients(soak);
  let [from, to] = ['beta', 'gamma'];
  const round = async (): Promise<number> => {
    const taken = await clients.around(from, to, `handover ${from} ${to}`, '');
    await soak.kerf(`kill ${from}`);
    await soak.exec(from);
    [from, to] = [to, from];
    return taken;
  };
  return { what: 'hand-overs beside', round, remark: () => clients.text() };
}

class Clients {
  readonly #soak: SoakMachine;
  /** Nanoseconds: the longest that any run had to wait for its next answer. */
  #silence = 0;
  #late = 0;

  constructor(soak: SoakMachine) {
    this.#soak = soak;
  }

  /** A command that makes `to` serve instead of `from`, in the middle of a run of requests. */
  async around(from: string, to: string, command: string, retry: string): Promise<number> {
    const soak = this.#soak;
    const served = await this.#begin(from, retry);
    let output = '';
    const taken = await timed(async () => (output = await soak.kerf(command)));
    if (!output.includes('as before')) soak.fail(`${command}: the state is not what it was: ${output}`);
    await soak.until(
      'alpha',
      'did not hear the end of its requests after a hand-over',
      (word) => word(STATUS.REQUESTS_ANSWERED) + word(STATUS.REQUESTS_DROPPED) >= REQUESTS,
    );
    const [dropped, lost, silence] = [
      await soak.word('alpha', STATUS.REQUESTS_DROPPED),
      await soak.word('alpha', STATUS.REQUESTS_LOST),
      await soak.word('alpha', STATUS.REQUESTS_BLACKOUT),
    ];
    if (dropped + lost > 0) soak.fail(`${command}: ${dropped} requests were dropped, ${lost} answers lost`);
    const counted = (await soak.word(to, STATUS.SERVED)) - served;
    if (counted !== REQUESTS) soak.fail(`${command}: of ${REQUESTS} requests ${counted} were counted`);
    this.#silence = Math.max(this.#silence, silence);
    return taken;
  }

  /**
   * Starts a run of requests and comes back when some have been answered and others are still to come; gives what `from`
   * had served before. A host that is busy may look only when the run is over: then there is another one.
   */
  async #begin(from: string, retry: string): Promise<number> {
    const soak = this.#soak;
    for (let run = 0; run < MOST_RUNS && soak.problem === ''; run++) {
      const served = await soak.word(from, STATUS.SERVED);
      await soak.type('alpha', `request ${from} ${REQUESTS} ${RATE}${retry}`);
      await soak.until(from, 'gets no requests', (word) => word(STATUS.SERVED) > served);
      if ((await soak.word(from, STATUS.SERVED)) - served < REQUESTS) return served;
      this.#late += 1;
      await soak.until(
        'alpha',
        'did not hear the end of its requests',
        (word) => word(STATUS.REQUESTS_ANSWERED) >= REQUESTS,
      );
    }
    soak.fail(
      `${MOST_RUNS} runs of requests were over before their hand-over could begin: this host is too busy`,
    );
    return 0;
  }

  text(): string {
    const late = this.#late === 0 ? '' : `; runs that were over before their hand-over began: ${this.#late}`;
    return `longest silence that a client heard: ${(this.#silence / 1e6).toFixed(1)} ms${late}`;
  }
}
