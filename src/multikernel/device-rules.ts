/** The rules for devices of the pool: each exists, and is named once. */
import { ok, refuse, type Result } from '../base/result.ts';
import type { MachineState } from './validation.ts';

export function checkDevices(
  state: MachineState,
  who: string,
  names: readonly string[],
): Result<readonly string[]> {
  const { devices } = state;
  const again = names.find((name, index) => names.indexOf(name) < index);
  if (again !== undefined)
    return refuse('device-twice', `${who}: the device ${again} is given twice`, 'name each device once');
  for (const name of names) {
    if (devices.includes(name)) continue;
    return refuse(
      'no-such-device',
      `${who} cannot have ${name}: the pool has ${devices.length === 0 ? 'no devices' : devices.join(', ')}`,
      devices.length === 0
        ? 'leave --devices out; a console, timer and interrupt controller every instance has'
        : 'name one of them',
    );
  }
  return ok(names);
}
