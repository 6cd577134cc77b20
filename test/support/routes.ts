import type { Express } from 'express';

/** What this reads of Express's router; its types do not tell of it. */
interface Layer {
  /** Where it is mounted. */
  readonly rawPath: string;
  readonly route?: { readonly path: string; readonly methods: Readonly<Record<string, boolean>> };
  readonly handle: { readonly stack?: readonly Layer[] };
}

/** Every route of an application as the document writes it, such as `GET /api/v1/webhooks/{id}`. */
export function routesOf(app: Express): string[] {
  const { stack } = (app as unknown as { router: { stack: readonly Layer[] } }).router;
  return routesOfStack(stack, '');
}

function routesOfStack(stack: readonly Layer[], prefix: string): string[] {
  return stack.flatMap(({ rawPath, route, handle }) => {
    if (route !== undefined) return routesAt(`${prefix}${route.path}`, route.methods);
    return routesOfStack(handle.stack ?? [], rawPath === '/' ? prefix : `${prefix}${rawPath}`);
  });
}

function routesAt(path: string, methods: Readonly<Record<string, boolean>>): string[] {
  const described = path
    .replace(/(?<!\\):(\w+)/g, '{$1}')
    .replaceAll('\\', '')
    .replace(/(?<=.)\/$/, '');
  const names = Object.keys(methods).filter((method) => method !== '_all' && method !== 'head');
  return names.map((method) => `${method.toUpperCase()} ${described}`);
}
