/** What the timeline says of the span that it shows, in seconds. */
export const seconds = (text: string): number => {
  const [, number = '', unit = ''] = /([\d.,]+) (µs|ms|s)\b/.exec(text) ?? [];
  return Number(number.replaceAll(',', '')) * ({ µs: 1e-6, ms: 1e-3, s: 1 }[unit] ?? NaN);
};
