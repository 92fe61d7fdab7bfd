/** The one interface of the devices whose registers a guest sees. */

/** One access of a guest. Made once for each hart and used again for every access. */
export interface DeviceAccess {
  /** The hart that makes the access: physical ID, 0 … 15. */
  hart: number;
  /** The instance that owns it: its windows are private to it. */
  instance: number;
  /** Bytes from the base of the window. */
  offset: number;
  /** 1, 2, 4 or 8 bytes. */
  width: number;
  /** The value as two words of 32 bits: what is written, or where a read leaves its answer (both 0 before). */
  lo: number;
  hi: number;
}

/** A device's methods run on the hart's worker. False is an access fault; they never throw and never block. */
export interface Device {
  /** Guest-physical address of the window, and its size in bytes. */
  readonly base: number;
  readonly size: number;
  read(access: DeviceAccess): boolean;
  write(access: DeviceAccess): boolean;
}
