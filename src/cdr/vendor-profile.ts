import type { JsonObject, JsonValue } from '../check/json-text.ts';
import type { CallMap } from './call.ts';
import type { DecodeSettings } from './decode/decode.ts';
import type { When } from './mapping/condition.ts';
import type { Expression } from './mapping/expression.ts';
import type { SplitProfile } from './split.ts';

/** What a sender expects to hear when its CDR is safe. */
export interface VendorAnswer {
  readonly status: number;
  readonly contentType: string;
  /** Sent as JSON, but a text under another content type as it is. */
  readonly body: JsonValue;
}

/** Requests that are no CDR and have to be answered in their own way. */
export type HandshakeName =
  'zoom-url-validation' | 'ringcentral-validation-token' | 'graph-validation-token' | 'firehose';

/**
 * A secret that travels with each request: a header, a query parameter or a member of the body (a path; of a list on the way every
 * item needs it).
 */
export interface TokenVerification {
  readonly token: { readonly in: 'header' | 'query' | 'body'; readonly name: string };
}

/** A keyed hash over the request. */
export interface HmacVerification {
  readonly hmac: {
    readonly algorithm: 'sha1' | 'sha256' | 'sha512';
    /** The header the signature is in. */
    readonly header: string;
    /** What stands before the signature there, such as `v0=`. */
    readonly prefix?: string;
    readonly encoding: 'hex' | 'base64';
    /**
     * What is signed, with `{body}`, `{body.<path>}`, `{timestamp}`, `{url}`, `{encodedUrl}` and `{secret}` in it; `{body}`
     * when left out.
     */
    readonly signed?: string;
    /** The header with the time of sending: epoch seconds or milliseconds, or a text. */
    readonly timestampHeader?: string;
    /** How far that may be from now. */
    readonly toleranceSeconds?: number;
  };
}

/** A vendor's way of signing that is like no other's. */
export interface SchemeVerification {
  readonly scheme: 'twilio' | 'plivo-v3' | 'telnyx-ed25519' | 'vonage-jwt' | 'dialpad-jwt';
}

/** How a request is shown to be the vendor's; the secret itself is in the configuration. */
export type Verification = TokenVerification | HmacVerification | SchemeVerification;

/** Where the CDRs of a vendor name their recordings, and how the vendor is asked to send them. */
export interface RecordingsProfile {
  /** Path of the list of recordings in a CDR. */
  readonly list: string;
  /** Path of the file name or address in each of them. */
  readonly file: string;
  /** How it is asked for them in the answer to a CDR; it cannot be asked when left out. */
  readonly ask?: AskProfile;
}

/** How a vendor is asked for recordings. */
export interface AskProfile {
  /** The member of the answer that lists what is asked for. */
  readonly list: string;
  /** What stands there for each recording: its texts may have `{file}` and `{url}` in them. */
  readonly item: JsonValue;
}

/** A vendor's profile as `schemas/vendors/<vendor>/vendor.json` holds it; `schemas/vendor.schema.json` explains it. */
export interface VendorProfile {
  readonly vendor: string;
  readonly title: string;
  readonly description: string;
  readonly basis: 'document' | 'record' | 'inference';
  readonly documents: readonly string[];
  readonly decode?: DecodeSettings;
  readonly split?: SplitProfile | readonly SplitProfile[];
  /** Paths, in what is sent, of secrets that are to go no further. */
  readonly redact?: readonly string[];
  readonly identify?: JsonObject;
  readonly ignore?: readonly { readonly when: When; readonly why: string }[];
  readonly identity?: { readonly id: Expression; readonly revision?: Expression };
  readonly answer?: VendorAnswer;
  readonly handshake?: HandshakeName;
  readonly verification?: Verification;
  readonly recordings?: RecordingsProfile;
  readonly zone?: string;
  readonly nothing?: readonly string[];
  readonly map?: CallMap;
}
