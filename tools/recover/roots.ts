import { readFileSync } from 'node:fs'
import { identitiesOfKey, type Identity, identityOfKey, parseIdentity } from './age-identity.ts'
import { Failure } from './failure.ts'
import { wayKeyByPassphrase } from './passphrase.ts'
import { parseRootText, type Root } from './root-text.ts'
import { keyOfShares, type ShareText, wayKeyOf } from './shares.ts'
import { openWay, readWays, type Way } from './ways.ts'

/** What the person at the terminal has. */
export interface Have {
  rootFile?: string | undefined
  shares?: readonly string[]
  identity?: string | undefined
  passphraseFile?: string | undefined
}

const IDENTITY_LINE = /^AGE-SECRET-KEY-\S+$/gm

/** Opens the root of trust of a data folder by what is there. Throws {@link Failure}. */
export function openRoots(folder: string, have: Have): Root[] {
  const text = have.rootFile === undefined ? '' : readFileSync(have.rootFile, 'utf8')
  // A file of version 1 holds the root itself, one of version 2 an age identity.
  if (text.startsWith('keyhold-root ')) return parseRootText(text)
  return firstThatOpens(attemptsOf(folder, have, text))
}

/** Every way, by everything that may reveal its key: a folder has a few. */
function attemptsOf(folder: string, have: Have, rootFile: string): (() => Root[])[] {
  const { shares = [], passphraseFile } = have
  const ways = readWays(folder)
  const identities = identitiesIn(have.identity === undefined ? rootFile : readFileSync(have.identity, 'utf8'))
  const attempts = identities.flatMap((identity) => ways.map((way) => () => openWay(way, identity)))
  const byKey = (kind: string, keyOf: (way: Way) => Buffer): void => {
    for (const way of ways.filter((one) => one.kind === kind)) {
      attempts.push(() => openWay(way, identityOfKey(keyOf(way), way.recipient)))
    }
  }
  if (shares.length > 0) byKey('shares', (way) => wayKeyOf(way, textsIn(shares)))
  if (passphraseFile !== undefined) byKey('passphrase', (way) => wayKeyByPassphrase(way, passphraseIn(passphraseFile)))
  return attempts
}

/** What a backup may be encrypted to: what shares combine to, or identities in a file. */
export function identitiesOf({ shares = [], identity, rootFile }: Have): Identity[] {
  const file = identity ?? rootFile
  if (shares.length > 0) return identitiesOfKey(keyOfShares(textsIn(shares)))
  if (file !== undefined) return identitiesIn(readFileSync(file, 'utf8'))
  throw new Failure('Name the shares or the identity that the backup is encrypted to.')
}

function identitiesIn(text: string): Identity[] {
  return [...text.matchAll(IDENTITY_LINE)].map(([line]) => parseIdentity(line))
}

function textsIn(files: readonly string[]): ShareText[] {
  return files.map((from) => ({ from, text: readFileSync(from, 'utf8') }))
}

/** A line break at the end of the file is not of the passphrase. */
function passphraseIn(file: string): Buffer {
  const bytes = readFileSync(file)
  return bytes.subarray(0, bytes.byteLength - (/\r?\n$/.exec(bytes.toString('latin1'))?.[0].length ?? 0))
}

function firstThatOpens(attempts: readonly (() => Root[])[]): Root[] {
  const failures: string[] = []
  for (const attempt of attempts) {
    try {
      return attempt()
    } catch (error) {
      if (!(error instanceof Failure)) throw error
      failures.push(error.message)
    }
  }
  if (failures.length === 0) throw new Failure('Nothing was named that opens a way to the root of this data folder.')
  throw new Failure(['No way to the root opens.', ...new Set(failures)].join(' '))
}
