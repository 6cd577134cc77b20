import { isJsonObject, type JsonObject, type JsonValue } from '../../check/json-text.ts';
import { METHODS } from '../openapi/describe.ts';
import { html, NOTHING, type Html } from './html.ts';
import { boundsHtml, membersHtml, typeHtml } from './schema-html.ts';

/** An operation with its method and path. */
interface Entry {
  readonly method: string;
  readonly path: string;
  readonly operation: JsonObject;
}

/** An OpenAPI document as a page to read, with its style at `/docs/style.css` and nothing else to load. */
export function docsPage(document: JsonObject): string {
  const info = objectOf(document['info']);
  const tags = listOf(document['tags']);
  const entries = entriesOf(objectOf(document['paths']));
  const ofTag = (tag: string): Entry[] =>
    entries.filter(({ operation }) => listed(operation['tags']).includes(tag));
  const schemas = Object.entries(objectOf(objectOf(document['components'])['schemas']));
  const page = html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <title>Hookswitch API</title>
        <link rel="stylesheet" href="/docs/style.css" />
      </head>
      <body>
        <a class="skip" href="#content">Skip to the operations</a>
        <header>
          <h1>Hookswitch API</h1>
          <p>
            Version ${textOf(info['version'])}. ${textOf(info['description'])} For programs it is at
            <a href="/api/v1/openapi.json">/api/v1/openapi.json</a>.
          </p>
        </header>
        <nav aria-label="Operations">
          <ul>
            ${tags.map((tag) => tagLink(textOf(tag['name']), ofTag(textOf(tag['name']))))}
            <li><a href="#schemas">schemas</a></li>
          </ul>
        </nav>
        <main id="content">
          ${tags.map((tag) => section(tag, ofTag(textOf(tag['name']))))}
          <section aria-labelledby="schemas">
            <h2 id="schemas">Schemas</h2>
            ${schemas.map(([name, schema]) => schemaHtml(name, objectOf(schema)))}
          </section>
        </main>
      </body>
    </html> `;
  return page.text;
}

function tagLink(tag: string, entries: readonly Entry[]): Html {
  const links = entries.map(
    ({ method, path, operation }) =>
      html`<li><a href="#${textOf(operation['operationId'])}">${method} ${path}</a></li>`,
  );
  return html`<li>
    <details>
      <summary>${tag}</summary>
      <ul>
        ${links}
      </ul>
    </details>
  </li>`;
}

function section(tag: JsonObject, entries: readonly Entry[]): Html {
  const name = textOf(tag['name']);
  return html`<section aria-labelledby="tag-${name}">
    <h2 id="tag-${name}">${name}</h2>
    <p>${textOf(tag['description'])}</p>
    ${entries.map(operationHtml)}
  </section>`;
}

function operationHtml({ method, path, operation }: Entry): Html {
  const parameters = listOf(operation['parameters']);
  const description = textOf(operation['description']);
  return html`<article id="${textOf(operation['operationId'])}">
    <h3><span class="method ${method.toLowerCase()}">${method}</span> <code>${path}</code></h3>
    <p>${textOf(operation['summary'])}.${description === '' ? '' : ` ${description}`}</p>
    <p class="needs">${needs(operation)}</p>
    ${
      parameters.length === 0
        ? NOTHING
        : html`<h4>Parameters</h4>
            <dl>${parameters.map(parameterHtml)}</dl>`
    }
    ${bodyHtml(operation)}
    <h4>Answers</h4>
    ${Object.entries(objectOf(operation['responses'])).map(([status, answer]) =>
      answerHtml(status, objectOf(answer)),
    )}
  </article>`;
}

function needs({ security }: JsonObject): string {
  const schemes = listOf(security);
  const [scope] = schemes.flatMap((scheme) => listed(scheme['token']));
  if (scope !== undefined) return `Needs a token with the scope ${scope}.`;
  return schemes.length === 0 ? 'Needs no token.' : 'Needs what the source is configured to ask for.';
}

function parameterHtml(parameter: JsonObject): Html {
  const schema = objectOf(parameter['schema']);
  const needed = parameter['required'] === true ? 'needed' : 'can be missing';
  return html`<dt>
      <code>${textOf(parameter['name'])}</code>
      <span class="type"
        >${textOf(parameter['in'])}, ${typeHtml(schema)}${boundsHtml(schema)}, ${needed}</span
      >
    </dt>
    <dd>${textOf(parameter['description'])}</dd>`;
}

function bodyHtml({ requestBody }: JsonObject): Html {
  if (!isJsonObject(requestBody)) return NOTHING;
  return html`<h4>Body</h4>
    ${contentHtml(requestBody)}`;
}

function answerHtml(status: string, answer: JsonObject): Html {
  const description = textOf(answer['description']);
  if (!isJsonObject(answer['content']))
    return html`<p class="answer"><code>${status}</code> ${description}</p>`;
  return html`<details>
    <summary><code>${status}</code> ${description}</summary>
    ${contentHtml(answer)}
  </details>`;
}

function contentHtml({ content }: JsonObject): Html {
  const entries = Object.entries(objectOf(content));
  const schema = objectOf(objectOf(entries[0]?.[1])['schema']);
  return html`<p><code>${entries.map(([type]) => type).join(', ')}</code>: ${typeHtml(schema)}</p>
    ${membersHtml(schema)}`;
}

function schemaHtml(name: string, schema: JsonObject): Html {
  return html`<details id="schema-${name}">
    <summary><code>${name}</code></summary>
    <p>${textOf(schema['description'])}</p>
    ${membersHtml(schema)}
  </details>`;
}

function entriesOf(paths: JsonObject): Entry[] {
  return Object.entries(paths).flatMap(([path, item]) =>
    METHODS.flatMap((method) => {
      const operation = objectOf(item)[method];
      return isJsonObject(operation) ? [{ method: method.toUpperCase(), path, operation }] : [];
    }),
  );
}

function objectOf(value: JsonValue | undefined): JsonObject {
  return isJsonObject(value) ? value : {};
}

function listOf(value: JsonValue | undefined): JsonObject[] {
  return Array.isArray(value) ? value.filter(isJsonObject) : [];
}

function listed(value: JsonValue | undefined): string[] {
  return Array.isArray(value) ? value.map(String) : [];
}

function textOf(value: JsonValue | undefined): string {
  return typeof value === 'string' ? value : '';
}
