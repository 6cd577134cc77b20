/** What one request may be. */
export interface IntakeLimits {
  /** Its bytes, unpacked. */
  readonly maxBodyBytes: number;
  /** The bytes of one CDR, which is read in one go. */
  readonly maxCdrBytes: number;
  readonly maxCdrsPerRequest: number;
}

/** The defaults that `schemas/config.schema.json` promises. */
export const INTAKE_LIMITS: IntakeLimits = {
  maxBodyBytes: 67_108_864,
  maxCdrBytes: 16_777_216,
  maxCdrsPerRequest: 100_000,
};
