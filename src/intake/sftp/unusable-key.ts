/** Thrown for a text that is no key of the kind wanted. The message quotes nothing of it. */
export class UnusableKeyError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'UnusableKeyError';
  }
}
