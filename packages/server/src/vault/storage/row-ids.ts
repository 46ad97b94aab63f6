/** `provider` is the issuer without `https://`. */
export function oidcProviderRowId(accountId: string, provider: string): string {
  return `${accountId}/${provider}`
}
