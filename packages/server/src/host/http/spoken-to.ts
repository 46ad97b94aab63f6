import { readSignedQuery, type ServiceName, SERVICES } from '@keyhold/protocol'
import { firstValue } from '../../identity/authentication/headers.ts'
import type { RawRequest } from '../../identity/authentication/raw-request.ts'

/** The service in a credential's scope (IAM User Guide, "Elements of an AWS API request signature"). */
const SCOPE = /\/\d{8}\/[^/\s,]+\/([a-z]+)\/aws4_request/

/**
 * Returns the service whose error format to use for an unauthenticated request: the one that it is signed for, or else
 * the one whose protocol it uses, whatever the content type.
 */
export function spokenTo(request: Pick<RawRequest, 'headers' | 'query' | 'body'>): ServiceName {
  return scopedTo(request) ?? askedFor(request)
}

function scopedTo({ headers, query }: Pick<RawRequest, 'headers' | 'query'>): ServiceName | undefined {
  const credential = firstValue(headers, 'authorization') ?? readSignedQuery(query)?.parameters.get('x-amz-credential')
  const [, name = ''] = SCOPE.exec(credential ?? '') ?? []
  return Object.hasOwn(SERVICES, name) ? (name as ServiceName) : undefined
}

function askedFor({ headers, query, body }: Pick<RawRequest, 'headers' | 'query' | 'body'>): ServiceName {
  const says = (text: string): boolean => query.includes(text) || asBuffer(body).includes(text)
  if (headers.has('x-amz-target') || !says('Action=')) return 'kms'
  return says(`Version=${SERVICES.iam.model.apiVersion}`) ? 'iam' : 'sts'
}

function asBuffer({ buffer, byteOffset, byteLength }: Uint8Array): Buffer {
  return Buffer.from(buffer, byteOffset, byteLength)
}
