import type { ModelErrorCode } from './model/kms.gen.ts'

/** Codes that the service answers with although no operation of the model declares them. */
type CommonErrorCode =
  | 'AccessDeniedException'
  | 'ExpiredTokenException'
  | 'IncompleteSignatureException'
  | 'InvalidSignatureException'
  | 'MissingAuthenticationTokenException'
  | 'NotAuthorizedException'
  | 'SerializationException'
  | 'ThrottlingException'
  | 'UnknownOperationException'
  | 'UnrecognizedClientException'
  | 'ValidationException'

export type ErrorCode = ModelErrorCode | CommonErrorCode

/** The caller is at fault. AWS answers 400 for every one of these, whatever status newer models declare. */
const CALLER = 400

/** Every code this service may answer with, and its HTTP status. */
export const ERROR_STATUS: Readonly<Record<ErrorCode, number>> = Object.freeze({
  // Declared by operations.
  AlreadyExistsException: CALLER,
  CloudHsmClusterInUseException: CALLER,
  CloudHsmClusterInvalidConfigurationException: CALLER,
  CloudHsmClusterNotActiveException: CALLER,
  CloudHsmClusterNotFoundException: CALLER,
  CloudHsmClusterNotRelatedException: CALLER,
  ConflictException: CALLER,
  CustomKeyStoreHasCMKsException: CALLER,
  CustomKeyStoreInvalidStateException: CALLER,
  CustomKeyStoreNameInUseException: CALLER,
  CustomKeyStoreNotFoundException: CALLER,
  DependencyTimeoutException: 503,
  DisabledException: CALLER,
  DryRunOperationException: CALLER,
  ExpiredImportTokenException: CALLER,
  IncorrectKeyException: CALLER,
  IncorrectKeyMaterialException: CALLER,
  IncorrectTrustAnchorException: CALLER,
  InvalidAliasNameException: CALLER,
  InvalidArnException: CALLER,
  InvalidCiphertextException: CALLER,
  InvalidGrantIdException: CALLER,
  InvalidGrantTokenException: CALLER,
  InvalidImportTokenException: CALLER,
  InvalidKeyUsageException: CALLER,
  InvalidMarkerException: CALLER,
  KMSInternalException: 500,
  KMSInvalidMacException: CALLER,
  KMSInvalidSignatureException: CALLER,
  KMSInvalidStateException: CALLER,
  KeyUnavailableException: 500,
  LimitExceededException: CALLER,
  MalformedPolicyDocumentException: CALLER,
  NotFoundException: CALLER,
  TagException: CALLER,
  UnsupportedOperationException: CALLER,
  XksKeyAlreadyInUseException: CALLER,
  XksKeyInvalidConfigurationException: CALLER,
  XksKeyNotFoundException: CALLER,
  XksProxyIncorrectAuthenticationCredentialException: CALLER,
  XksProxyInvalidConfigurationException: CALLER,
  XksProxyInvalidResponseException: CALLER,
  XksProxyUriEndpointInUseException: CALLER,
  XksProxyUriInUseException: CALLER,
  XksProxyUriUnreachableException: CALLER,
  XksProxyVpcEndpointServiceInUseException: CALLER,
  XksProxyVpcEndpointServiceInvalidConfigurationException: CALLER,
  XksProxyVpcEndpointServiceNotFoundException: CALLER,

  // Common to all operations.
  AccessDeniedException: CALLER,
  ExpiredTokenException: CALLER,
  IncompleteSignatureException: CALLER,
  InvalidSignatureException: CALLER,
  MissingAuthenticationTokenException: CALLER,
  NotAuthorizedException: CALLER,
  SerializationException: CALLER,
  ThrottlingException: CALLER,
  UnknownOperationException: CALLER,
  UnrecognizedClientException: CALLER,
  ValidationException: CALLER,
})

/**
 * What the service answers instead of an output: something a caller may see. Anything else that is thrown is a bug.
 *
 * `code` is a string, not an {@link ErrorCode}, because a client also meets the codes of other services' versions.
 */
export class ServiceError extends Error {
  override readonly name = 'ServiceError'
  readonly code: string
  /** The HTTP status. */
  readonly status: number
  /** AWS sends no message at all for some errors, which is not the same as an empty one. */
  readonly hasMessage: boolean

  constructor(code: string, status: number, message?: string, options?: ErrorOptions) {
    super(message ?? '', options)
    this.code = code
    this.status = status
    this.hasMessage = message !== undefined
  }
}

/** An error of this service, with the status that its code has. Without `message`, none is sent. */
export function serviceError(code: ErrorCode, message?: string, options?: ErrorOptions): ServiceError {
  return new ServiceError(code, ERROR_STATUS[code], message, options)
}

const encoder = new TextEncoder()

/** The body of an error's answer: `{"__type":"NotFoundException","message":"…"}`, bare name, lower-case member. */
export function encodeError(error: ServiceError): Uint8Array<ArrayBuffer> {
  // JSON.stringify leaves out what is undefined, and escapes lone surrogates that a message may quote.
  return encoder.encode(JSON.stringify({ __type: error.code, message: error.hasMessage ? error.message : undefined }))
}
