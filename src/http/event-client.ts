/** Where events are written to; an HTTP response. */
export interface EventSink {
  write(text: string): unknown;
  end(): unknown;
  /** Ends the connection without a word. */
  destroy(): unknown;
  /** What has been written and not taken yet, in bytes. */
  readonly writableLength: number;
}

/** More events in a second are only counted, so that a page survives any rate of calls. */
const MOST_PER_SECOND = 50;
const SECOND_MS = 1_000;

/** What may wait for a client that does not read. */
const MOST_WAITING_BYTES = 262_144;

/** One client of the event feed. */
export class EventClient {
  readonly #sink: EventSink;
  readonly #types: ReadonlySet<string>;
  readonly #onDropped: () => void;
  /** Of what came in this second and was not told, how much of each type. */
  readonly #untold = new Map<string, number>();
  #secondEndsAtMs = 0;
  #toldInSecond = 0;
  #summary: NodeJS.Timeout | undefined;

  /** @param onDropped is told that the client does not read and was cut off; nothing may be offered to it any more. */
  constructor(sink: EventSink, types: ReadonlySet<string>, onDropped: () => void) {
    this.#sink = sink;
    this.#types = types;
    this.#onDropped = onDropped;
  }

  /** Tells the client of an event, or counts it for the summary at the end of the second. */
  offer(type: string, text: string): void {
    if (!this.#types.has(type)) return;
    const nowMs = Date.now();
    if (nowMs >= this.#secondEndsAtMs) {
      this.#secondEndsAtMs = nowMs + SECOND_MS;
      this.#toldInSecond = 0;
    }
    if (this.#toldInSecond < MOST_PER_SECOND) {
      this.#toldInSecond += 1;
      this.#write(text);
      return;
    }
    this.#untold.set(type, (this.#untold.get(type) ?? 0) + 1);
    this.#summary ??= setTimeout(() => {
      this.#summarize();
    }, this.#secondEndsAtMs - nowMs);
  }

  /** Shows that the connection is alive, so that nobody on the way takes it for idle. */
  beat(): void {
    this.#write(': heartbeat\n\n');
  }

  /** Ends the connection. */
  end(): void {
    this.forget();
    this.#sink.end();
  }

  /** The connection is gone. */
  forget(): void {
    clearTimeout(this.#summary);
  }

  #summarize(): void {
    this.#summary = undefined;
    const summary = { type: 'summary', counts: Object.fromEntries(this.#untold) };
    this.#untold.clear();
    this.#write(`event: summary\ndata: ${JSON.stringify(summary)}\n\n`);
  }

  #write(text: string): void {
    if (this.#sink.writableLength <= MOST_WAITING_BYTES) {
      this.#sink.write(text);
      return;
    }
    // A last word would only wait with the others, and a connection that is merely ended stays open until they are taken.
    this.#sink.destroy();
    this.#onDropped();
  }
}
