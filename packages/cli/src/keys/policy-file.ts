import { readWhole } from '../files/input.ts'
import { UsageError } from '../usage-error.ts'

/** The longest policy that the API takes: AWS KMS API Reference, PutKeyPolicy, Policy. */
const MAX_BYTES = 131_072

/** The text of a policy, from a file or with `-` from standard input. What it says is the service's to judge. */
export async function readPolicy(file: string): Promise<string> {
  return decode(await readWhole(file, MAX_BYTES, 'a key policy'), file)
}

function decode(bytes: Uint8Array, file: string): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch (cause) {
    throw new UsageError(`${JSON.stringify(file)} is no key policy: it is not text in UTF-8.`, { cause })
  }
}
