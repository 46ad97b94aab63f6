/** How rows are named and listed; one place, so that no two layers disagree. See storage/store.ts, TABLES. */

interface Place {
  accountId: string
  region: string
}

/** What keys and aliases of one account and Region are listed under. */
export function placeOwner({ accountId, region }: Place): string {
  return `${accountId}/${region}`
}

export function keyRowId(region: string, keyId: string): string {
  return `${region}/${keyId}`
}

export function materialRowId(region: string, keyId: string, materialId: string): string {
  return `${region}/${keyId}/${materialId}`
}

export function aliasRowId({ accountId, region }: Place, name: string): string {
  return `${accountId}/${region}/${name}`
}

export function grantRowId(region: string, keyId: string, grantId: string): string {
  return `${keyRowId(region, keyId)}/${grantId}`
}

/** What the grants on a key for one grantee are listed under. */
export function grantTarget(region: string, keyId: string, grantee: string): string {
  return `${keyRowId(region, keyId)}/${grantee}`
}

/** What the grants that a principal may retire are listed under. */
export function retirableOwner(region: string, retiring: string): string {
  return `${region}/${retiring}`
}

export function retirableRowId(region: string, retiring: string, grantId: string): string {
  return `${retirableOwner(region, retiring)}/${grantId}`
}

/** `provider` is the issuer without `https://`. */
export function oidcProviderRowId(accountId: string, provider: string): string {
  return `${accountId}/${provider}`
}
