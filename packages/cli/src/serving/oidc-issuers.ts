import { dirname, resolve } from 'node:path'
import type { OidcIssuer } from '@keyhold/server'
import { readText } from '../shared/read-text.ts'

/** Many times what a list of issuers has. */
const MAX_BYTES = 2 ** 20

/** The issuers in the file that `--oidc` names, as an option of the server; nothing without the flag. */
export async function oidcIssuers(file: string | undefined): Promise<{ oidcIssuers?: readonly OidcIssuer[] }> {
  if (file === undefined) return {}
  const { parseIssuers } = await import('@keyhold/server')
  return { oidcIssuers: parseIssuers(await readText(file, MAX_BYTES, 'a list of issuers'), dirname(resolve(file))) }
}
