/** Why an attempt has no answer, or has failed with one of success: a code for machines, and words without a secret. */
export interface AttemptError {
  readonly code: string;
  readonly message: string;
}

/** What follows from the reason why an attempt failed. */
export interface ErrorKind {
  /** Only what is the target's own counts against it; the rest is the rules', the CDR's or this router's. */
  readonly isTargets: boolean;
  /** Whether the request may have reached the target, if it had been handed to the network whole. */
  readonly canBeSent: boolean;
  /** Whether another attempt within seconds may fare better. */
  readonly isWorthBurst: boolean;
  /** Whether no attempt can ever fare better, so that the delivery has failed. */
  readonly isFinal: boolean;
}

/** No connection, no answer in time, a broken one: the codes of Node and of the operating system. */
const NETWORK: ErrorKind = { isTargets: true, canBeSent: true, isWorthBurst: true, isFinal: false };

/** The request was not made, and seconds will not mend that; somebody who corrects the rules will. */
const NOT_MADE: ErrorKind = { isTargets: false, canBeSent: false, isWorthBurst: false, isFinal: false };

/** The codes that the relay gives itself; every other is of the network. */
const KINDS = {
  MISSING_REFERENCE: NOT_MADE,
  ERR_ADDRESS_REFUSED: NOT_MADE,
  ERR_INVALID_URL: NOT_MADE,
  /** got's, for a url that is neither http nor https. */
  ERR_UNSUPPORTED_PROTOCOL: NOT_MADE,
  /** Node's, for a header or a path with characters that HTTP has no place for. */
  ERR_INVALID_CHAR: NOT_MADE,
  ERR_UNESCAPED_CHARACTERS: NOT_MADE,
  ERR_SIGNING_SECRET: NOT_MADE,
  ERR_TLS_FILES: NOT_MADE,
  ERR_NOT_SENT: NOT_MADE,
  /** The CDR lacks what the webhook's template wants, and always will. */
  ERR_TEMPLATE: { ...NOT_MADE, isFinal: true },
  /** The account has no token, so nothing that waits for its target can be sent; its endpoint is left alone for a while. */
  ERR_TOKEN: { ...NOT_MADE, isTargets: true },
  /** By this router, in the midst of whatever the target was doing. */
  ERR_CUT_OFF: { isTargets: false, canBeSent: true, isWorthBurst: false, isFinal: false },
  /** A mistake of ours, whenever it happened. */
  ERR_INTERNAL: { isTargets: false, canBeSent: true, isWorthBurst: false, isFinal: false },
  ETIMEDOUT: NETWORK,
  ECONNRESET: NETWORK,
  ERR_UNKNOWN: NETWORK,
  /** Informational responses without end. */
  ERR_INFORMATIONAL: NETWORK,
  /** There is an answer of a status that is success, and the rest of it says otherwise. */
  ERR_NOT_SUCCESS: NETWORK,
} as const satisfies Readonly<Record<string, ErrorKind>>;

/** A code that the relay gives itself. */
export type RelayErrorCode = keyof typeof KINDS;

/** What follows from a code. The one table of them: verdict, breaker and burst read it. */
export function kindOf(code: string): ErrorKind {
  return Object.hasOwn(KINDS, code) ? KINDS[code as RelayErrorCode] : NETWORK;
}
