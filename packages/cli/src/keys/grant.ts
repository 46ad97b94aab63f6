import { Command } from 'commander'
import type { GrantListEntry, GrantOperation } from '@keyhold/protocol'
import { print } from '../descriptors/standard.ts'
import { collect, collectContext } from '../shared/options.ts'
import { printJson, printDone } from '../terminal/print.ts'
import { table } from '../terminal/table.ts'
import { keyService, KEY_HELP, type KeyFlags, keyVerb } from './verb.ts'
import { grantsOf, keyReference } from './look-up.ts'
import { regionOf } from './names.ts'
import { presentProperties } from './show-metadata.ts'
import { type WantedGrant, wantedGrant } from './wanted-grant.ts'

type CreateFlags = KeyFlags & WantedGrant

export function keyGrantCommand(): Command {
  return new Command('grant')
    .summary('let principals use a key, and no longer')
    .description('Lets principals use a key, and takes that away again.')
    .addCommand(keyVerb('ls', 'list the grants of a key').argument('<key>', KEY_HELP).action(ls))
    .addCommand(createCommand())
    .addCommand(
      keyVerb('revoke', 'take a grant away')
        .argument('<key>', KEY_HELP)
        .argument('<grant-id>', 'as key grant ls shows it')
        .action(revoke),
    )
}

function createCommand(): Command {
  return keyVerb('create', 'let a principal do a few things with a key')
    .argument('<key>', KEY_HELP)
    .requiredOption('--to <principal>', 'who may: an ARN, an account or a service')
    .requiredOption('--operation <name>', 'what, such as Decrypt; may be repeated', collectOperation)
    .option(
      '-c, --context <name=value>',
      'only with this in the encryption context; may be repeated',
      collectContext,
      {},
    )
    .option('--exact', 'only with the pairs of -c and no others')
    .option('--source-arn <arn>', 'only for this resource; grants to services need it')
    .option('--retiring <principal>', 'who may retire the grant, besides the account of the key')
    .option('--name <name>', 'a name: the same grant under the same name is made once')
    .action(create)
}

async function ls(name: string, flags: KeyFlags): Promise<void> {
  const service = await keyService(flags)
  const grants = await grantsOf(service, await keyReference(service, name))
  if (flags.json === true) printJson(grants)
  else print(table(['grant', 'name', 'to', 'operations', 'only for'], grants.map(cells)))
}

async function create(name: string, flags: CreateFlags): Promise<void> {
  const wanted = wantedGrant(flags)
  const service = await keyService(flags)
  const key = await keyReference(service, name)
  const { GrantId, GrantToken } = await service.call('CreateGrant', { KeyId: key, ...wanted }, regionOf(key))
  const rows = [['Key', key] as const, ['Grant', GrantId] as const, ['Token', GrantToken] as const]
  if (flags.json === true) printJson({ KeyId: key, GrantId, GrantToken })
  else print(presentProperties(rows))
}

async function revoke(name: string, grant: string, flags: KeyFlags): Promise<void> {
  const service = await keyService(flags)
  const key = await keyReference(service, name)
  await service.call('RevokeGrant', { KeyId: key, GrantId: grant }, regionOf(key))
  printDone(flags.json, `${grant} is revoked.`, { KeyId: key, GrantId: grant })
}

function cells(grant: GrantListEntry): string[] {
  const { GrantId = '', Name, GranteePrincipal, GranteeServicePrincipal, Operations = [] } = grant
  const grantee = GranteePrincipal ?? GranteeServicePrincipal ?? '-'
  return [GrantId, Name || '-', grantee, Operations.join(','), constraints(grant)]
}

function constraints({ Constraints = {} }: GrantListEntry): string {
  const { EncryptionContextEquals, EncryptionContextSubset, SourceArn } = Constraints
  const parts = [
    EncryptionContextSubset && `context with ${JSON.stringify(EncryptionContextSubset)}`,
    EncryptionContextEquals && `context ${JSON.stringify(EncryptionContextEquals)}`,
    SourceArn,
  ]
  return parts.filter((part) => part !== undefined).join(', ') || '-'
}

/** A required option has no default to begin with. */
function collectOperation(name: string, previous: readonly string[] = []): GrantOperation[] {
  return collect(name, previous) as GrantOperation[]
}
