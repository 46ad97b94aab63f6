/**
 * The AWS JSON 1.1 protocol, as KMS speaks it: blobs are base64, timestamps are epoch seconds, absent members are left out.
 * Each operation's codec is built from the model when it is first used.
 */
import { parseJson } from '../json.ts'
import type { JsonValue } from '../json.ts'
import { KMS } from '../model/kms.ts'
import type { Input, OperationName, Output } from '../model/kms.ts'
import { structureOf } from '../model/model.ts'
import { Secret } from '../secret.ts'
import { readBase64 } from './base64.ts'
import { failBase64, structureDecoder } from './decode.ts'
import { structureEncoder } from './encode.ts'
import { exciseStrings } from './excise.ts'
import { memoized } from '../memoized.ts'
import { BodyWriter } from './writer.ts'
import type { EncodedBody } from './writer.ts'

const decoderOf = memoized((structure) => structureDecoder(KMS, structure))
const encoderOf = memoized((structure) => structureEncoder(KMS, structure))
const secretsOf = memoized(
  (structure): ReadonlySet<string> =>
    new Set(
      structureOf(KMS, structure)
        .filter(({ type, isList }) => type === 'secretBlob' && !isList)
        .map(({ name }) => name),
    ),
)

/**
 * A request's input from its parsed body. Only types are checked: members that the model requires may be missing until
 * `validateInput` has looked.
 *
 * @throws ServiceError SerializationException for a value of the wrong type or base64 that is not canonical.
 */
export function decodeInput<N extends OperationName>(operation: N, json: JsonValue): Input<N> {
  return decoderOf(KMS.operations[operation].input)(json) as unknown as Input<N>
}

/** The body of a request. The caller wipes it once it is sent. */
export function encodeInput<N extends OperationName>(operation: N, input: Input<N>): EncodedBody {
  return encode(KMS.operations[operation].input, input)
}

/** The body of an answer: empty for an operation without output. The caller wipes it once the write has completed. */
export function encodeOutput<N extends OperationName>(operation: N, output: Output<N>): EncodedBody {
  const structure = KMS.operations[operation].output
  return structure === undefined ? new BodyWriter() : encode(structure, output)
}

function encode(structure: string, value: unknown): EncodedBody {
  const writer = new BodyWriter()
  encoderOf(structure)(value, writer)
  return writer
}

/**
 * An answer's output from its body. Secret blobs are decoded from the bytes, without a string in between; the caller
 * wipes `body` afterwards.
 *
 * @throws SyntaxError when the body is not strict JSON; ServiceError SerializationException when a type is wrong.
 */
export function decodeOutput<N extends OperationName>(operation: N, body: Uint8Array): Output<N> {
  const structure = KMS.operations[operation].output
  return (structure === undefined ? undefined : decodeStructure(structure, body)) as unknown as Output<N>
}

function decodeStructure(structure: string, body: Uint8Array): Record<string, unknown> {
  const { rest, strings } = exciseStrings(body, secretsOf(structure))
  const decoded = decoderOf(structure)(parseJson(rest))
  for (const [name, ascii] of strings) decoded[name] = Secret.of(readBase64(ascii) ?? failBase64())
  return decoded
}
