import { UsageError } from '../base/usage-error.ts'
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
