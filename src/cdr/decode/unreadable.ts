/** Thrown for a request in which no CDR can be read. The message is for the sender and quotes none of the body. */
export class UnreadableBodyError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'UnreadableBodyError';
  }
}
