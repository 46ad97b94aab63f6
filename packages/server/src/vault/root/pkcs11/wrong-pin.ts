import { access, constants, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { syncFolder } from '../../../platform/durable-folder.ts'
import { replacePrivateFile } from '../private-file.ts'
import { waysFolder } from '../ways/folder.ts'
import type { WayContext } from '../ways/kind.ts'

/**
 * That a token refused the PIN of a way, remembered beside the way's file: a service that is started again and again would
 * lock the token by the third start. Nothing of the PIN is in it, as a wrong PIN is often close to the right one.
 */
export interface WrongPin {
  readonly file: string
  isThere(): Promise<boolean>
  /** Whether {@link keep} can work: a folder can be mounted read-only. */
  canBeKept(): Promise<boolean>
  /** Durable when the promise resolves. */
  keep(): Promise<void>
  forget(): Promise<void>
}

export function wrongPin({ folder, id, name, random }: WayContext): WrongPin {
  const parent = waysFolder(folder)
  const file = join(parent, `${id}.wrong-pin`)
  const text = `The token refused the PIN of the way ${name}. Correct the PIN, then remove this file: until then it is not tried.\n`
  return {
    file,
    isThere: () => succeeds(stat(file)),
    canBeKept: () => succeeds(access(parent, constants.W_OK)),
    keep: async () => replacePrivateFile(file, Buffer.from(text), random),
    async forget() {
      if (!(await succeeds(stat(file)))) return
      await rm(file, { force: true })
      await syncFolder(parent)
    },
  }
}

async function succeeds(work: Promise<unknown>): Promise<boolean> {
  return work.then(
    () => true,
    () => false,
  )
}
