import { formatArn, partitionOf } from '@keyhold/protocol'

interface Place {
  accountId: string
  region: string
}

/** `arn:<partition>:kms:<region>:<account>:key/<id>` */
export function keyArn(key: Place & { keyId: string }): string {
  return kmsArn(key, `key/${key.keyId}`)
}

/** `arn:<partition>:kms:<region>:<account>:alias/<name>`; the name includes its prefix `alias/`. */
export function aliasArn(place: Place, name: string): string {
  return kmsArn(place, name)
}

function kmsArn({ accountId, region }: Place, resource: string): string {
  return formatArn({ partition: partitionOf(region), service: 'kms', region, account: accountId, resource })
}
