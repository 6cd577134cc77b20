/** Why a delivery is cut off, as the reason of an AbortSignal: a stop of the router. */
export const ROUTER_STOPPED = new Error('the router stopped');

/** Its lease could not be renewed in time. */
export const LEASE_LOST = new Error('its lease ran out, and another router may be sending it');

/** What an attempt that was cut off is on record with. */
export function cutOffMessage({ reason }: AbortSignal): string {
  return `cut off because ${reason === LEASE_LOST ? LEASE_LOST.message : ROUTER_STOPPED.message}`;
}
