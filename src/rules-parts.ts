import { join } from 'node:path';
import type { Config } from './config.ts';
import type { Observer } from './observer.ts';
import { rulesSchemaCheck } from './package-files.ts';
import type { NetworkGuard } from './relay/network-guard.ts';
import { disableWebhook } from './webhooks/disable-webhook.ts';
import type { Environment } from './webhooks/references.ts';
import type { Registry } from './webhooks/registry.ts';
import { RulesFile } from './webhooks/rules-file.ts';
import { SecretsFile } from './webhooks/secrets-file.ts';

/** Makes the rules file of a configuration, which keeps the registry. */
export function makeRules(
  { rulesPath, dataDirectory }: Config,
  registry: Registry,
  guard: NetworkGuard,
  observer: Observer,
): RulesFile {
  return new RulesFile({
    path: rulesPath,
    lastGoodPath: join(dataDirectory, 'rules.last-good.json'),
    registry,
    schemaCheck: rulesSchemaCheck(),
    targetProblem: guard.targetProblem,
    onChange: (status) => {
      observer.rulesChanged(status, registry.webhooks.size);
    },
  });
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

/** What disables a webhook whose target is gone, in the background. */
export function disablerOf(rules: RulesFile, observer: Observer): (webhookId: string) => void {
  return (webhookId) => {
    disableWebhook(rules, webhookId).then(
      () => {
        observer.webhookGone(webhookId);
      },
      (error: unknown) => {
        observer.webhookGone(webhookId, error);
      },
    );
  };
}
