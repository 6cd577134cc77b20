import type { RequestHandler } from 'express';

/** An id of Hookswitch's own, or digits of any script as people write phone numbers, from seven on, whatever stands before them. */
const DIGIT_RUN = /(?:cdr|dlv|leg|run)_[0-9A-Z]{26}|\p{Nd}(?:[ \u00a0().-]{0,2}\p{Nd}){6,}/gu;

/** The date of an ISO time is no phone number, whatever follows it. */
const DATE = /^\d{4}-\d\d-\d\d(?!\d)/;

/** A text in which every phone number has only its last three digits. What else has seven digits or more is masked, too. */
export function maskedText(text: string): string {
  return text.replaceAll(DIGIT_RUN, (run) => {
    if (run.includes('_')) return run;
    const [date = ''] = DATE.exec(run) ?? [];
    const digits = run.slice(date.length).replaceAll(/\P{Nd}/gu, '').length;
    if (digits < 7) return run;
    let left = digits - 3;
    return date + run.slice(date.length).replaceAll(/\p{Nd}/gu, (digit) => ((left -= 1) < 0 ? digit : '*'));
  });
}

/** A text or a number of a JSON document. */
const TOKEN = /"[^"\\]*(?:\\.[^"\\]*)*"|-?\d[\d.eE+-]*/g;

/** JSON text with all its texts and numbers masked like `maskedText`; a number that has to be masked becomes a text. */
export function maskedJson(json: string): string {
  return json.replaceAll(TOKEN, (token) => {
    const isText = token.startsWith('"');
    // Escaped characters end in letters, or are written with digits of their own.
    if (isText && token.includes('\\')) return JSON.stringify(maskedText(JSON.parse(token) as string));
    const masked = maskedText(token);
    return isText || masked === token ? masked : `"${masked}"`;
  });
}

/** Paths under `/api/v1` whose answers show call data, in whatever case: Express does not tell one from the other. */
const CALL_DATA =
  /^\/(?:cdrs|deliveries|held-calls|match:explain|fields|templates:render|webhooks:(?:test|backtest)|webhooks\/[^/]+\/test)(?:\/|$)/i;

/** Masks the answers that show call data. */
export const maskAnswers: RequestHandler = (request, response, next) => {
  if (CALL_DATA.test(request.path)) {
    const send = response.send.bind(response);
    response.send = (body: unknown) => send(typeof body === 'string' ? maskedJson(body) : body);
  }
  next();
};
