import { between } from './constraints.ts'
import type { Constraint, ConstraintTable } from './constraints.ts'

/** Bytes that Encrypt takes at once (AWS KMS API Reference, Encrypt, Plaintext): no key encrypts more. */
export const MAX_PLAINTEXT_BYTES = 4096

/**
 * What KMS demands of input values beyond their wire type: lengths, ranges and patterns, from the public service model
 * (API version 2014-11-01). Enumerations and required members are in the generated model.
 */
const CONSTRAINTS = {
  // Keys and aliases
  KeyId: between(1, 2048),
  AliasName: between(1, 256, '^[a-zA-Z0-9:/_-]+$'),
  Description: between(0, 8192),
  Policy: between(1, 131_072, String.raw`[\u0009\u000A\u000D\u0020-\u00FF]+`),
  PolicyName: between(1, 128, String.raw`[\w]+`),
  Region: between(1, 32, String.raw`^([a-z]+-){2,3}\d+$`),
  PendingWindowInDays: between(1, 365),
  RotationPeriodInDays: between(90, 2560),

  // Tags
  TagKey: between(1, 128),
  TagValue: between(0, 256),

  // Cryptographic operations
  Plaintext: between(1, MAX_PLAINTEXT_BYTES),
  Ciphertext: between(1, 6144),
  PublicKey: between(1, 8192),
  NumberOfBytes: between(1, 1024),
  AttestationDocument: between(1, 262_144),

  // Key material
  KeyMaterialId: between(64, 64, '^[a-f0-9]+$'),
  KeyMaterialDescription: between(0, 256, String.raw`^[a-zA-Z0-9:/_\s.-]+$`),

  // Grants
  GrantId: between(1, 128),
  GrantName: between(1, 256, '^[a-zA-Z0-9:/_-]+$'),
  GrantToken: between(1, 8192),
  Principal: between(1, 256, String.raw`^[\w+=,.@:/-]+$`),
  ServicePrincipal: between(1, 128, String.raw`^([A-Za-z0-9\-]+)\.([A-Za-z0-9\-]+)(\.[A-Za-z0-9\-]+)+$`),
  SourceArn: between(20, 512, '^arn:aws[a-z0-9-]*:[a-z0-9-]+:[a-z0-9-]*:[0-9]{12}:.+$'),

  // Pages
  Limit: between(1, 1000),
  Marker: between(1, 1024, String.raw`[\u0020-\u00FF]*`),

  // Custom key stores
  CustomKeyStoreId: between(1, 64),
  CustomKeyStoreName: between(1, 256),
  CloudHsmClusterId: between(19, 24, 'cluster-[2-7a-zA-Z]{11,16}'),
  KeyStorePassword: between(7, 32),
  TrustAnchorCertificate: between(1, 5000),
  XksKeyId: between(1, 128, '^[a-zA-Z0-9-_.]+$'),
  XksProxyAccessKeyId: between(20, 30, '^[A-Z2-7]+$'),
  XksProxySecretAccessKey: between(43, 64, String.raw`^[a-zA-Z0-9\/+=]+$`),
  XksProxyUriEndpoint: between(10, 128, '^https://[a-zA-Z0-9.-]+$'),
  XksProxyUriPath: between(10, 128, String.raw`^(/[a-zA-Z0-9\/_-]+/kms/xks/v\d{1,2})$|^(/kms/xks/v\d{1,2})$`),
  VpcEndpointServiceName: between(
    20,
    64,
    String.raw`^(com|eu)\.amazonaws\.vpce\.([a-z]+-){2,3}\d+\.vpce-svc-[0-9a-z]+$`,
  ),
  AccountId: between(12, 12, '[0-9]{12}'),
} as const satisfies Record<string, Constraint>

/** Which constraint an input member's value obeys. In KMS one member name means the same in every input. */
const MEMBERS: ConstraintTable['members'] = {
  AccessKeyId: CONSTRAINTS.XksProxyAccessKeyId,
  AliasName: CONSTRAINTS.AliasName,
  AttestationDocument: CONSTRAINTS.AttestationDocument,
  CiphertextBlob: CONSTRAINTS.Ciphertext,
  CloudHsmClusterId: CONSTRAINTS.CloudHsmClusterId,
  CustomKeyStoreId: CONSTRAINTS.CustomKeyStoreId,
  CustomKeyStoreName: CONSTRAINTS.CustomKeyStoreName,
  Description: CONSTRAINTS.Description,
  DestinationKeyId: CONSTRAINTS.KeyId,
  EncryptedKeyMaterial: CONSTRAINTS.Ciphertext,
  GrantId: CONSTRAINTS.GrantId,
  GrantToken: CONSTRAINTS.GrantToken,
  GranteePrincipal: CONSTRAINTS.Principal,
  GranteeServicePrincipal: CONSTRAINTS.ServicePrincipal,
  ImportToken: CONSTRAINTS.Ciphertext,
  KeyId: CONSTRAINTS.KeyId,
  KeyMaterialDescription: CONSTRAINTS.KeyMaterialDescription,
  KeyMaterialId: CONSTRAINTS.KeyMaterialId,
  KeyStorePassword: CONSTRAINTS.KeyStorePassword,
  Limit: CONSTRAINTS.Limit,
  Mac: CONSTRAINTS.Ciphertext,
  Marker: CONSTRAINTS.Marker,
  Message: CONSTRAINTS.Plaintext,
  Name: CONSTRAINTS.GrantName,
  NewCustomKeyStoreName: CONSTRAINTS.CustomKeyStoreName,
  NumberOfBytes: CONSTRAINTS.NumberOfBytes,
  PendingWindowInDays: CONSTRAINTS.PendingWindowInDays,
  Plaintext: CONSTRAINTS.Plaintext,
  Policy: CONSTRAINTS.Policy,
  PolicyName: CONSTRAINTS.PolicyName,
  PrimaryRegion: CONSTRAINTS.Region,
  PublicKey: CONSTRAINTS.PublicKey,
  RawSecretAccessKey: CONSTRAINTS.XksProxySecretAccessKey,
  ReplicaRegion: CONSTRAINTS.Region,
  RetiringPrincipal: CONSTRAINTS.Principal,
  RetiringServicePrincipal: CONSTRAINTS.ServicePrincipal,
  RotationPeriodInDays: CONSTRAINTS.RotationPeriodInDays,
  SharedSecretCiphertextBlob: CONSTRAINTS.Ciphertext,
  Signature: CONSTRAINTS.Ciphertext,
  SourceArn: CONSTRAINTS.SourceArn,
  SourceKeyId: CONSTRAINTS.KeyId,
  TagKey: CONSTRAINTS.TagKey,
  TagValue: CONSTRAINTS.TagValue,
  TargetKeyId: CONSTRAINTS.KeyId,
  TrustAnchorCertificate: CONSTRAINTS.TrustAnchorCertificate,
  XksKeyId: CONSTRAINTS.XksKeyId,
  XksProxyUriEndpoint: CONSTRAINTS.XksProxyUriEndpoint,
  XksProxyUriPath: CONSTRAINTS.XksProxyUriPath,
  XksProxyVpcEndpointServiceName: CONSTRAINTS.VpcEndpointServiceName,
  XksProxyVpcEndpointServiceOwner: CONSTRAINTS.AccountId,
}

const LISTS: ConstraintTable['lists'] = {
  GrantTokens: { length: between(0, 10), element: CONSTRAINTS.GrantToken },
  TagKeys: { element: CONSTRAINTS.TagKey },
}

export const KMS_CONSTRAINTS: ConstraintTable = { members: MEMBERS, lists: LISTS }
