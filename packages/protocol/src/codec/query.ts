/**
 * The AWS Query protocol, as IAM and STS speak it: a request is a form that names an Action and a Version, an answer is
 * XML. XML is only ever written.
 */
import { memoized } from '../memoized.ts'
import type { ServiceError } from '../errors.ts'
import { operationOf } from '../model/model.ts'
import type { QueryModel } from '../model/query-model.ts'
import { queryError } from '../query-errors.ts'
import type { Encoder } from './encode.ts'
import { formText, parameterOf, parseForm } from './form.ts'
import type { Form } from './form.ts'
import { formDecoder } from './query-input.ts'
import { BodyWriter } from './writer.ts'
import type { EncodedBody } from './writer.ts'
import { element, textElement, xmlEncoder } from './xml-output.ts'

/** A request before its parameters are read as the input of its operation. */
export interface QueryRequest {
  readonly action: string
  readonly version: string
  /**
   * Reads all parameters.
   *
   * @throws ServiceError MalformedQueryString for a body that is no form.
   */
  readForm(): Form
}

/** The codec of one service. */
export interface QueryCodec {
  /**
   * An operation's input. Only types are checked: members that the model requires may be missing.
   *
   * @throws ServiceError MalformedInput for a value of the wrong type, or a list with gaps or too many elements.
   */
  decodeInput(operation: string, form: Form): Record<string, unknown>
  /** The body of an answer. The caller wipes it once the write has completed. */
  encodeOutput(operation: string, output: unknown, requestId: string): EncodedBody
  encodeError(error: ServiceError, requestId: string): EncodedBody
}

/**
 * What a request asks for, in its query (AWS IAM User Guide, "Calling the IAM API using HTTP query requests": GET and POST), in its
 * body, or in both as one form. The rest of it is read later, as that costs far more, and the request may be refused before. No
 * parameter can say otherwise then: {@link parseForm} refuses a name that occurs twice, however it is spelled.
 *
 * @throws ServiceError MalformedQueryString for ill-formed text, MissingAction for a form that asks for nothing.
 */
export function readQuery(body: Uint8Array, query = ''): QueryRequest {
  const inBody = formText(body)
  const text = query === '' || inBody === '' ? query + inBody : `${query}&${inBody}`
  const action = parameterOf(text, 'Action')
  if (!action) throw queryError('MissingAction', 'The request names no Action.')
  return { action, version: parameterOf(text, 'Version') ?? '', readForm: () => parseForm(text) }
}

/** Each operation's encoders and decoders are built from the model when they are first used. */
export function queryCodec(model: QueryModel): QueryCodec {
  const decoderOf = memoized((operation) => formDecoder(model, operationOf(model, operation).input))
  const encoderOf = memoized((operation) => outputEncoder(model, operation))
  const writeError = errorEncoder(model)
  return {
    decodeInput: (operation, form) => decoderOf(operation)(form),
    encodeOutput: (operation, content, requestId) => written(encoderOf(operation), { content, requestId }),
    encodeError: (content, requestId) => written(writeError, { content, requestId }),
  }
}

/** The content of the root element of an answer. */
interface Answer<T> {
  readonly content: T
  readonly requestId: string
}

function written(encode: Encoder, answer: Answer<unknown>): EncodedBody {
  const writer = new BodyWriter()
  encode(answer, writer)
  return writer
}

/** `<CreateUserResponse><CreateUserResult>…</CreateUserResult><ResponseMetadata>…`: without output, no Result. */
function outputEncoder(model: QueryModel, operation: string): Encoder {
  const { output } = operationOf(model, operation)
  const result = output === undefined ? undefined : element(`${operation}Result`, xmlEncoder(model, output))
  return root(model, `${operation}Response`, (answer, writer) => {
    const { content, requestId } = answer as Answer<unknown>
    result?.(content, writer)
    metadataElement(requestId, writer)
  })
}

function errorEncoder(model: QueryModel): Encoder {
  return root(model, 'ErrorResponse', (answer, writer) => {
    const { content, requestId } = answer as Answer<ServiceError>
    errorElement(content, writer)
    requestIdElement(requestId, writer)
  })
}

function root({ namespace }: QueryModel, name: string, encode: Encoder): Encoder {
  return element(name, encode, ` xmlns="${namespace}"`)
}

const requestIdElement = textElement('RequestId')
const metadataElement = element('ResponseMetadata', requestIdElement)
const typeElement = textElement('Type')
const codeElement = textElement('Code')
const messageElement = textElement('Message')
const errorElement = element('Error', (value, writer) => {
  const error = value as ServiceError
  typeElement(error.status < 500 ? 'Sender' : 'Receiver', writer)
  codeElement(error.code, writer)
  if (error.hasMessage) messageElement(error.message, writer)
})
