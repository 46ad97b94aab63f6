/** Certificates or keys that cannot be used. The message says which file, why, and what helps. */
export class CertificateError extends Error {
  override name = 'CertificateError'
}
