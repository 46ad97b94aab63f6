import type { Fault } from '../../configuration/fault.ts'
import type { Settings } from '../../configuration/settings.ts'
import { describeFailure } from '../../process/exit.ts'
import { callersOf } from '../callers.ts'
import { serverFailure } from '../failure.ts'
import { oidcIssuers } from '../oidc-issuers.ts'
import { serveOptions } from '../serve-options.ts'

/** What the server itself finds wrong with settings whose values and files are there. */
export function serveFaults(settings: Settings<'serve'>): Promise<Fault[]> {
  return faultsFound('serve', async () => {
    const { faultsOfServe } = await import('@keyhold/server')
    return faultsOfServe({ folder: settings.data, port: settings.port, ...(await serveOptions(settings)) })
  })
}

/** The same for dev. */
export function devFaults(settings: Settings<'dev'>): Promise<Fault[]> {
  return faultsFound('dev', async () => {
    const { faultsOfDev } = await import('@keyhold/server')
    const { port, allowedHosts } = settings
    const names = allowedHosts && { allowedHosts }
    return faultsOfDev({ port, ...callersOf(settings), ...names, ...(await oidcIssuers(settings.oidc)) })
  })
}

async function faultsFound(verb: string, find: () => Promise<Error[]>): Promise<Fault[]> {
  const found = await find().catch((error: unknown) => [error])
  return found.map((error) => {
    const { message } = serverFailure(error) ?? describeFailure(error)
    return { where: verb, message: message.replaceAll('\n', ' ') }
  })
}
