/** What tests allow: their targets run on this machine. */
export const LOOPBACK: readonly string[] = ['127.0.0.0/8', '::1/128'];
