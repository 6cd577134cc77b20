/** How recordings are asked for and kept; `schemas/config.schema.json` explains each member. */
export interface RecordingSettings {
  readonly directory: string;
  /** Where readers find the router, such as `https://hooks.example.com`; without a slash at the end. */
  readonly publicUrl: string;
  /** Where phone systems find it. */
  readonly uploadUrl: string;
  /** What addresses are signed with; a key in the directory when `undefined`. */
  readonly secret: string | undefined;
  readonly maxBytes: number;
  /** What is to be left of the disk for everything else. */
  readonly minFreeBytes: number;
  /** How long a recording may be sent after its CDR was answered. */
  readonly uploadMs: number;
  /** How long a link is good after its CDR was received. */
  readonly linkMs: number;
  readonly retentionMs: number;
}
