import { Command } from 'commander'
import { UsageError } from '../base/errors.ts'
import { print, warn } from '../descriptors/standard.ts'
import { describeStatement } from '../keys/shred-certificate.ts'
import { EXIT } from '../process/exit.ts'
import { readText } from '../shared/read-text.ts'
import { printJson } from '../terminal/print.ts'

/** Many times what the certificate of a key with every rotation has. */
const MAX_BYTES = 4 * 2 ** 20

interface Flags {
  publicKey: string
  json?: boolean
}

export function auditVerifyCertificateCommand(): Command {
  return new Command('verify-certificate')
    .summary('check the signature of a certificate of a destroyed key')
    .description(
      'Checks that the key of an audit log signed a certificate, and prints what it states. The public key must come from\n' +
        'where you trust it: `keyhold audit head --public-key` prints it; PEM is taken, too. Needs no data folder.\n' +
        'Exit code 8 when the signature is not by that key.',
    )
    .argument('<certificate>', 'its file')
    .requiredOption('--public-key <file>', 'the file with the public key of the audit log')
    .option('--json', 'print the statement as JSON')
    .action(verify)
}

async function verify(file: string, { publicKey, json }: Flags): Promise<void> {
  const { verifyCertificate } = await import('@keyhold/server')
  const certificate = await readText(file, MAX_BYTES, 'a certificate')
  const keyText = await readText(publicKey, MAX_BYTES, 'a public key')
  const result = verifyCertificate(certificate, keyText)
  if (result === 'no key') {
    throw new UsageError(`${publicKey} has no public key of an audit log: neither a verifier key nor PEM of Ed25519.`)
  }
  if (result === 'not signed') {
    warn('keyhold: This is NOT a certificate that this key signed.')
    process.exitCode = EXIT.broken
    return
  }
  if (json === true) printJson(result)
  else print(`The signature is valid.\n${describeStatement(result)}\n`)
}
