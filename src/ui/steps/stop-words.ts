/** Why and where the machine stopped, as sentences. */
import type { MachineView } from '../../protocol/machine-view.ts';
import type { RunUntil, StopReport } from '../../protocol/stop.ts';
import { TRACE_KIND } from '../../protocol/trace.ts';
import { stepsText as text } from '../steps-text.ts';
import { text as pageText } from '../text.ts';
import { eventTitle, kernelName } from '../timeline/event-words.ts';

/** Parts of what a stop says, the most telling first; they make sense alone and together. */
export function stopParts(view: MachineView, report: StopReport): readonly string[] {
  const { why, at, time } = report;
  const head = text.ended[why];
  if (why === 'stuck') return [`${head}.`];
  const when = text.at(pageText.timeline.instant(time));
  const tail = [placeOf(report), why === 'happened' ? othersOf(report) : ''].filter((part) => part !== '');
  switch (why) {
    case 'happened':
      return [`${head}: ${whatHappened(view, report)}`, when, ...tail];
    case 'cancelled':
      return [text.notYet[at] === '' ? head : `${head}: ${text.notYet[at]}`, when, ...tail];
    default:
      return [`${head}: ${tail.join('; ')}`, when];
  }
}

export const stopSentence = (view: MachineView, report: StopReport): string =>
  stopParts(view, report).join(' · ');

function whatHappened(view: MachineView, { record, hart }: StopReport): string {
  if (!record) return '';
  const who =
    hart === null
      ? text.controller
      : record.instance === null
        ? text.core(hart)
        : text.coreOf(kernelName(view, record.instance), hart);
  if (record.kind === TRACE_KIND.SBI) return text.does(who, text.ownIpi);
  const what = eventTitle(view, { ...record, hostTime: 0 });
  return record.kind === TRACE_KIND.PUBLISH ? text.does(who, what) : text.says(who, what);
}

function placeOf({ hart, pc }: StopReport): string {
  return hart === null || pc === null ? '' : text.stands(text.core(hart), pc.symbol ?? pc.address);
}

function othersOf({ within }: StopReport): string {
  return within === null ? '' : within === 0 ? text.nobodyElse : text.within(within);
}

/** The same where there is little room: without the place, which the inspector shows. */
export function stopLine(view: MachineView, report: StopReport): string {
  const { why, within } = report;
  const parts = stopParts(view, report);
  if (why !== 'happened') return parts.join(' · ');
  return [...parts.slice(0, 2), ...(within ? [text.withinShort(within)] : [])].join(' · ');
}

/** What is under way. */
export function runSentence(view: MachineView, { at, instance }: RunUntil): string {
  return text.runs(text.running[at], instance === null ? null : kernelName(view, instance));
}
