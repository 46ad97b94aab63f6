import { UsageError } from '../base/errors.ts'
import { readWhole } from './input.ts'

/**
 * The text of a short file, or with `-` of standard input, without a byte-order mark.
 *
 * @param what names what the file should be, such as `a key policy`.
 * @throws UsageError for a file that is longer than `maxBytes`, or is not UTF-8.
 */
export async function readText(file: string, maxBytes: number, what: string): Promise<string> {
  const bytes = await readWhole(file, maxBytes, what)
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch (cause) {
    throw new UsageError(`${JSON.stringify(file)} is not ${what}: it is not text in UTF-8.`, { cause })
  }
}

/** The longest policy that the API takes: AWS KMS API Reference, PutKeyPolicy, Policy. */
const MAX_BYTES = 131_072

/** The text of a policy, from a file or with `-` from standard input. The service judges what it says. */
export function readPolicy(file: string): Promise<string> {
  return readText(file, MAX_BYTES, 'a key policy')
}
