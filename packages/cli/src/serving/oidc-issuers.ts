import { readFile } from 'node:fs/promises'
import { dirname, resolve } from 'node:path'
import type { OidcIssuer } from '@keyhold/server'

/** The issuers in the file that `--oidc` names, as an option of the server; nothing without the flag. */
export async function oidcIssuers(file: string | undefined): Promise<{ oidcIssuers?: readonly OidcIssuer[] }> {
  if (file === undefined) return {}
  const { parseIssuers } = await import('@keyhold/server')
  return { oidcIssuers: parseIssuers(await readFile(file, 'utf8'), dirname(resolve(file))) }
}
