import { readFileSync } from 'node:fs'
import { type Identity, parseIdentity } from './age-identity.ts'
import { Failure } from './failure.ts'
import { parseRootText, type Root } from './root-text.ts'
import { openWay, readWays } from './ways.ts'

/** What the person at the terminal has. */
export interface Have {
  rootFile: string | undefined
  shares: readonly string[]
  identity: string | undefined
  passphraseFile: string | undefined
}

const IDENTITY_LINE = /^AGE-SECRET-KEY-\S+$/gm

/** Opens the root of trust of a data folder by what is there. */
export async function openRoots(folder: string, have: Have): Promise<Root[]> {
  const { rootFile, identity } = have
  if (rootFile !== undefined) {
    const text = readFileSync(rootFile, 'utf8')
    // A file of version 1 holds the root itself, one of version 2 an age identity.
    return text.startsWith('keyhold-root ') ? parseRootText(text) : openByIdentities(identitiesIn(text), folder)
  }
  if (identity !== undefined) return openByIdentities(identitiesIn(readFileSync(identity, 'utf8')), folder)
  throw new Failure('Name the root file, the shares, the identity or the passphrase.')
}

function identitiesIn(text: string): Identity[] {
  const identities = [...text.matchAll(IDENTITY_LINE)].map(([line]) => parseIdentity(line))
  if (identities.length === 0) throw new Failure('The file has no age identity and no root of trust.')
  return identities
}

/** Tries every way: a folder has a few, and each names its key by nothing but itself. */
function openByIdentities(identities: readonly Identity[], folder: string): Root[] {
  return firstThatOpens(readWays(folder).flatMap((way) => identities.map((identity) => () => openWay(way, identity))))
}

function firstThatOpens(attempts: readonly (() => Root[])[]): Root[] {
  for (const attempt of attempts) {
    try {
      return attempt()
    } catch (error) {
      if (!(error instanceof Failure)) throw error
    }
  }
  throw new Failure('No way to the root in the data folder opens with that.')
}
