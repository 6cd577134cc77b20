import type { JsonValue } from '../../check/json-text.ts';

/** Longer texts are not searched by a mapping's patterns. */
const MAX_SEARCHED_CHARACTERS = 4_096;

/** A scalar as text; `undefined` for arrays, objects and null. */
export function scalarText(value: JsonValue | undefined): string | undefined {
  if (typeof value === 'string') return value;
  return typeof value === 'number' || typeof value === 'boolean' ? String(value) : undefined;
}

/** A number, also one that arrives as text; `undefined` for what is none. */
export function numberOf(value: JsonValue | undefined): number | undefined {
  if (typeof value === 'number') return Number.isFinite(value) ? value : undefined;
  const isNumber = typeof value === 'string' && /^-?\d{1,20}(?:\.\d{1,20})?$/.test(value.trim());
  return isNumber ? Number(value) : undefined;
}

/**
 * Whom a header, an address or a number names: the user part of a SIP, tel or (Twilio) client address, with or without a display name
 * (RFC 3261 §20.10, RFC 3966); a number without the spaces and dashes it is written with. Anything else stays as it is.
 */
export function partyOf(text: string): string | undefined {
  const searched = text.slice(0, MAX_SEARCHED_CHARACTERS);
  const user = (/<([^<>]*)>/.exec(searched)?.[1] ?? searched)
    .trim()
    .replace(/^(?:sips?|tel|client):/i, '')
    .replace(/[;?].*$/s, '')
    .replace(/@.*$/s, '')
    // A user part may carry a password (RFC 3261 §19.1.1).
    .replace(/^([^:]*):.*$/s, '$1')
    .trim();
  const isNumber = /^\+?[\d\s().-]+$/.test(user) && /\d/.test(user);
  const party = isNumber ? user.replaceAll(/[\s().-]/g, '') : user;
  return party === '' ? undefined : party;
}

/** A text whose `%XX` are resolved once; as it is when that cannot be. */
export function percentDecoded(text: string): string {
  if (!text.includes('%')) return text;
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/**
 * The IPv4 address in an integer of 32 bits, signed or not, whose lowest byte is the address's first, as Cisco writes it:
 * -1139627840 is 192.168.18.188 (Call Detail Records Administration Guide, "IP Addresses"). `undefined` for 0, which
 * stands for none, and for what is no such integer.
 */
export function reversedAddressOf(text: string): string | undefined {
  const number = numberOf(text);
  const isAddress =
    Number.isInteger(number) && number !== undefined && number >= -0x8000_0000 && number < 0x1_0000_0000;
  if (!isAddress || number === 0) return undefined;
  return [0, 8, 16, 24].map((shift) => (number >>> shift) & 0xff).join('.');
}

/** The first group of a pattern in a text. */
export function extracted(text: string, pattern: RegExp): string | undefined {
  return pattern.exec(text.slice(0, MAX_SEARCHED_CHARACTERS))?.[1];
}
