import { request as httpRequest, type ClientRequest } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { urlToHttpOptions } from 'node:url';
import type { NativeRequestOptions } from 'got';

/**
 * How got is to make a request with Node's own client: with what a delivery needs and nothing else. got would hand over
 * some thirty options, nearly all of them undefined, and Node copies all of them several times, which takes a quarter of the time of
 * a request. What concerns TLS is in the agent, timeouts are the transport's.
 */
export function nativeRequest(url: URL, { method, headers, agent }: NativeRequestOptions): ClientRequest {
  const request = url.protocol === 'https:' ? httpsRequest : httpRequest;
  const { hostname, port, path } = urlToHttpOptions(url);
  return request({ hostname, port, path, method, headers, agent });
}
