/**
 * The AWS JSON 1.1 protocol, as KMS and Keyhold's own service speak it: blobs are base64, timestamps are epoch seconds, absent members are left out.
 *  */
import { parseJson } from '../json.ts'
import type { JsonValue } from '../json.ts'
import type { AwsJsonModel } from '../model/aws-json-model.ts'
import { KMS } from '../model/kms.ts'
import type { Input, OperationName, Output } from '../model/kms.ts'
import { operationOf, structureOf } from '../model/model.ts'
import { Secret } from '../secret.ts'
import { readBase64 } from './base64.ts'
import { failBase64, structureDecoder } from './decode.ts'
import { structureEncoder } from './encode.ts'
import { exciseStrings } from './excise.ts'
import { memoized } from '../memoized.ts'
import { BodyWriter } from './writer.ts'
import type { EncodedBody } from './writer.ts'

/** The codec of one service. */
export interface AwsJsonCodec {
  /**
   * A request's input from its parsed body. Only types are checked: members that the model requires may be missing until
   * a validator has looked.
   *
   * @throws ServiceError SerializationException for a value of the wrong type or base64 that is not canonical.
   */
  decodeInput(operation: string, json: JsonValue): Record<string, unknown>
  /** The body of a request. The caller wipes it once it is sent. */
  encodeInput(operation: string, input: unknown): EncodedBody
  /** The body of an answer: empty for an operation without output. The caller wipes it once the write has completed. */
  encodeOutput(operation: string, output: unknown): EncodedBody
  /**
   * An answer's output from its body. Secret blobs are decoded from the bytes, without a string in between; the caller
   * wipes `body` afterwards.
   *
   * @throws SyntaxError when the body is not strict JSON; ServiceError SerializationException when a type is wrong.
   */
  decodeOutput(operation: string, body: Uint8Array): Record<string, unknown> | undefined
}

/** Each structure's encoder and decoder are built from the model when they are first used. */
export function awsJsonCodec(model: AwsJsonModel): AwsJsonCodec {
  const decoderOf = memoized((structure) => structureDecoder(model, structure))
  const encoderOf = memoized((structure) => structureEncoder(model, structure))
  const secretsOf = memoized((structure) => secretsIn(model, structure))
  const encode = (structure: string | undefined, value: unknown): EncodedBody => {
    const writer = new BodyWriter()
    if (structure !== undefined) encoderOf(structure)(value, writer)
    return writer
  }
  const decode = (structure: string, body: Uint8Array): Record<string, unknown> => {
    const { rest, strings } = exciseStrings(body, secretsOf(structure))
    const decoded = decoderOf(structure)(parseJson(rest))
    for (const [name, ascii] of strings) decoded[name] = Secret.of(readBase64(ascii) ?? failBase64())
    return decoded
  }
  return {
    decodeInput: (operation, json) => decoderOf(operationOf(model, operation).input)(json),
    encodeInput: (operation, input) => encode(operationOf(model, operation).input, input),
    encodeOutput: (operation, output) => encode(operationOf(model, operation).output, output),
    decodeOutput(operation, body) {
      const structure = operationOf(model, operation).output
      return structure === undefined ? undefined : decode(structure, body)
    },
  }
}

function secretsIn(model: AwsJsonModel, structure: string): ReadonlySet<string> {
  const members = structureOf(model, structure)
  return new Set(members.filter(({ type, isList }) => type === 'secretBlob' && !isList).map(({ name }) => name))
}

/** The codec of KMS, which clients have in common with the server. */
export const KMS_CODEC: AwsJsonCodec = /* @__PURE__ */ awsJsonCodec(KMS)

/** {@link AwsJsonCodec.encodeInput} for KMS. */
export function encodeInput<N extends OperationName>(operation: N, input: Input<N>): EncodedBody {
  return KMS_CODEC.encodeInput(operation, input)
}

/** {@link AwsJsonCodec.decodeOutput} for KMS. */
export function decodeOutput<N extends OperationName>(operation: N, body: Uint8Array): Output<N> {
  return KMS_CODEC.decodeOutput(operation, body) as unknown as Output<N>
}
