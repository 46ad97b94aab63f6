import { constants } from 'node:fs'
import { access, stat } from 'node:fs/promises'
import { isSystemError, systemFailure } from '../../base/system-failure.ts'
import { type Fault, whereOf } from '../../configuration/fault.ts'
import type { NamedPath } from '../../configuration/kind.ts'
import { SETTINGS } from '../../configuration/settings.ts'
import type { Settled } from '../../configuration/settle.ts'
import { isSecret, type Setting } from '../../configuration/setting.ts'

/** What is wrong with the files and folders that settings name. A folder that is still to be made is nothing wrong. */
export async function pathFaults({ values, origins }: Settled): Promise<Fault[]> {
  const faults: Fault[] = []
  for (const [key, value] of Object.entries(values)) {
    const setting: Setting = SETTINGS[key as keyof typeof SETTINGS]
    const paths = isSecret(setting) ? [] : (setting.kind.paths?.(value) ?? [])
    for (const named of paths) {
      const message = await problemWith(named, setting.required !== undefined)
      if (message !== undefined) faults.push({ where: whereOf(origins.get(key) ?? { from: 'default' }), message })
    }
  }
  return faults
}

async function problemWith({ path, is }: NamedPath, required: boolean): Promise<string | undefined> {
  try {
    const status = await stat(path)
    if (is === 'dir') return status.isDirectory() ? undefined : `${JSON.stringify(path)} is not a folder.`
    if (!status.isFile()) return `${JSON.stringify(path)} is not a regular file.`
    await access(path, constants.R_OK)
    return undefined
  } catch (error) {
    if (!(error instanceof Error) || !isSystemError(error)) throw error
    if (is === 'dir' && !required && error.code === 'ENOENT') return undefined
    const { sentence, next } = systemFailure(error)
    return `${sentence} ${next}`.trimEnd()
  }
}
