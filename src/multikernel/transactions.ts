/** The overlays that were applied, each a transaction `tx_N` with a status, as the kernel lists them in `overlays/`. */
import { ok, refuse, type Result } from '../base/result.ts';
import type { PlannedChange } from './changes.ts';
import type { Instance } from './instances.ts';
import { overlaySource } from './overlay-source.ts';

type TransactionStatus = 'applied' | 'failed' | 'removed';

export interface Transaction {
  readonly number: number;
  /** What asked for it: the command line, or the file. */
  readonly source: string;
  readonly changes: readonly PlannedChange[];
  status: TransactionStatus;
  /** Why it failed, or ''. */
  reason: string;
  /** What a failed one changed and could not undo, as a diff of `kerf show --format dts`; '' when nothing is left of it. */
  readonly left: string;
  /** The instances it made or changed, as they were called: a later one of the same name is another. */
  readonly instances: ReadonlyMap<string, Instance>;
}

/** So many are kept, the last ones: a machine that runs for days does not fill up with them. */
const KEPT = 64;

export class TransactionList {
  #transactions: Transaction[] = [];
  #last = 0;

  list(): readonly Transaction[] {
    return this.#transactions;
  }

  add(facts: Omit<Transaction, 'number'>): Transaction {
    this.#last += 1;
    const transaction = { ...facts, number: this.#last };
    this.#transactions = [...this.#transactions, transaction].slice(-KEPT);
    return transaction;
  }

  find(name: string): Result<Transaction> {
    const found = this.#transactions.find((each) => nameOf(each) === name);
    if (found) return ok(found);
    const [first] = this.#transactions;
    const last = this.#transactions.at(-1);
    return refuse(
      'no-such-transaction',
      `there is no transaction "${name}"`,
      first && last
        ? `those kept are ${nameOf(first)} to ${nameOf(last)}: kerf show --overlays`
        : 'no overlay has been applied yet',
    );
  }
}

export const nameOf = (transaction: Transaction): string => `tx_${transaction.number}`;

/** Path of the first fragment, as the kernel's `instance` file has it. */
const targetOf = ({ changes }: Transaction): string =>
  changes.flatMap((change) => change.fragments)[0]?.target ?? '/instances';

const sourceOf = ({ changes }: Transaction): string =>
  overlaySource(changes.flatMap((change) => change.fragments));

/** One line each, or what there is to say when there are none. */
export function transactionsText(transactions: readonly Transaction[]): string {
  if (transactions.length === 0) return 'no overlay has been applied';
  return transactions
    .map((each) => {
      const line = `${nameOf(each).padEnd(7)} ${each.status.padEnd(8)} ${targetOf(each).padEnd(22)} ${each.source}`;
      return each.reason === '' ? line : `${line}\n        ${each.reason}`;
    })
    .join('\n');
}

export function transactionsJson(transactions: readonly Transaction[]): string {
  const plain = transactions.map((each) => ({
    id: each.number,
    status: each.status,
    instance: targetOf(each),
    source: each.source,
    reason: each.reason,
    dts: sourceOf(each),
  }));
  return JSON.stringify(plain, null, 2);
}

/** One transaction: its status as a comment, then its overlay. */
export const transactionSource = (transaction: Transaction): string =>
  `// ${nameOf(transaction)}: ${transaction.status}, from ${transaction.source}\n${sourceOf(transaction)}`;
