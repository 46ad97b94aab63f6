import { setOf } from '../../vault/root/ways/shares/share.ts'
import { refuseNumbers } from '../../vault/root/ways/shares/numbers.ts'
import { readWays } from '../../vault/root/ways/folder.ts'
import { encryptTo, formOf } from '../../vault/root/ways/way-key.ts'
import { openDataFolder } from '../../vault/storage/data-folder.ts'

/** What can be said of a share alone. */
export type CheckedShare =
  | { fault: string }
  | {
      index: number
      threshold: number
      count: number
      /** The first digits of the ids of the root and of the way. */
      root: string
      set: string
      /** The way that it belongs to, where a data folder was named. */
      way?: string
    }

/** Recovery shares, without the root and without a server. */
export const recovery = Object.freeze({
  /** Why there can be no such set, as sentences. */
  refuseNumbers,

  /** Whether it is a recipient of age that pages of shares can be encrypted to. */
  isRecipient: async (recipient: string): Promise<boolean> => (await formOf(recipient)) !== undefined,

  /** Bytes as an age file. */
  encryptTo,

  /**
   * Whether a share is sound and, where a data folder is named, whether it is of one of its sets, as it was handed out. Nothing is
   * combined, and the root is not opened: until it is, the folder's word for its sets is not proven.
   */
  async check(text: string, folder?: string): Promise<CheckedShare> {
    const { readShare } = await import('../../vault/root/ways/shares/read.ts')
    const share = readShare(text)
    if (typeof share === 'string') return { fault: share }
    share.point.wipe()
    const { index, threshold, count, root, set } = share
    const facts = { index, threshold, count, root, set }
    return folder === undefined ? facts : { ...facts, ...(await wayOf(text, facts, folder)) }
  },
})

async function wayOf(
  text: string,
  share: { index: number; root: string; set: string },
  folder: string,
): Promise<{ way: string } | { fault: string }> {
  const { judgeShare } = await import('../../vault/root/ways/shares/reveal.ts')
  const { root } = await openDataFolder(folder)
  const sets = (await readWays(folder)).ways.filter(({ kind }) => kind === 'shares')
  const way = sets.find((one) => setOf(one).set === share.set)
  if (way === undefined) {
    const own = sets.map((one) => `${setOf(one).set} (${one.name})`).join(', ')
    const has = own === '' ? 'it has no set of shares' : `its sets are ${own}`
    return {
      fault: `is share ${share.index} of the set ${share.set} of the root ${share.root}, which the data folder does not have: ${has}`,
    }
  }
  const judged = judgeShare(text, way.parameters, { id: way.id, rootId: root.id })
  judged.share?.point.wipe()
  return judged.fault === undefined ? { way: way.name } : { fault: judged.fault }
}
