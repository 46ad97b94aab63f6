import assert from 'node:assert/strict'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import fc from 'fast-check'
import { draws } from '../../../../../../../tools/testing/draws.ts'
import { systemRandom } from '../../../../../src/crypto/random.ts'
import { RootError, type RootErrorCode } from '../../../../../src/vault/root/root-error.ts'
import { readWays, waysFolder } from '../../../../../src/vault/root/ways/folder.ts'
import type { ShareText, WayContext } from '../../../../../src/vault/root/ways/kind.ts'
import { sharesKind } from '../../../../../src/vault/root/ways/shares.ts'
import type { HolderShare } from '../../../../../src/vault/root/ways/shares/make.ts'
import { encodeLine, findLine } from '../../../../../src/vault/root/ways/shares/line.ts'
import { encodeShare, type Share } from '../../../../../src/vault/root/ways/shares/share.ts'
import { readShare } from '../../../../../src/vault/root/ways/shares/read.ts'
import { combinePoints } from '../../../../../src/vault/root/ways/shares/split.ts'
import { bindingOf, type WayParameters } from '../../../../../src/vault/root/ways/way.ts'
import { folderOfWays, type FolderOfWays } from '../../../../support/ways.ts'
import { interpolate } from './independent.ts'

interface MadeSet {
  seed: string
  shares: readonly HolderShare[]
  parameters: WayParameters
  context: WayContext
}

const ROOT_ID = '6f1d3c52-8a0e-4c1b-9f57-2b6d0a9e4c11'

/** A set of shares without a folder. */
async function madeSet(count: number, threshold: number, rootId = ROOT_ID): Promise<MadeSet> {
  const id = systemRandom.uuid()
  const binding = bindingOf({ rootId, id, kind: 'shares' })
  const context = { id, name: 'recovery', rootId, recipient: 'age1', folder: '/', binding, random: systemRandom }
  using seed = systemRandom.secret(32)
  let shares: readonly HolderShare[] = []
  const deliver = async (made: readonly HolderShare[]): Promise<void> => void (shares = made)
  const parameters = await sharesKind.protect(seed, { count, threshold, deliver }, context, {})
  return { seed: hex(seed.reveal()), shares, parameters, context }
}

function textsOf(shares: readonly (HolderShare | string)[]): ShareText[] {
  return shares.map((share, at) => ({ from: `file ${at + 1}`, text: typeof share === 'string' ? share : share.line }))
}

async function revealed(
  { parameters, context }: MadeSet,
  shares: readonly (HolderShare | string)[],
  warnings: string[] = [],
): Promise<string> {
  const answers = { shares: textsOf(shares), warn: (sentence: string) => void warnings.push(sentence) }
  using seed = await sharesKind.reveal(parameters, context, answers)
  return hex(seed.reveal())
}

function refused(code: RootErrorCode, message: RegExp): (error: unknown) => boolean {
  return (error) => {
    assert(error instanceof RootError, String(error))
    assert.equal(error.code, code, error.message)
    assert.match(error.message, message)
    return true
  }
}

/** What shares give by the definition, with the bytes at the places that the specification names. */
function defined(shares: readonly { line: string }[]): string {
  const points = shares.map(({ line }) => {
    const bytes = findLine(line)
    assert(bytes instanceof Uint8Array)
    return { x: bytes[44]!, values: bytes.subarray(12, 44) }
  })
  return hex(interpolate(points))
}

/** The share with other content and a right checksum, as someone who knows the form can make it. */
function forged({ line }: HolderShare, change: Partial<Share>): string {
  const share = readShare(line)
  assert(typeof share !== 'string')
  return encodeLine(encodeShare({ ...share, ...change }))
}

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex')
}

const sets = fc
  .record({ count: fc.integer({ min: 2, max: 9 }), threshold: fc.integer({ min: 2, max: 9 }) })
  .filter(({ count, threshold }) => threshold <= count)

test('any shares that are enough open, in any order and form, and what they give is what Shamir defined', async () => {
  const property = fc.asyncProperty(sets, fc.infiniteStream(fc.nat()), async ({ count, threshold }, order) => {
    const set = await madeSet(count, threshold)
    const chosen = set.shares.toSorted(() => ((order.next().value ?? 0) % 2 === 0 ? 1 : -1)).slice(0, threshold)
    assert.equal(await revealed(set, chosen), set.seed)
    assert.equal(
      await revealed(
        set,
        chosen.map(({ words }) => words.flat().join(' ')),
      ),
      set.seed,
    )
    assert.equal(defined(chosen), set.seed)
  })
  await fc.assert(property, { numRuns: draws(40) })
})

test('every subset that is large enough opens a set of five, and none that is smaller', async () => {
  const set = await madeSet(5, 3)
  for (let subset = 1; subset < 32; subset++) {
    const chosen = set.shares.filter((_, at) => subset & (1 << at))
    if (chosen.length >= 3) assert.equal(await revealed(set, chosen), set.seed)
    else
      await assert.rejects(revealed(set, chosen), refused('wanting', /opens with 3 of its 5 shares\. Those given have/))
  }
})

test('one share less than enough gives nothing of the secret, whatever is combined', async () => {
  const property = fc.asyncProperty(sets, async ({ count, threshold }) => {
    fc.pre(threshold > 2)
    const set = await madeSet(count, threshold)
    const points = set.shares.slice(0, threshold - 1).map(({ line }) => {
      const share = readShare(line)
      assert(typeof share !== 'string')
      return share.point
    })
    using combined = await combinePoints(points)
    assert.notEqual(hex(combined.reveal()), set.seed)
  })
  await fc.assert(property, { numRuns: draws(40) })
})

test('without shares, the way says how many it needs', async () => {
  await assert.rejects(revealed(await madeSet(5, 3), []), refused('wanting', /3 of its 5 shares.*--share FILE/))
})

test('a damaged share, and one of another root, another set, or given twice, is named, and never combined', async () => {
  const set = await madeSet(5, 3)
  const [one, two, three] = set.shares
  const [otherRoot, otherSet] = await Promise.all([madeSet(5, 3, systemRandom.uuid()), madeSet(5, 3)])
  const damaged = one!.line.slice(0, 40) + (one!.line[40] === 'A' ? 'B' : 'A') + one!.line.slice(41)
  const cases: [share: string | HolderShare, named: RegExp][] = [
    [damaged, /file 3 is damaged: it does not match its checksum\./],
    [otherRoot.shares[0]!, /file 3 is share 1 of another root: [0-9a-f]{8}, and this one is 6f1d3c52\./],
    [otherSet.shares[3]!, /file 3 is share 4 of another set: [0-9a-f]{8}, .* open older backups only\./],
    [three!, /file 3 is share 3 again, which was given already: file 2\./],
    ['zoo zoo', /file 3 is no share/],
    [
      forged(one!, { point: readPoint(two!) }),
      /file 3 says that it is share 1 of this set, and is not as it was handed out/,
    ],
    [forged(one!, { index: 4 }), /file 3 says that it is share 4 of this set/],
    [forged(one!, { threshold: 2 }), /file 3 says that it is share 1 of this set/],
    [forged(one!, { check: '00000000000000' }), /file 3 says that it is share 1/],
  ]
  for (const [share, named] of cases) {
    await assert.rejects(revealed(set, [two!, three!, share]), refused('wrong', named))
    await assert.rejects(
      revealed(set, [two!, three!, share]),
      refused('wrong', /Those given have 2 \(file 1\), 3 \(file 2\)\./),
    )
    const warnings: string[] = []
    assert.equal(await revealed(set, [two!, three!, share, set.shares[4]!], warnings), set.seed)
    assert.match(warnings.join(), named)
    assert.match(warnings.join(), /The other shares are enough\./)
  }
})

test('people are asked for the shares that are missing, and told what is wrong with those that they give', async () => {
  const set = await madeSet(5, 3)
  const typed = ['zoo', set.shares[1]!.line, set.shares[1]!.line, set.shares[4]!.words.flat().join(' ')]
  const [asked, warnings]: [string[], string[]] = [[], []]
  const share = async ({ have, threshold }: { have: number; threshold: number }): Promise<string | undefined> => {
    asked.push(`${have} of ${threshold}`)
    return typed.shift()
  }
  const answers = { shares: textsOf(set.shares.slice(0, 1)), share, warn: (said: string) => void warnings.push(said) }
  using seed = await sharesKind.reveal(set.parameters, set.context, answers)
  assert.equal(hex(seed.reveal()), set.seed)
  assert.deepEqual(asked, ['1 of 3', '1 of 3', '2 of 3', '2 of 3'])
  assert.match(warnings[0] ?? '', /^What was typed is no share/)
  assert.equal(warnings[1], 'What was typed is share 2 again, which was given already: What was typed.')
  const stopped = sharesKind.reveal(set.parameters, set.context, { share: async () => undefined })
  await assert.rejects(stopped, refused('wanting', /3 of its 5 shares/))
})

test('no message has anything of a share in it', async () => {
  const set = await madeSet(5, 3)
  const error = await revealed(set, [set.shares[0]!, forged(set.shares[1]!, { index: 3 })]).catch(String)
  for (const { line, words } of set.shares) {
    assert(!error.includes(line.slice(-20)))
    assert(!error.includes(words[0]!.join(' ')))
  }
})

test('shares of two sets of one root never give a key together', async () => {
  const [old, current] = [await madeSet(3, 2), await madeSet(3, 2)]
  await assert.rejects(revealed(current, [old.shares[0]!, current.shares[1]!]), refused('wrong', /another set/))
  await assert.rejects(revealed(old, [old.shares[0]!, current.shares[1]!]), refused('wrong', /another set/))
})

test('a way whose check value was changed opens nothing, and says what to do', async () => {
  const set = await madeSet(3, 2)
  const changed = { ...set, parameters: { ...set.parameters, check: '00112233445566' } }
  await assert.rejects(revealed(changed, set.shares), refused('wrong', /do not give the key of the way recovery/))
  const unclear = { ...set, parameters: { ...set.parameters, threshold: '1' } }
  await assert.rejects(revealed(unclear, set.shares), refused('damaged', /does not say how many/))
})

test('sets that would be one person, or more people than can be gathered, are refused', async () => {
  for (const [count, threshold] of [
    [1, 1],
    [3, 1],
    [2, 3],
    [33, 2],
    [2.5, 2],
  ] as const) {
    await assert.rejects(madeSet(count, threshold), refused('refused', /2 to 32 shares, of which at least 2/))
  }
})

test('the vectors open, by the library and by the definition', async () => {
  const file = new URL('../../../../../../../vectors/recovery-shares/version-1.json', import.meta.url)
  const vector = JSON.parse(await readFile(file, 'utf8')) as {
    rootId: string
    wayId: string
    wayKey: string
    parameters: WayParameters
    shares: { line: string; words: string }[]
  }
  const { rootId, wayId: id, parameters } = vector
  const binding = bindingOf({ rootId, id, kind: 'shares' })
  const context = { id, name: 'recovery', rootId, recipient: '', folder: '/', binding, random: systemRandom }
  const set = { seed: vector.wayKey, shares: [], parameters, context }
  const lines = vector.shares.map(({ line }) => line)
  const words = vector.shares.map((share) => share.words)
  assert.equal(await revealed(set, lines.slice(0, 3)), vector.wayKey)
  assert.equal(await revealed(set, words.slice(2)), vector.wayKey)
  assert.equal(defined(vector.shares.slice(1, 4)), vector.wayKey)
})

test('shares open the root, and a new set leaves the old one as it is until its way is removed', async () => {
  await using folder = await folderOfWays()
  const first = await setIn(folder, 'recovery')
  const second = await setIn(folder, 'recovery-2')
  for (const set of [first, second]) {
    const root = await folder.open({ shares: textsOf(set.slice(1)) })
    assert.equal(root.id, folder.root.id)
  }
  await assert.rejects(folder.open(), refused('wanting', /recovery opens with 2 of its 3 shares/))
  await assert.rejects(folder.open({ shares: textsOf([first[0]!, second[1]!]) }), RootError)
})

test('a set that could not be handed out is no way', async () => {
  await using folder = await folderOfWays()
  const deliver = (): Promise<void> => Promise.reject(new Error('the disk is full'))
  const way = { kind: sharesKind, name: 'recovery', settings: { count: 3, threshold: 2, deliver } }
  await assert.rejects(folder.add(way), /the disk is full/)
  assert.deepEqual(await readWays(folder.folder), { ways: [], unusable: [] })
})

test('shares combine to nothing that is decrypted when the way has another recipient', async () => {
  await using folder = await folderOfWays()
  const shares = await setIn(folder, 'recovery')
  const other = await folder.add({
    kind: sharesKind,
    name: 'other',
    settings: { count: 2, threshold: 2, deliver: async () => {} },
  })
  const { ways } = await readWays(folder.folder)
  const way = ways.find(({ name }) => name === 'recovery')!
  const changed = { format: 1, ...way, recipient: other.recipient, root: other.root }
  await writeFile(join(waysFolder(folder.folder), `${way.id}.json`), JSON.stringify(changed))
  await assert.rejects(folder.open({ shares: textsOf(shares) }), /recovery revealed is not the key of its recipient/)
})

async function setIn(folder: FolderOfWays, name: string): Promise<readonly HolderShare[]> {
  let shares: readonly HolderShare[] = []
  const deliver = async (made: readonly HolderShare[]): Promise<void> => void (shares = made)
  await folder.add({ kind: sharesKind, name, settings: { count: 3, threshold: 2, deliver } })
  return shares
}

function readPoint({ line }: HolderShare): Share['point'] {
  const share = readShare(line)
  assert(typeof share !== 'string')
  return share.point
}
