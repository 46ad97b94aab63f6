import type { X509Certificate } from 'node:crypto'
import { createSecureContext, type SecureContextOptions } from 'node:tls'
import type { Secret } from '@keyhold/protocol'
import { CertificateError } from './certificate-error.ts'
import { namesOf } from './names.ts'
import { readFile, type ReadFile, requirePrivate, requireProtected } from './read-files.ts'
import { handshakeWith } from './trial.ts'

/** Which files a server takes its certificates from. */
export interface TlsFiles {
  /** PEM files, each with a certificate and the chain behind it, and PKCS#12 files. The first is for clients that name no other. */
  certificates: readonly string[]
  /** PEM files of private keys, in any order. A PEM file of a certificate can contain its key, too. */
  keys?: readonly string[]
  /** Of encrypted keys and PKCS#12 files. */
  passphrase?: Secret
  /** A PEM file of the authorities of client certificates. With it, every client must have one. */
  clientAuthorities?: string
}

/** A certificate with its key. */
export interface Certificate {
  file: string
  /** DNS names and IP addresses in lower case. */
  names: readonly string[]
  notBeforeMs: number
  notAfterMs: number
  /** SHA-256 of the certificate. */
  fingerprint: string
  /** For node:tls. Contains the key. */
  material: SecureContextOptions
}

/** What all files together contain. */
export interface Material {
  certificates: readonly Certificate[]
  clientAuthorities?: Buffer
}

/** More certificates than a server has names. */
const MOST_FILES = 1000

/** Reads and checks all files, but not whether it is their time. Throws a CertificateError. */
export async function loadMaterial(files: TlsFiles): Promise<Material> {
  const { certificates, keys = [], clientAuthorities } = files
  if (certificates.length === 0) throw new CertificateError('TLS needs a certificate. Name its file with --tls-cert.')
  if (certificates.length + keys.length > MOST_FILES) throw new CertificateError(`There are over ${MOST_FILES} files.`)
  const passphrase = files.passphrase && Buffer.from(files.passphrase.reveal()).toString()
  const unused = new Map<string, Buffer>()
  for (const file of keys) unused.set(file, await readKey(file, passphrase))
  const used = new Set<string>()
  const loaded: Certificate[] = []
  for (const file of certificates) {
    const { certificate, keyFile } = await loadCertificate(await readFile(file), unused, passphrase)
    loaded.push(certificate)
    if (keyFile !== undefined) used.add(keyFile)
  }
  for (const file of keys) {
    if (!used.has(file)) throw new CertificateError(`The private key in ${file} belongs to none of the certificates.`)
  }
  return {
    certificates: loaded,
    ...(clientAuthorities !== undefined && { clientAuthorities: await readAuthorities(clientAuthorities) }),
  }
}

async function readKey(file: string, passphrase: string | undefined): Promise<Buffer> {
  const read = await readFile(file)
  if (isOnlyCertificate(read.bytes)) {
    throw new CertificateError(
      `${file} contains a certificate and no private key. Are --tls-cert and --tls-key swapped?`,
    )
  }
  requirePrivate(read)
  attempt(() => createSecureContext({ key: read.bytes, ...(passphrase !== undefined && { passphrase }) }), {
    of: `The private key in ${file}`,
    passphrase,
  })
  return read.bytes
}

async function readAuthorities(file: string): Promise<Buffer> {
  const read = await readFile(file)
  requireProtected(read)
  if (!read.bytes.includes(BEGIN_CERTIFICATE)) throw new CertificateError(`${file} contains no PEM certificate.`)
  requireWhole(file, read.bytes.toString('latin1'))
  attempt(() => createSecureContext({ ca: read.bytes }), { of: file, passphrase: undefined })
  return read.bytes
}

/**
 * OpenSSL takes the authorities before the first that it cannot read, and says nothing: with half a file, clients of the others would
 * be refused.
 */
function requireWhole(file: string, pem: string): void {
  const [, ...blocks] = pem.split('-----BEGIN ')
  for (const block of blocks) {
    const [, label, rest = ''] = /^([A-Z0-9 ]+)-----([\s\S]*)$/.exec(block) ?? []
    const isWhole = label !== undefined && rest.includes(`-----END ${label}-----`)
    if (!isWhole || (OF_CERTIFICATES.has(label) && !isReadable(`-----BEGIN ${block}`)))
      throw new CertificateError(`${file} contains a certificate that cannot be read, or only part of it.`)
  }
}

/** Those that OpenSSL reads (pem.h). */
const OF_CERTIFICATES: ReadonlySet<string> = new Set(['CERTIFICATE', 'X509 CERTIFICATE', 'TRUSTED CERTIFICATE'])

function isReadable(pem: string): boolean {
  try {
    createSecureContext({ cert: pem })
    return true
  } catch {
    return false
  }
}

const BEGIN_CERTIFICATE = '-----BEGIN CERTIFICATE-----'
const BEGIN_KEY = /-----BEGIN (?:[A-Z]+ )?PRIVATE KEY-----/

function isOnlyCertificate(bytes: Buffer): boolean {
  return bytes.includes(BEGIN_CERTIFICATE) && !BEGIN_KEY.test(bytes.toString('latin1'))
}

/** ASN.1's SEQUENCE, with which a PKCS#12 file begins. */
const SEQUENCE = 0x30

function isDerCertificate(bytes: Buffer): boolean {
  try {
    const lines = bytes.toString('base64').replaceAll(/.{1,64}/g, '$&\n')
    createSecureContext({ cert: `${BEGIN_CERTIFICATE}\n${lines}-----END CERTIFICATE-----\n` })
    return true
  } catch {
    return false
  }
}

interface Loaded {
  certificate: Certificate
  keyFile?: string
}

async function loadCertificate(
  read: ReadFile,
  keys: ReadonlyMap<string, Buffer>,
  passphrase: string | undefined,
): Promise<Loaded> {
  const { file, bytes } = read
  const secrets = passphrase === undefined ? {} : { passphrase }
  if (bytes[0] === SEQUENCE) {
    if (isDerCertificate(bytes)) {
      throw new CertificateError(
        `${file} is a certificate in DER. Convert it: openssl x509 -inform der -in ${file} -out FILE.pem`,
      )
    }
    requirePrivate(read)
    const material = { pfx: bytes, ...secrets }
    attempt(() => createSecureContext(material), { of: `The PKCS#12 file ${file}`, passphrase })
    return { certificate: await described(file, material) }
  }
  if (!bytes.includes(BEGIN_CERTIFICATE)) {
    const swapped = BEGIN_KEY.test(bytes.toString('latin1')) ? ' Are --tls-cert and --tls-key swapped?' : ''
    throw new CertificateError(`${file} contains neither a PEM certificate nor PKCS#12.${swapped}`)
  }
  attempt(() => createSecureContext({ cert: bytes }), { of: `The certificate in ${file}`, passphrase })
  if (BEGIN_KEY.test(bytes.toString('latin1'))) {
    requirePrivate(read)
    return { certificate: await described(file, { cert: bytes, key: bytes, ...secrets }) }
  }
  for (const [keyFile, key] of keys) {
    const certificate = await described(file, { cert: bytes, key, ...secrets }).catch(orNothing)
    if (certificate) return { certificate, keyFile }
  }
  const found = keys.size === 0 ? 'Name the file of its key with --tls-key.' : 'None of the private keys is its key.'
  throw new CertificateError(
    `The certificate in ${file} has no key. ${found} The file must begin with the certificate of the server itself.`,
  )
}

/** A key that is not the certificate's fails; a certificate that is refused for itself does so with any key. */
function orNothing(error: unknown): undefined {
  if (error instanceof CertificateError && !(error instanceof NotItsKey)) throw error
}

class NotItsKey extends CertificateError {}

async function described(file: string, material: SecureContextOptions): Promise<Certificate> {
  let certificate: X509Certificate
  try {
    certificate = await handshakeWith(material)
  } catch (cause) {
    throw new NotItsKey(`The certificate in ${file} and its key do not work: ${reasonOf(cause)}.`, { cause })
  }
  requireStrong(file, certificate)
  return {
    file,
    names: namesOf(certificate.subjectAltName),
    notBeforeMs: certificate.validFromDate.getTime(),
    notAfterMs: certificate.validToDate.getTime(),
    fingerprint: certificate.fingerprint256.replaceAll(':', '').toLowerCase(),
    material,
  }
}

const SERVER_AUTH = '1.3.6.1.5.5.7.3.1'
const ANY_PURPOSE = '2.5.29.37.0'
const LEAST_RSA_BITS = 2048

/** What all clients of today refuse is refused here, where an operator sees why. */
function requireStrong(file: string, certificate: X509Certificate): void {
  const { publicKey, keyUsage, subject, issuer } = certificate
  const purposes = keyUsage as readonly string[] | undefined
  if (purposes && !purposes.includes(SERVER_AUTH) && !purposes.includes(ANY_PURPOSE)) {
    throw new CertificateError(
      `The certificate in ${file} is not for servers: its extended key usage lacks serverAuth.`,
    )
  }
  const bits = publicKey.asymmetricKeyDetails?.modulusLength
  if (bits !== undefined && bits < LEAST_RSA_BITS) {
    throw new CertificateError(`The certificate in ${file} is weak: its RSA key has ${bits} bits, and 2048 are needed.`)
  }
  // Its own signature says nothing of a certificate that is its own authority.
  const { signatureAlgorithm = '' } = certificate
  if (subject !== issuer && /md5|sha-?1(?!\d)/i.test(signatureAlgorithm)) {
    throw new CertificateError(`The certificate in ${file} is weak: it is signed with ${signatureAlgorithm}.`)
  }
}

/** Calls what throws an error of OpenSSL, which does not say what it is about. */
function attempt(act: () => unknown, { of, passphrase }: { of: string; passphrase: string | undefined }): void {
  try {
    act()
  } catch (cause) {
    const { code = '', message } = cause as NodeJS.ErrnoException
    if (/BAD_DECRYPT|BAD_PASSWORD|PKCS12_PARSE/.test(code) || /mac verify failure|bad decrypt/.test(message)) {
      const remedy =
        passphrase === undefined
          ? 'Name the file of its passphrase with --tls-passphrase-file.'
          : 'The passphrase is not its passphrase.'
      throw new CertificateError(`${of} is encrypted. ${remedy}`, { cause })
    }
    throw new CertificateError(`${of} cannot be used: ${reasonOf(cause)}.`, { cause })
  }
}

const WORDS: Readonly<Record<string, string>> = {
  ERR_SSL_EE_KEY_TOO_SMALL: 'its key is too short; RSA needs 2048 bits',
  ERR_OSSL_PEM_NO_START_LINE: 'it is no PEM file of this kind',
  ERR_CRYPTO_UNSUPPORTED_OPERATION:
    'it is no PKCS#12, or encrypted by an old method (openssl pkcs12 -legacy reads those)',
  ERR_OSSL_UNSUPPORTED: 'it contains no private key of a known kind',
}

/** The last part of OpenSSL's message is its reason. */
function reasonOf(error: unknown): string {
  const { code = '', message } = error as NodeJS.ErrnoException
  const parts = message.split(':').filter((part) => /[a-z]{3}/.test(part) && !/\.c$|^ERROR$/i.test(part.trim()))
  return WORDS[code] ?? (parts.at(-1) ?? message).trim()
}
