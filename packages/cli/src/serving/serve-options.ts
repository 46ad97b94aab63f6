import type { Answers, ReloadOptions } from '@keyhold/server'
import type { Settings } from '../configuration/settings.ts'
import { awsCredentials } from '../shared/aws-credentials.ts'
import { callersOf } from './callers.ts'
import { oidcIssuers } from './oidc-issuers.ts'
import { tlsOf } from './places.ts'

/** What the server is told of the settings, at its start and later. */
export async function serveOptions(settings: Settings<'serve'>): Promise<ReloadOptions> {
  return {
    durability: settings.audit,
    rates: settings.rates ? 'on' : 'off',
    rateWorkers: settings.rateWorkers,
    reserveMebibytes: settings.reserve,
    logLevel: settings.logLevel,
    ...(settings.logFormat !== undefined && { logFormat: settings.logFormat }),
    ...(settings.accessLog !== undefined && { accessLog: settings.accessLog }),
    ...callersOf(settings),
    ...tlsOf(settings),
    ...(await oidcIssuers(settings.oidc)),
  }
}

type RootSettings = Pick<Settings<'serve'>, 'rootFile' | 'passphraseFile' | 'identity' | 'pinFile'>

/** What helps to open the root of trust. The files are read each time that it is opened: none of them stays in memory. */
export function rootAnswers({ rootFile, passphraseFile, identity, pinFile }: RootSettings): Answers {
  return {
    ...(rootFile && { rootFiles: rootFile }),
    ...(passphraseFile !== undefined && { passphraseFile }),
    ...(identity && { identities: identity }),
    ...(pinFile !== undefined && { pinFile }),
    awsCredentials,
  }
}
