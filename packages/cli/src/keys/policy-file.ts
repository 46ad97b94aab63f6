import { chunksOf, openInput } from '../files/input.ts'
import { UsageError } from '../usage-error.ts'

/** The longest policy that the API takes: AWS KMS API Reference, PutKeyPolicy, Policy. */
const MAX_BYTES = 131_072

/** The text of a policy, from a file or with `-` from standard input. What it says is the service's to judge. */
export async function readPolicy(file: string): Promise<string> {
  const { source } = await openInput(file)
  const chunks: Uint8Array[] = []
  let bytes = 0
  for await (const chunk of chunksOf(source)) {
    bytes += chunk.length
    if (bytes > MAX_BYTES) throw new UsageError(`${JSON.stringify(file)} is too long for a key policy.`)
    chunks.push(chunk.slice())
  }
  return decode(Buffer.concat(chunks), file)
}

function decode(bytes: Uint8Array, file: string): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch (cause) {
    throw new UsageError(`${JSON.stringify(file)} is no key policy: it is not text in UTF-8.`, { cause })
  }
}
