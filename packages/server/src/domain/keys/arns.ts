import { aliasArn as formatAliasArn, keyArn as formatKeyArn } from '@keyhold/protocol'

interface Place {
  accountId: string
  region: string
}

/** `arn:<partition>:kms:<region>:<account>:key/<id>` */
export function keyArn({ region, accountId, keyId }: Place & { keyId: string }): string {
  return formatKeyArn(region, accountId, keyId)
}

/** `arn:<partition>:kms:<region>:<account>:alias/<name>`; the name includes its prefix `alias/`. */
export function aliasArn({ region, accountId }: Place, name: string): string {
  return formatAliasArn(region, accountId, name)
}
