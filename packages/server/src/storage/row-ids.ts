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
