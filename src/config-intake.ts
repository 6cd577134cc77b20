import { INTAKE_LIMITS, type IntakeLimits } from './intake/intake-limits.ts';

/** The member `intake` of a configuration. */
export type IntakeDocument = Partial<IntakeLimits> & {
  readonly maxBodiesBytes?: number;
  readonly dedupeWindowSeconds?: number;
};

/** What comes in, every default filled in. */
export interface IntakeConfig {
  readonly intakeLimits: IntakeLimits;
  /** Bytes of all bodies that are being taken in at the same time. */
  readonly maxBodiesBytes: number;
  readonly dedupeWindowMs: number;
}

/** Fills in the defaults that `schemas/config.schema.json` promises. One body of the largest size always fits in. */
export function makeIntake(document: IntakeDocument = {}): IntakeConfig {
  const { maxBodiesBytes = 268_435_456, dedupeWindowSeconds = 86_400, ...limits } = document;
  const intakeLimits = { ...INTAKE_LIMITS, ...limits };
  return {
    intakeLimits,
    maxBodiesBytes: Math.max(maxBodiesBytes, intakeLimits.maxBodyBytes),
    dedupeWindowMs: dedupeWindowSeconds * 1_000,
  };
}
