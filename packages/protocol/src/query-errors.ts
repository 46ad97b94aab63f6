import { ServiceError } from './errors.ts'
import type { ErrorCode } from './errors.ts'
import { ERRORS as IAM_ERRORS } from './model/iam.gen.ts'
import { ERRORS as STS_ERRORS } from './model/sts.gen.ts'

/** Codes that IAM and STS answer with although no operation of their models declares them (API reference, "Common errors"). */
const COMMON_ERRORS = {
  AccessDenied: 403,
  ExpiredToken: 403,
  IncompleteSignature: 400,
  InternalFailure: 500,
  InvalidAction: 400,
  InvalidClientTokenId: 403,
  MalformedInput: 400,
  MalformedQueryString: 404,
  MissingAction: 400,
  MissingAuthenticationToken: 403,
  NotAuthorized: 400,
  ServiceUnavailable: 503,
  SignatureDoesNotMatch: 403,
  Throttling: 400,
  UnsupportedOperation: 400,
  ValidationError: 400,
} as const

/** Every code that a Query service may answer with, and its HTTP status. */
export const QUERY_ERROR_STATUS = Object.freeze({ ...COMMON_ERRORS, ...IAM_ERRORS, ...STS_ERRORS })

export type QueryErrorCode = keyof typeof QUERY_ERROR_STATUS

/** A ServiceError whose code is one of the Query protocol's already. */
class QueryError extends ServiceError {}

/** An error of a Query service, with the status that its code has. */
export function queryError(code: QueryErrorCode, message?: string, options?: ErrorOptions): ServiceError {
  return new QueryError(code, QUERY_ERROR_STATUS[code], message, options)
}

/** What the codes that KMS shares with all services, authentication's among them, are called in the Query protocol. */
const QUERY_NAMES: Readonly<Partial<Record<ErrorCode, QueryErrorCode>>> = {
  AccessDeniedException: 'AccessDenied',
  DependencyTimeoutException: 'ServiceUnavailable',
  ExpiredTokenException: 'ExpiredToken',
  IncompleteSignatureException: 'IncompleteSignature',
  InvalidSignatureException: 'SignatureDoesNotMatch',
  KMSInternalException: 'InternalFailure',
  MissingAuthenticationTokenException: 'MissingAuthenticationToken',
  NotAuthorizedException: 'NotAuthorized',
  SerializationException: 'MalformedInput',
  ThrottlingException: 'Throttling',
  UnknownOperationException: 'InvalidAction',
  UnrecognizedClientException: 'InvalidClientTokenId',
  UnsupportedOperationException: 'UnsupportedOperation',
  ValidationException: 'ValidationError',
}

/** What the Query services say where AWS JSON has another sentence, as their answers in public reports show. */
const QUERY_SENTENCES: Readonly<Partial<Record<QueryErrorCode, string>>> = {
  MissingAuthenticationToken: 'Request is missing Authentication Token',
}

/**
 * The same error in the Query protocol's words: authentication and the steps that all services share throw the codes of
 * AWS JSON. An error that was made by {@link queryError} stays what it is, because STS has an `ExpiredTokenException`
 * of its own, for a web identity token. So does a code without a counterpart.
 */
export function toQueryError(error: ServiceError): ServiceError {
  const code = error instanceof QueryError ? undefined : QUERY_NAMES[error.code as ErrorCode]
  if (code === undefined) return error
  const message = QUERY_SENTENCES[code] ?? (error.hasMessage ? error.message : undefined)
  return queryError(code, message, { cause: error })
}
