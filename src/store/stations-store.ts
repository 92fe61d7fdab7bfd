/** The message whose stations are walked, and at which the person stands. */
import { create } from 'zustand';
import { STATIONS, type MessageQuery, type MessageStations, type Station } from '../protocol/stations.ts';
import { useMachine } from './machine-store.ts';

interface StationsState {
  /** Null: nobody walks. */
  readonly message: MessageStations | null;
  readonly station: Station;
}

export const useStations = create<StationsState>()(() => ({ message: null, station: 'publish' }));

let asked = 0;

/**
 * Shows the message of a query, at the station where the person stands already, else at the first. False: there is none, or
 * another was asked for meanwhile.
 */
export async function walkMessage(query: MessageQuery): Promise<boolean> {
  const { machine } = useMachine.getState();
  asked += 1;
  const mine = asked;
  const message = (await machine?.ask((services) => services.message(query))) ?? null;
  if (message === null || mine !== asked || useMachine.getState().machine !== machine) return false;
  const { message: before, station } = useStations.getState();
  useStations.setState({ message, station: before ? station : STATIONS[0] });
  return true;
}

/** The message before or after the one that is shown; where none is, the last one. */
export const walkOn = (way: 'next' | 'previous'): Promise<boolean> => {
  const { message } = useStations.getState();
  const sequence = message?.publish.sequence ?? null;
  return walkMessage({ way: message ? way : 'previous', sequence, between: null });
};

export function goToStation(station: Station): void {
  useStations.setState({ station });
}

export function leaveStations(): void {
  asked += 1;
  useStations.setState({ message: null });
}

/** Where a station happened: the core, or the number of cores: the controller; null: not known. */
export function laneOfStation(message: MessageStations, station: Station): number | null {
  switch (station) {
    case 'fill':
    case 'publish':
      return message.publish.lane;
    case 'doorbell':
      return message.doorbell?.lane ?? null;
    case 'pending':
      return message.rang;
    case 'trap':
      return message.trap?.lane ?? null;
    case 'drain':
      return message.drain?.lane ?? null;
  }
}

/** The kernel that a station belongs to; null: the controller, or not known. */
export const kernelOfStation = ({ from, to }: MessageStations, station: Station): number | null =>
  station === 'fill' || station === 'publish' || station === 'doorbell' ? from : to;

/** What is lit on the board: the core and the kernel of the station, and the message's channel. */
export const litCore = ({ message, station }: StationsState): number | null =>
  message && laneOfStation(message, station);
export const litKernel = ({ message, station }: StationsState): number | null =>
  message && kernelOfStation(message, station);
export const litChannel = ({ message }: StationsState): number | null => message?.channel ?? null;
