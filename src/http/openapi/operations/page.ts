import { IF_NONE_MATCH, UNCHANGED, type DescribedOperation, type OperationGroup } from '../describe.ts';

function file(id: string, summary: string, type: string): DescribedOperation {
  return {
    id,
    summary,
    scope: 'none',
    headers: IF_NONE_MATCH,
    answers: { 200: { description: summary, schema: {}, type, headers: ['etag'] }, 304: UNCHANGED },
    problems: ['not-found', 'unavailable'],
  };
}

/** `http/page-routes.ts` */
export const PAGE_OPERATIONS: OperationGroup = {
  tag: 'page',
  description: 'The web page. It holds nothing secret and asks the API for what it shows, with a session.',
  paths: {
    '/': { get: file('getPage', 'The web page', 'text/html') },
    '/assets/{name}': { get: file('getPageAsset', 'A script, style or picture of the page', '*/*') },
  },
};
