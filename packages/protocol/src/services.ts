/**
 * The services that the server answers for, each with all that its wire protocol decides: what a request asks for, how
 * its input is read and checked, and how outputs and errors look. The layers above are the same for all of them.
 */
import { awsJsonCodec, KMS_CODEC } from './codec/aws-json.ts'
import type { AwsJsonCodec } from './codec/aws-json.ts'
import { queryCodec, readQuery } from './codec/query.ts'
import type { QueryCodec, QueryRequest } from './codec/query.ts'
import type { EncodedBody } from './codec/writer.ts'
import { encodeError, serviceError } from './errors.ts'
import type { ServiceError } from './errors.ts'
import { parseJson } from './json.ts'
import type { JsonValue } from './json.ts'
import type { AwsJsonModel } from './model/aws-json-model.ts'
import type { ConstraintTable } from './model/constraints.ts'
import { IAM_CONSTRAINTS } from './model/iam-constraints.ts'
import { IAM } from './model/iam.ts'
import type { IamInputs, IamOutputs } from './model/iam.ts'
import type { Inputs as KmsInputs, Outputs as KmsOutputs } from './model/kms.gen.ts'
import { KMS } from './model/kms.ts'
import { KMS_CONSTRAINTS } from './model/kms-constraints.ts'
import { KEYHOLD, KEYHOLD_CONSTRAINTS } from './model/keyhold.ts'
import type { KeyholdInputs, KeyholdOutputs } from './model/keyhold.ts'
import { hasOperation } from './model/model.ts'
import type { ServiceModel } from './model/model.ts'
import type { QueryModel } from './model/query-model.ts'
import { STS_CONSTRAINTS } from './model/sts-constraints.ts'
import { STS } from './model/sts.ts'
import type { StsInputs, StsOutputs } from './model/sts.ts'
import { validatorOf } from './model/validate.ts'
import { queryError, toQueryError } from './query-errors.ts'

/** The inputs of each service's operations by the operation's name. */
export interface ServiceInputs {
  kms: KmsInputs
  iam: IamInputs
  sts: StsInputs
  keyhold: KeyholdInputs
}

/** The outputs of each service's operations by the operation's name. */
export interface ServiceOutputs {
  kms: KmsOutputs
  iam: IamOutputs
  sts: StsOutputs
  keyhold: KeyholdOutputs
}

export type ServiceName = keyof ServiceInputs
export type OperationOf<S extends ServiceName> = keyof ServiceInputs[S] & string

/** A request whose operation is known and whose input is not read yet. */
export interface ServiceRequest {
  /** One of the model's. */
  readonly operation: string
  /** Only types are checked. @throws ServiceError for a body that is not what the operation takes. */
  decodeInput(): object
}

export interface EncodedError {
  /** The HTTP status. */
  readonly status: number
  readonly body: EncodedBody
}

export interface Service {
  readonly model: ServiceModel
  readonly protocol: 'aws-json' | 'query'
  /** The media type of answers. */
  readonly contentType: string
  /**
   * Finds out what a request asks for, from the value of `X-Amz-Target` or from its query and its body, which are one form.
   *
   * @throws ServiceError when it asks for nothing that the service has.
   */
  readRequest(target: string | undefined, body: Uint8Array, query?: string): ServiceRequest
  /** What of the model's constraints a decoded input breaks, or nothing. */
  validate(operation: string, input: object): ServiceError | undefined
  /** The caller wipes the body once the write has completed. */
  encodeOutput(operation: string, output: unknown, requestId: string): EncodedBody
  /** The error in the service's own codes, whichever protocol's it was made with: what its caller will see. */
  ownError(error: ServiceError): ServiceError
  /** Says {@link ownError}, with its status. */
  encodeError(error: ServiceError, requestId: string): EncodedError
}

/** By the name in a SigV4 credential scope. */
export const SERVICES: Readonly<Record<ServiceName, Service>> = /* @__PURE__ */ allServices()

/** In a function that a bundler knows to be pure: what only calls KMS, such as a web page, then has no model of the others. */
function allServices(): Readonly<Record<ServiceName, Service>> {
  return Object.freeze({
    kms: awsJsonService(KMS, KMS_CODEC, KMS_CONSTRAINTS),
    iam: queryService(IAM, IAM_CONSTRAINTS),
    sts: queryService(STS, STS_CONSTRAINTS),
    keyhold: awsJsonService(KEYHOLD, awsJsonCodec(KEYHOLD), KEYHOLD_CONSTRAINTS),
  })
}

function awsJsonService(model: AwsJsonModel, codec: AwsJsonCodec, constraints: ConstraintTable): Service {
  const validator = validatorOf(model, constraints)
  return Object.freeze<Service>({
    model,
    protocol: 'aws-json',
    contentType: 'application/x-amz-json-1.1',
    readRequest: (target, body) => readTarget(model, codec, target, body),
    validate(operation, input) {
      const message = validator(operation, input)
      return message === undefined ? undefined : serviceError('ValidationException', message)
    },
    encodeOutput: codec.encodeOutput,
    ownError: (error) => error,
    encodeError: (error) => ({ status: error.status, body: { bytes: encodeError(error), wipe: () => undefined } }),
  })
}

function readTarget(
  model: AwsJsonModel,
  codec: AwsJsonCodec,
  target: string | undefined,
  body: Uint8Array,
): ServiceRequest {
  const prefix = `${model.targetPrefix}.`
  const operation = target?.startsWith(prefix) ? target.slice(prefix.length) : ''
  if (!hasOperation(model, operation)) throw serviceError('UnknownOperationException')
  return { operation, decodeInput: () => codec.decodeInput(operation, jsonOf(body)) }
}

function jsonOf(body: Uint8Array): JsonValue {
  try {
    return parseJson(body)
  } catch (cause) {
    throw serviceError('SerializationException', undefined, { cause })
  }
}

function queryService(model: QueryModel, constraints: ConstraintTable): Service {
  const codec = queryCodec(model)
  const validator = validatorOf(model, constraints)
  return Object.freeze<Service>({
    model,
    protocol: 'query',
    contentType: 'text/xml',
    readRequest: (_target, body, query) => readQueryRequest(model, codec, readQuery(body, query)),
    validate(operation, input) {
      const message = validator(operation, input)
      return message === undefined ? undefined : queryError('ValidationError', message)
    },
    encodeOutput: codec.encodeOutput,
    ownError: toQueryError,
    encodeError(error, requestId) {
      const own = toQueryError(error)
      return { status: own.status, body: codec.encodeError(own, requestId) }
    },
  })
}

function readQueryRequest(
  model: QueryModel,
  codec: QueryCodec,
  { action, version, readForm }: QueryRequest,
): ServiceRequest {
  if (version !== model.apiVersion || !hasOperation(model, action)) throw unknownAction(action, version)
  return { operation: action, decodeInput: () => codec.decodeInput(action, readForm()) }
}

/** What is quoted is cut short: it is text that a stranger chose. */
function unknownAction(action: string, version: string): ServiceError {
  const [shortAction, shortVersion] = [action, version].map((text) => text.slice(0, MAX_ECHO).toWellFormed())
  return queryError('InvalidAction', `Could not find operation ${shortAction} for version ${shortVersion}`)
}

/** Longer than any action's name, in UTF-16 code units. */
const MAX_ECHO = 128
