export { Secret } from './secret.ts'

export type * from './model/kms.gen.ts'
export { isOperationName, KMS } from './model/model.ts'
export type { Input, OperationName, Output, ServiceModel } from './model/model.ts'

export { encodeError, ServiceError, serviceError } from './errors.ts'
export type { ErrorCode } from './errors.ts'

export { parseJson } from './json.ts'
export type { JsonObject, JsonValue } from './json.ts'

export { validateInput } from './model/validate.ts'

export { decodeInput, decodeOutput, encodeInput, encodeOutput } from './codec/aws-json.ts'
export type { EncodedBody } from './codec/writer.ts'
