/** Thrown for a request in which no CDR can be read. The message is for the sender and quotes none of the body. */
export class UnreadableBodyError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'UnreadableBodyError';
  }
}

/** Thrown for a request that holds more than is read at once. The message says what to do. */
export class TooLargeBodyError extends UnreadableBodyError {
  constructor(message: string) {
    super(message);
    this.name = 'TooLargeBodyError';
  }
}
