import { resolve } from 'node:path'
import type { Command } from 'commander'
import { type AddFlags, addedCommand, addWay } from './adding.ts'

interface TokenFlags extends AddFlags {
  library: string
  tokenLabel: string
  tokenSerial?: string
  pinFile?: string
  askPin?: boolean
}

const AFTER =
  'The way is shown to open the root before it counts. A server that runs on the folder goes on: the device is needed to\n' +
  'open the root, not while a server runs.'

/** `operator root add pkcs11`. */
export function addPkcs11Command(): Command {
  return addedCommand('pkcs11', 'a token that speaks PKCS#11, such as an HSM or a smart card')
    .description(
      'Makes a key on a token, which never leaves it, and a way to the root that this key opens. The PIN is read from\n' +
        `--pin-file now and at each opening; with --ask-pin a person gives it each time.\n${AFTER}`,
    )
    .requiredOption('--library <file>', 'the PKCS#11 library that belongs to the token, such as libsofthsm2.so')
    .requiredOption('--token-label <label>', 'the label of the token')
    .option('--token-serial <serial>', 'its serial number, where several tokens have the label')
    .option('--ask-pin', 'do not remember --pin-file: the PIN is asked for at each opening')
    .action(async ({ library, tokenLabel, tokenSerial, pinFile, askPin, ...flags }: TokenFlags) => {
      const remembered = askPin === true ? undefined : pinFileToKeep(pinFile)
      const settings = { library: resolve(library), label: tokenLabel, serial: tokenSerial, pinFile: remembered }
      await addWay(flags, { kind: 'pkcs11', settings })
    })
}

interface TpmFlags extends AddFlags {
  tcti?: string
  pcrs?: string
}

/** `operator root add tpm2`. */
export function addTpm2Command(): Command {
  return addedCommand('tpm2', 'the TPM 2.0 of this machine, by tpm2-tools')
    .description(
      'Seals a way to the root in the TPM of this machine: it opens on this machine alone. With --pcrs it opens only while\n' +
        `the registers have the values that they have now, so that an update of the firmware shuts it: keep another way.\n${AFTER}`,
    )
    .option('--pcrs <registers>', 'a bank and registers, such as sha256:7')
    .option('--tcti <tcti>', 'how tpm2-tools reach the TPM, as in TPM2TOOLS_TCTI (default: as they find it)')
    .action(async ({ tcti, pcrs, ...flags }: TpmFlags) => addWay(flags, { kind: 'tpm2', settings: { tcti, pcrs } }))
}

interface KmsFlags extends AddFlags {
  keyId: string
  region?: string
  endpoint?: string
  caFile?: string
  awsCredentialsFile?: string
  profile?: string
}

/** `operator root add kms`. */
export function addKmsCommand(): Command {
  return addedCommand('kms', 'a key of AWS KMS or of another Keyhold')
    .description(
      'Encrypts a way to the root by a symmetric key of another KMS. It must not be a key of this data folder, which would\n' +
        `be needed to open itself. The caller needs kms:Encrypt now, and kms:Decrypt at each opening.\n${AFTER}`,
    )
    .requiredOption('--key-id <key>', 'the ARN of the key; an id or alias with --region')
    .option('--region <region>', 'the Region of the key, if not in its ARN')
    .option('--endpoint <url>', "the https: URL of the KMS (default: AWS's)")
    .option('--ca-file <file>', 'PEM certificates that are trusted for the endpoint')
    .option(
      '--aws-credentials-file <file>',
      'an AWS credentials file (default: as the tools of AWS find an access key)',
    )
    .option('--profile <name>', 'a section of it, or a profile')
    .action(async ({ keyId, region, endpoint, caFile, awsCredentialsFile, profile, ...flags }: KmsFlags) => {
      const files = { caFile: absolute(caFile), credentialsFile: absolute(awsCredentialsFile) }
      await addWay(flags, { kind: 'kms', settings: { keyId, region, endpoint, profile, ...files } })
    })
}

/** A credential of systemd is no path. */
function pinFileToKeep(pinFile: string | undefined): string | undefined {
  return pinFile?.startsWith('credential:') === true ? pinFile : absolute(pinFile)
}

/** Paths of a command line are relative to the working folder, and the server may have another one. */
function absolute(file: string | undefined): string | undefined {
  return file === undefined ? undefined : resolve(file)
}
