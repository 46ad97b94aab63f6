export { copyOfSecret, fixedBytes, Secret } from './secret.ts'
export { byUtf8 } from './utf8-order.ts'

export type * from './model/kms.gen.ts'
export { KMS } from './model/kms.ts'
export type { Input, OperationName, Output } from './model/kms.ts'
export { MAX_PLAINTEXT_BYTES } from './model/kms-constraints.ts'
export type { ServiceModel } from './model/model.ts'

export type * as Iam from './model/iam.gen.ts'
export { IAM } from './model/iam.ts'
export type { IamInput, IamInputs, IamOperationName, IamOutput, IamOutputs } from './model/iam.ts'
export type * as Sts from './model/sts.gen.ts'
export { STS } from './model/sts.ts'
export type { StsInput, StsInputs, StsOperationName, StsOutput, StsOutputs } from './model/sts.ts'
export type { QueryModel } from './model/query-model.ts'

export { SERVICES } from './services.ts'
export type {
  EncodedError,
  OperationOf,
  Service,
  ServiceInputs,
  ServiceName,
  ServiceOutputs,
  ServiceRequest,
} from './services.ts'

export { encodeError, ServiceError, serviceError } from './errors.ts'
export type { ErrorCode } from './errors.ts'
export { queryError } from './query-errors.ts'
export type { QueryErrorCode } from './query-errors.ts'

export { parseJson } from './json.ts'
export type { JsonObject, JsonValue } from './json.ts'

export { KEYHOLD } from './model/keyhold.ts'
export type {
  KeyholdInputs,
  KeyholdOperationName,
  KeyholdOutputs,
  QuorumRequestView,
  QuorumRuleView,
} from './model/keyhold.ts'

export { awsJsonCodec, decodeOutput, encodeInput } from './codec/aws-json.ts'
export type { EncodedBody } from './codec/writer.ts'

export { aliasArn, formatArn, keyArn, KNOWN_PARTITIONS, parseArn, parseKmsArn, partitionOf } from './arn.ts'
export type { Arn, KmsArn } from './arn.ts'

export { assembleAuthorization, formatScope, MAX_SIGNED_HEADERS, parseAuthorization } from './sigv4/authorization.ts'
export type { Authorization, AuthorizationProblem, CredentialScope } from './sigv4/authorization.ts'
export { canonicalRequest } from './sigv4/canonical.ts'
export type { CanonicalParts } from './sigv4/canonical.ts'
export { signature, signingKey, signRequest, stringToSign } from './sigv4/sign.ts'
export type { Credentials, RequestToSign, SigningHash } from './sigv4/sign.ts'
export { readSignedQuery } from './sigv4/signed-query.ts'
export type { SignedQuery } from './sigv4/signed-query.ts'
export { formatAmzDate, parseAmzDate, parseHttpDate } from './sigv4/time.ts'
