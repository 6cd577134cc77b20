/** Thrown when a template cannot be rendered from a CDR. Tells the place and the path, never a value of the CDR. */
export class TemplateError extends Error {
  /** Where in the webhook's document, as a JSON Pointer. */
  readonly pointer: string;

  /** @param what one sentence for the person who wrote the template. */
  constructor(pointer: string, what: string) {
    super(`${pointer}: ${what}`);
    this.name = 'TemplateError';
    this.pointer = pointer;
  }
}
