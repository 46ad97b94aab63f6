import { readText } from './read-text.ts'

/** The longest policy that the API takes: AWS KMS API Reference, PutKeyPolicy, Policy. */
const MAX_BYTES = 131_072

/** The text of a policy, from a file or with `-` from standard input. The service judges what it says. */
export function readPolicy(file: string): Promise<string> {
  return readText(file, MAX_BYTES, 'a key policy')
}
