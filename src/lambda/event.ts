/** The fields of an event of payload format 2.0 that are read here. */
export interface HttpApiEvent {
  rawPath: string;
  rawQueryString: string;
  requestContext: { stage: string };
}

/**
 * Puts the whole URL into `rawPath`, without the stage. `queryStringParameters` is left out: it joins repeated parameters with
 * commas, which the values may contain too.
 */
export function withUrl(event: HttpApiEvent): HttpApiEvent {
  const stage = `/${event.requestContext.stage}`;
  const { rawPath } = event;
  const path = rawPath === stage || rawPath.startsWith(`${stage}/`) ? rawPath.slice(stage.length) : rawPath;
  // An HTTP API decodes `rawPath`.
  const encoded = path.replaceAll(/[?#]/g, encodeURIComponent) || '/';
  const query = event.rawQueryString && `?${event.rawQueryString}`;
  return { ...event, rawPath: encoded + query, queryStringParameters: undefined } as HttpApiEvent;
}
