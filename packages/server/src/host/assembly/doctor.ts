import type { Finding } from '../../admin/operator/doctor/check.ts'
import { examine } from '../../admin/operator/doctor/doctor.ts'
import { exposedFiles } from '../../admin/operator/doctor/file-modes.ts'
import { Directory } from '../../identity/directory/directory.ts'
import type { Logger } from '../../platform/logger.ts'
import { systemClock } from '../../platform/system-clock.ts'
import { isForeseen } from '../../platform/foreseen.ts'
import { RootError } from '../../vault/root/root-error.ts'
import { dataPaths } from '../../vault/storage/data-folder.ts'
import { verifyOpen } from './offline.ts'
import { type DataFolder, openVault, type SealedFolder, sealedFolder, type Vault } from './open.ts'

export interface Examination {
  logger: Logger
  /** Called with each finding as it is made. */
  found(finding: Finding): void
}

/**
 * `keyhold operator doctor`: the files of a data folder, its ways to the root, and everything that is in it. A folder that does not
 * open is a finding, and ends the examination. A server may be running on it.
 */
export async function examineFolder(named: DataFolder, { logger, found }: Examination): Promise<void> {
  try {
    const sealed = await sealedFolder(named)
    for await (const finding of exposedFiles(sealed.folder)) found(finding)
    for await (const finding of waysThatFail(sealed)) found(finding)
    const vault = await openVault(sealed, { use: 'look', logger })
    try {
      await examineOpen(vault, found)
    } finally {
      await vault.close()
    }
  } catch (error) {
    if (!Error.isError(error) || !isForeseen(error)) throw error
    found(unopened(error.message))
  }
}

async function examineOpen(vault: Vault, found: Examination['found']): Promise<void> {
  const directory = new Directory(vault)
  const auditFolder = dataPaths(vault.folder).audit
  const verifyAudit = async (): ReturnType<typeof verifyOpen> => verifyOpen(vault)
  const examined = { ...vault, clock: systemClock, directory, auditFolder, verifyAudit }
  for await (const finding of examine(examined)) found(finding)
}

/** Tries each way to the root, as a start would. Those that wait for a person's answer are as they should be. */
async function* waysThatFail({ providers, rootId }: SealedFolder): AsyncGenerator<Finding> {
  for (const provider of providers) {
    try {
      const root = await provider.unseal(rootId)
      await root.destroy()
    } catch (error) {
      if (error instanceof RootError && error.code === 'wanting') continue
      if (!Error.isError(error) || !isForeseen(error)) throw error
      yield failing(provider.description, error.message)
    }
  }
}

function failing(way: string, why: string): Finding {
  return {
    check: 'ways',
    weight: 'wrong',
    message: `A way to the root of trust does not open it: ${why}`,
    remedy: 'Mend it, or remove it with `keyhold operator root remove`, so that you do not rely on it.',
    facts: { way },
  }
}

function unopened(message: string): Finding {
  return {
    check: 'opens',
    weight: 'wrong',
    message: `The data folder does not open, so nothing in it was examined: ${message}`,
    remedy: 'Do what the sentence says, and run this again.',
    facts: {},
  }
}
