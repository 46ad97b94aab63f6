import { cpSync, statSync } from 'node:fs'
import { initialize } from '@keyhold/server'
import { issue } from '../../packages/cli/src/shared/issue.ts'

/**
 * What `keyhold init DATA --credentials-file FILE` makes, at a tenth of the cost: dozens of tests begin with a data folder,
 * and few are about how it is made.
 */
export async function makeDataFolder(data: string, credentialsFile: string, accountId?: string): Promise<void> {
  const options = { folder: data, recovery: 'none', ...(accountId !== undefined && { accountId }) } as const
  await issue(credentialsFile, () => initialize(options))
}

/** Copies a data folder. The admin socket of a server that was killed in it is left out: `cp` of node refuses sockets. */
export function copyDataFolder(data: string, copy: string): void {
  cpSync(data, copy, { recursive: true, preserveTimestamps: true, filter: (path) => !statSync(path).isSocket() })
}
