import type { Answers, ShareText } from '@keyhold/server'
import { askSecret } from '../terminal/ask-secret.ts'
import { readText } from './read-text.ts'

/** Many times the size of a page. */
const MAX_SHARE_BYTES = 64 * 1024

/** Recovery shares in files: pages, lines or words. */
export function readShares(files: readonly string[]): Promise<ShareText[]> {
  return Promise.all(
    files.map(async (file) => ({ from: file, text: await readText(file, MAX_SHARE_BYTES, 'a recovery share') })),
  )
}

/** Asks for one share more at the terminal, where it is not shown. Its line or words are a string, which cannot be wiped. */
export const askShare: NonNullable<Answers['share']> = async ({ name, have, threshold }) => {
  const question = `Share for the way ${name} (${have} of ${threshold} given; its line or words, nothing to stop): `
  using typed = await askSecret(question)
  const text = typed === undefined ? '' : Buffer.from(typed.reveal()).toString('latin1').trim()
  return text === '' ? undefined : text
}
