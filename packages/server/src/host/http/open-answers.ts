import type { Answer } from '../../execution/request.ts'
import type { RawRequest } from '../../identity/authentication/raw-request.ts'
import type { Origins } from './origins.ts'

/**
 * Answers what needs no caller: the check of health, and a browser's question whether a page can call. Returns `undefined` for
 * anything else. Costs nothing, tells nothing of the service, and is no success of an authenticated client.
 */
export type OpenAnswers = (request: RawRequest) => Answer | undefined

/** Where `curl -f`, wait-on and the probes of containers ask whether this server answers. */
const HEALTH_PATH = '/healthz'

const HEALTH_METHODS: ReadonlySet<string> = new Set(['GET', 'HEAD'])

/** `refusal` is the answer to requests that this server does not answer, whatever they ask. */
export function openAnswers(
  origins: Origins,
  refusal: (request: RawRequest) => Answer | undefined = () => undefined,
): OpenAnswers {
  return (request) => {
    const isHealth = isHealthCheck(request)
    if (!isHealth && !origins.isPreflight(request)) return undefined
    return refusal(request) ?? textAnswer(isHealth ? '{"status":"ok"}\n' : '')
  }
}

/** The same of a server that can be sealed. Then it answers no requests, as who asks for its health wants to know. */
export function unlessSealed(open: OpenAnswers, isSealed: () => boolean): OpenAnswers {
  return (request) => (isSealed() && isHealthCheck(request) ? textAnswer('{"status":"sealed"}\n', 503) : open(request))
}

function isHealthCheck({ path, method }: RawRequest): boolean {
  return path === HEALTH_PATH && HEALTH_METHODS.has(method)
}

function textAnswer(text: string, status = 200): Answer {
  const body = { bytes: new TextEncoder().encode(text), wipe: () => undefined }
  return { status, contentType: 'application/json', body }
}
