import { readFileSync } from 'node:fs'
import { Failure } from './failure.ts'
import { parseRootText, type Root } from './root-text.ts'

/** What the person at the terminal has. */
export interface Have {
  rootFile: string | undefined
  shares: readonly string[]
  identity: string | undefined
  passphraseFile: string | undefined
}

/** Opens the root of trust of a data folder by what is there. */
export async function openRoots(_folder: string, { rootFile }: Have): Promise<Root[]> {
  if (rootFile === undefined) throw new Failure('Name the root file, the shares, the identity or the passphrase.')
  return parseRootText(readFileSync(rootFile, 'utf8'))
}
