import type { Readable } from 'node:stream';
import type { RecordingLink } from '../../cdr/cdr.ts';
import type { AskedRecording } from '../../cdr/recordings.ts';
import { checkPermit, sealPermit, type Permitted, type PermitState } from './permits.ts';
import { RecordingFolder, RecordingRefusedError } from './recording-folder.ts';
import { readRecordingName, recordingName, type RecordingName } from './recording-name.ts';
import type { RecordingSettings } from './recording-settings.ts';

/** How long a link is good that somebody who administers has asked for. */
const ASKED_LINK_MS = 3_600_000;

/** A CDR as far as its recordings are told by it. */
export interface RecordedCdr {
  readonly id: string;
  /** As its vendor names them. */
  readonly files: readonly string[];
}

/** A recording that a CDR names. */
export interface NamedRecording {
  readonly file: string;
  readonly name: string;
  /** `undefined` as long as it is not here. */
  readonly bytes: number | undefined;
}

/** What tells of recordings. */
export interface RecordingObserver {
  /** A recording is kept. */
  recordingKept(name: string, bytes: number): void;
  /** A recording was not taken. */
  recordingRefused(name: string, reason: string): void;
  /** One could not be kept, or the folder could not be read or tidied up. */
  recordingFailed(error: unknown): void;
}

/** What recordings need. */
export interface RecordingsOptions {
  readonly settings: RecordingSettings;
  readonly key: Buffer;
  /** Epoch milliseconds. */
  readonly clock: () => number;
  readonly observer: RecordingObserver;
}

/** The recordings of calls: the addresses by which they are sent and read, and the folder in which they are kept. */
export class Recordings {
  readonly folder: RecordingFolder;
  readonly #settings: RecordingSettings;
  readonly #key: Buffer;
  readonly #clock: () => number;
  readonly #observer: RecordingObserver;

  constructor({ settings, key, clock, observer }: RecordingsOptions) {
    this.folder = new RecordingFolder(settings.directory, settings);
    this.#settings = settings;
    this.#key = key;
    this.#clock = clock;
    this.#observer = observer;
  }

  /** How long they are kept. */
  get retentionMs(): number {
    return this.#settings.retentionMs;
  }

  /**
   * Those of a CDR's recordings that are not here yet, each with the address where it may be sent once. None when the folder
   * cannot be read: the CDR is taken all the same.
   */
  async missingOf(cdr: RecordedCdr): Promise<AskedRecording[]> {
    const { uploadUrl, uploadMs } = this.#settings;
    const endsAtMs = this.#clock() + uploadMs;
    const named = await this.namedBy(cdr).catch((error: unknown) => {
      this.#observer.recordingFailed(error);
      return [];
    });
    return named
      .filter(({ bytes }) => bytes === undefined)
      .map(({ file, name }) => ({ file, url: uploadUrl + this.#path('send', name, endsAtMs) }));
  }

  /** The recordings that a CDR names, here or not. */
  namedBy({ id, files }: RecordedCdr): Promise<NamedRecording[]> {
    return Promise.all(
      files.map(async (file, number) => {
        const text = recordingName(id, number, file);
        const name = readRecordingName(text);
        return { file, name: text, bytes: name && (await this.folder.bytesOf(name)) };
      }),
    );
  }

  /** Links to a CDR's recordings, here or not. They are the same whenever they are made: a repeated delivery has the same. */
  linksOf({ id, files }: RecordedCdr, receivedAtMs: number): RecordingLink[] {
    const { publicUrl, linkMs } = this.#settings;
    const endsAtMs = receivedAtMs + linkMs;
    return files.map((file, number) => ({
      file,
      url: publicUrl + this.#path('read', recordingName(id, number, file), endsAtMs),
      expiresAt: new Date(endsAtMs).toISOString(),
    }));
  }

  /** The path of a recording, good for an hour. */
  pathFor(name: string): string {
    return this.#path('read', name, this.#clock() + ASKED_LINK_MS);
  }

  /** Looks whether a permit allows something with a recording now. */
  check(permit: string, permitted: Permitted, { text: name }: RecordingName): PermitState {
    return checkPermit(this.#key, permit, { permitted, name }, this.#clock());
  }

  /** Whether a recording may still be sent: its CDR has come a short while ago. */
  isAwaited({ receivedAtMs }: RecordingName): boolean {
    return this.#clock() < receivedAtMs + this.#settings.uploadMs;
  }

  /** Keeps a recording; see `RecordingFolder.keep`. */
  async keep(name: RecordingName, content: Readable, announcedBytes?: number): Promise<number> {
    try {
      const bytes = await this.folder.keep(name, content, announcedBytes);
      this.#observer.recordingKept(name.text, bytes);
      return bytes;
    } catch (error) {
      if (error instanceof RecordingRefusedError) this.#observer.recordingRefused(name.text, error.reason);
      else this.#observer.recordingFailed(error);
      throw error;
    }
  }

  /** Removes recordings of before a time. */
  purge(beforeMs: number): Promise<number> {
    return this.folder.purge(beforeMs);
  }

  #path(permitted: Permitted, name: string, endsAtMs: number): string {
    return `/recordings/${sealPermit(this.#key, permitted, name, endsAtMs)}/${name}`;
  }
}
