/**
 * Why a TPM does not do what it is asked.
 *
 * | code | meaning |
 * |---|---|
 * | tools-missing | tpm2-tools are not installed |
 * | unreachable | no TPM answers, or this user may not use it |
 * | another | it is not the TPM that sealed |
 * | cleared | it is that TPM, and was cleared since |
 * | replaced | it is another TPM, or was cleared: which of them cannot be told |
 * | pcr-changed | registers have other values than when it sealed |
 * | damaged | it is the TPM, and what it sealed does not load or is of another way |
 * | owner | its owner set a password, which Keyhold does not have |
 * | failed | it failed otherwise |
 * | timeout | no answer in time |
 */
export type TpmFault =
  | 'tools-missing'
  | 'unreachable'
  | 'another'
  | 'cleared'
  | 'replaced'
  | 'pcr-changed'
  | 'damaged'
  | 'owner'
  | 'failed'
  | 'timeout'

/** A TPM does not do what it is asked. The detail is for operators, and has nothing secret in it. */
export class TpmError extends Error {
  override name = 'TpmError'
  readonly fault: TpmFault

  constructor(fault: TpmFault, detail: string, options?: ErrorOptions) {
    super(detail, options)
    this.fault = fault
  }
}
