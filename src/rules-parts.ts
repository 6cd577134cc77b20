import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { givenCallFields } from './cdr/given-call-fields.ts';
import type { Vendors } from './cdr/vendor.ts';
import type { Config } from './config.ts';
import { readDocument } from './documents.ts';
import type { Observer } from './observer.ts';
import { rulesSchemaCheck } from './package-files.ts';
import type { NetworkGuard } from './relay/network-guard.ts';
import { RulesTable } from './store/postgres/rules-table.ts';
import type { RouterSurroundings } from './webhooks/check-surroundings.ts';
import { disableGone } from './webhooks/disable-gone.ts';
import type { Environment } from './webhooks/references.ts';
import type { Registry } from './webhooks/registry.ts';
import { RulesFile } from './webhooks/rules-file.ts';
import type { Rules, RulesOptions } from './webhooks/rules.ts';
import { SecretsFile } from './webhooks/secrets-file.ts';
import { environmentForWebhooks } from './webhooks/webhook-environment.ts';
import type { Webhook } from './webhooks/webhook.ts';

/** Makes the rules of a configuration, which keep the registry: in the rules file, or in the database of the store. */
export function makeRules(
  { rulesPath, dataDirectory, databaseUrl }: Config,
  registry: Registry,
  guard: NetworkGuard,
  observer: Observer,
): Rules {
  const options: RulesOptions = {
    registry,
    schemaCheck: rulesSchemaCheck(),
    targetProblem: guard.targetProblem,
    onChange: (status) => {
      observer.rulesChanged(status, registry.webhooks.size);
    },
  };
  if (databaseUrl === undefined) {
    const lastGoodPath = join(dataDirectory, 'rules.last-good.json');
    return new RulesFile({ ...options, path: rulesPath, lastGoodPath });
  }
  const read = () => (existsSync(rulesPath) ? readDocument(rulesPath).value : undefined);
  const onOpen = (isSeeded: boolean): void => {
    if (isSeeded) observer.rulesSeeded(rulesPath);
    else if (existsSync(rulesPath)) observer.rulesFileUnused(rulesPath);
  };
  return new RulesTable({ ...options, databaseUrl, seed: { path: rulesPath, read }, onOpen });
}

/** Makes the secrets file of a configuration, if it has one. */
export function makeSecrets(
  { secretsPath }: Config,
  environment: Environment,
  observer: Observer,
): SecretsFile | undefined {
  if (secretsPath === undefined) return undefined;
  const onChange = observer.secretsChanged.bind(observer);
  return new SecretsFile({ path: secretsPath, environment, onChange });
}

/** What disables a webhook whose target is gone, in the background; the same one not twice at a time. */
export function disablerOf(rules: Rules, observer: Observer): (gone: Webhook) => void {
  const underWay = new Set<string>();
  return (gone) => {
    const { id } = gone;
    if (underWay.has(id)) return;
    underWay.add(id);
    disableGone(rules, gone)
      .then(
        (isDisabled) => {
          if (isDisabled) observer.webhookGone(id);
        },
        (error: unknown) => {
          observer.webhookGone(id, error);
        },
      )
      .finally(() => underWay.delete(id));
  };
}

/** What webhooks rely on in a router. */
export function surroundingsOf(
  { sources, allowVariables }: Config,
  vendors: Vendors,
  everything: Environment,
): RouterSurroundings {
  const environment = environmentForWebhooks(everything, allowVariables);
  return { environment, sources: givenCallFields(sources, vendors) };
}
