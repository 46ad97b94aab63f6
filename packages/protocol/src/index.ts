export { Secret } from './secret.ts'

export type * from './model/kms.gen.ts'
export { isOperationName, KMS } from './model/kms.ts'
export type { Input, OperationName, Output } from './model/kms.ts'
export type { ServiceModel } from './model/model.ts'

export { encodeError, ServiceError, serviceError } from './errors.ts'
export type { ErrorCode } from './errors.ts'

export { parseJson } from './json.ts'
export type { JsonObject, JsonValue } from './json.ts'

export { validateInput } from './model/validate.ts'

export { decodeInput, decodeOutput, encodeInput, encodeOutput } from './codec/aws-json.ts'
export type { EncodedBody } from './codec/writer.ts'

export { aliasArn, formatArn, keyArn, parseArn, parseKmsArn, partitionOf } from './arn.ts'
export type { Arn, KmsArn } from './arn.ts'

export { ALGORITHM, formatScope, parseAuthorization } from './sigv4/authorization.ts'
export type { Authorization, AuthorizationProblem, CredentialScope } from './sigv4/authorization.ts'
export { canonicalRequest } from './sigv4/canonical.ts'
export type { CanonicalParts } from './sigv4/canonical.ts'
export { signature, signingKey, signRequest, stringToSign } from './sigv4/sign.ts'
export type { Credentials, RequestToSign, SigningHash } from './sigv4/sign.ts'
export { formatAmzDate, parseAmzDate } from './sigv4/time.ts'
