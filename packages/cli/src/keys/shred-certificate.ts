import type { Command } from 'commander'
import type { ShredStatement } from '@keyhold/server'
import { print } from '../descriptors/standard.ts'
import { printJson } from '../terminal/print.ts'
import { printable } from '../terminal/printable.ts'
import { isAlias, regionOf } from './names.ts'
import { UsageError } from '../base/errors.ts'
import { keyService, type KeyFlags, keyVerb } from './verb.ts'

interface CertificateFlags extends KeyFlags {
  raw?: boolean
}

export function keyShredCertificateCommand(): Command {
  return keyVerb('shred-certificate', 'say what was destroyed of a key, signed')
    .description(
      'Prints what Keyhold destroyed of a key that was deleted, or of its imported material: when, which domain key had sealed\n' +
        'it, and which backups still have it. It is signed by the key of the audit log. Copies that Keyhold does not know of\n' +
        'are not in it. With --raw it prints the signed certificate, which `keyhold audit verify-certificate` checks.',
    )
    .argument('<key>', 'key id or key ARN')
    .option('--raw', 'print the certificate itself: a JSON Web Signature')
    .action(show)
}

async function show(key: string, flags: CertificateFlags): Promise<void> {
  if (isAlias(key)) throw new UsageError('A deleted key has no alias. Name it by its id or its ARN.')
  const service = await keyService(flags)
  const { Certificate } = await service.keyhold('GetShredCertificate', { KeyId: key }, regionOf(key))
  if (flags.raw === true) return print(`${Certificate}\n`)
  const statement = statementIn(Certificate)
  if (flags.json === true) printJson({ statement, certificate: Certificate })
  else print(`${describeStatement(statement)}\n`)
}

/** What a certificate states. Its signature is not verified here: who trusts the server needs no signature. */
function statementIn(certificate: string): ShredStatement {
  return JSON.parse(Buffer.from(certificate.split('.')[1] ?? '', 'base64url').toString()) as ShredStatement
}

/** A statement for people. */
export function describeStatement({
  key,
  materials,
  domainKeys,
  relatedKeys,
  backups,
  lastBackupGone,
  limits,
}: ShredStatement): string {
  const lines = [
    key.deleted === undefined
      ? `${key.arn} exists; of its material was destroyed:`
      : `${key.arn} was deleted on ${key.deleted}.`,
    ...materials.map(materialLine),
    ...domainKeys.map(domainKeyLine),
    ...relatedKeys.map((arn) => `The related key ${arn} has the same material.`),
    ...backupLines(backups, lastBackupGone),
    'Not known, or not said:',
    ...limits.map((limit) => `  ${limit}`),
  ]
  return lines.map(printable).join('\n')
}

function domainKeyLine({ domain, generation, wrappedByRoot }: ShredStatement['domainKeys'][number]): string {
  const here =
    wrappedByRoot === undefined ? 'is destroyed here' : `is here, under generation ${wrappedByRoot} of the root`
  return `  domain key ${domain}/${generation} ${here}: those who have it, or the root above it, can open a copy of the row`
}

function materialLine({
  id,
  destroyed,
  reason,
  sealedBy,
  record,
  presentAgain,
}: ShredStatement['materials'][number]): string {
  const by = sealedBy === undefined ? '' : `, sealed by domain key ${sealedBy.domain}/${sealedBy.generation}`
  const change = record.sequence === undefined ? `event ${record.eventId}` : `change ${record.sequence}`
  const again = presentAgain === true ? '; imported again, and there now' : ''
  return `  material ${id}: ${destroyed} (${reason}), ${change} of the audit log${by}${again}`
}

function backupLines(backups: ShredStatement['backups'], lastGone: string | undefined): string[] {
  if (backups.length === 0) return ['No backup that Keyhold knows of has it.']
  const lines = backups.map(({ id, file, made, gone }) => {
    return `  ${id} of ${made}: ${gone === undefined ? `still there, ${file}` : `gone on ${gone}`}`
  })
  const summary =
    lastGone === undefined ? 'Backups that have it:' : `The last backup that had it was gone on ${lastGone}:`
  return [summary, ...lines]
}
