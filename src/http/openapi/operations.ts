import type { OperationGroup } from './describe.ts';
import { CAPTURE_OPERATIONS } from './operations/captures.ts';
import { CDR_OPERATIONS } from './operations/cdrs.ts';
import { CONTENT_OPERATIONS } from './operations/contents.ts';
import { DELIVERY_OPERATIONS } from './operations/deliveries.ts';
import { HEALTH_OPERATIONS } from './operations/health.ts';
import { HELD_CALL_OPERATIONS } from './operations/held-calls.ts';
import { INTAKE_OPERATIONS } from './operations/intake.ts';
import { OVERVIEW_OPERATIONS } from './operations/overview.ts';
import { PAGE_OPERATIONS } from './operations/page.ts';
import { RECORDING_OPERATIONS } from './operations/recordings.ts';
import { RULES_OPERATIONS } from './operations/rules.ts';
import { RUN_OPERATIONS } from './operations/runs.ts';
import { SESSION_OPERATIONS } from './operations/session.ts';
import { STATS_OPERATIONS } from './operations/stats.ts';
import { TRIAL_OPERATIONS } from './operations/trials.ts';
import { WEBHOOK_OPERATIONS } from './operations/webhooks.ts';

/**
 * Every operation there is. To add one: describe it in the file of its routes under `operations/`, or make a file there
 * with an `OperationGroup` and add it here. The body's schema should be the one its check is compiled from. What goes
 * without saying is added by `document.ts`: parameters of the path, what goes wrong with tokens and with bodies, 500 and
 * 503. Tests compare the document with the routes, both ways, and every answer of the test suite with the document; a
 * member of an answer that is not described fails them.
 */
export const OPERATION_GROUPS: readonly OperationGroup[] = [
  INTAKE_OPERATIONS,
  WEBHOOK_OPERATIONS,
  CDR_OPERATIONS,
  HELD_CALL_OPERATIONS,
  DELIVERY_OPERATIONS,
  RUN_OPERATIONS,
  TRIAL_OPERATIONS,
  CONTENT_OPERATIONS,
  CAPTURE_OPERATIONS,
  RECORDING_OPERATIONS,
  STATS_OPERATIONS,
  RULES_OPERATIONS,
  OVERVIEW_OPERATIONS,
  SESSION_OPERATIONS,
  HEALTH_OPERATIONS,
  PAGE_OPERATIONS,
];
