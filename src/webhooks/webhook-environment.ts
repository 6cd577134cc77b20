import type { Environment } from './references.ts';

/** Names of settings of the router itself, its own token and database among them. */
const ROUTER_SETTING = 'HOOKSWITCH_';

/**
 * The part of an environment that webhooks may name by `${NAME}`: whoever may edit webhooks could have anything sent anywhere.
 * What changes in the environment changes here.
 *
 * @param allowed names, in which `*` stands for any characters. Settings of the router are allowed only by what begins with
 *   `HOOKSWITCH_`.
 */
export function environmentForWebhooks(environment: Environment, allowed: readonly string[]): Environment {
  const isAllowed = allowance(allowed);
  return new Proxy(environment, {
    get: (all, name) => (isAllowed(name) ? (Reflect.get(all, name) as string | undefined) : undefined),
    getOwnPropertyDescriptor: (all, name) =>
      isAllowed(name) ? Reflect.getOwnPropertyDescriptor(all, name) : undefined,
  });
}

function allowance(allowed: readonly string[]): (name: string | symbol) => boolean {
  const patterns = allowed.map((pattern) => ({
    isForSettings: pattern.startsWith(ROUTER_SETTING),
    expression: new RegExp(`^${pattern.replaceAll('*', '.*')}$`),
  }));
  return (name) =>
    typeof name === 'string' &&
    patterns.some(
      ({ isForSettings, expression }) =>
        (isForSettings || !name.startsWith(ROUTER_SETTING)) && expression.test(name),
    );
}
