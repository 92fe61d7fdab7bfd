import { describe, expect, it } from 'vitest';
import type { MachineReader } from '../../store/machine-reader.ts';
import { FLIGHT_MS, PairFlights } from './wire-flights.ts';

function counter(): { reader: MachineReader; ring: (times: number) => void } {
  let count = 5;
  const reader = { doorbells: () => count >>> 0 } as unknown as MachineReader;
  return { reader, ring: (times) => (count += times) };
}

describe('PairFlights', () => {
  it('starts no flight for what happened before it looked', () => {
    const { reader } = counter();
    expect(new PairFlights(0, 1).sample(reader, 0)).toBe(false);
  });

  it('starts one flight for each doorbell and ends it', () => {
    const { reader, ring } = counter();
    const flights = new PairFlights(0, 1);
    flights.sample(reader, 0);
    ring(1);
    expect(flights.sample(reader, 16)).toBe(true);
    ring(1);
    flights.sample(reader, 500);
    expect(flights.starts).toHaveLength(2);
    flights.sample(reader, 500 + FLIGHT_MS + 1);
    expect(flights.starts).toHaveLength(0);
  });

  it('shows a part of a storm and says which', () => {
    const { reader, ring } = counter();
    const flights = new PairFlights(0, 1);
    for (let now = 0; now < 3000; now += 16) {
      flights.sample(reader, now);
      ring(10);
    }
    expect(flights.every).toBeGreaterThan(15);
    expect(flights.starts.length).toBeLessThanOrEqual(40);
  });
});
