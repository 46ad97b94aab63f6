/** Connections, keyrings and what they keep. */
import * as client from '../../src/index.ts'
import { pattern } from '../support/messages.ts'
import {
  aKeyring,
  aRecord,
  accounts,
  anyKey,
  arn,
  branchKey,
  ec,
  grants,
  here,
  key,
  keyFile,
  keyring,
  record,
  rsa,
  service,
  someKms,
  storage,
  store,
} from './world.ts'
import {
  NOT_PATHS,
  isRequired,
  made,
  of,
  options,
  pairs,
  path,
  positive,
  row,
  signal,
  text,
  texts,
  value,
  whole,
  NOT_BYTES,
  bytes,
} from './values.ts'
import type { Row } from './values.ts'

export const KEYRING_ROWS: Readonly<Record<string, Row | 'asks for nothing'>> = {
  kms: row(
    client.kms,
    isRequired(
      options({
        region: text('us-east-1'),
        timeoutMs: positive(1),
        connectTimeoutMs: positive(1),
        callTimeoutMs: positive(1),
        credentials: value({ accessKeyId: 'a', secretAccessKey: 's' }, [
          null,
          7,
          'text',
          {},
          { accessKeyId: 'a', secretAccessKey: 7 },
        ]),
        endpoint: value('http://127.0.0.1:1', [null, 7, '', 'no URL', 'ftp://host', {}]),
        retry: options({ maxAttempts: positive(1), baseDelayMs: whole(1), maxDelayMs: whole(1) }),
      }),
    ),
  ),
  KmsConnection: made(
    client.KmsConnection,
    value(
      { client: { config: { region: () => Promise.resolve('r'), credentials: () => Promise.reject(new Error()) } } },
      [undefined, null, 7, {}, { client: 7 }, { client: {} }, { regoin: 'r' }],
    ),
  ),
  'KmsConnection.call': row(
    (operation, input, given) => service.call(operation, input, given),
    value('Encrypt', [undefined, null, 7, '', 'encrypt', 'toString', {}]),
    isRequired(value({ KeyId: key }, [null, 7, 'text'])),
    value({ signal: AbortSignal.abort() }, [null, 7, 'text', { region: 7 }, { signal: {} }, { regoin: 'r' }]),
  ),
  'KmsConnection.keyhold': row(
    (operation, input, given) => service.keyhold(operation, input, given),
    value('GetShredCertificate', [undefined, null, 7, '', 'Encrypt', 'toString', {}]),
    isRequired(value({ KeyId: key }, [null, 7, 'text'])),
    value({ signal: AbortSignal.abort() }, [null, 7, 'text', { region: 7 }, { signal: {} }, { regoin: 'r' }]),
  ),
  'KmsConnection.key': of(
    service,
    'key',
    isRequired(arn),
    value([key], [null, 7, key, ['alias/a'], [7]]),
    options(grants),
  ),
  'KmsConnection.multiRegionKey': of(
    service,
    'multiRegionKey',
    isRequired(arn),
    value([key], [null, 7, key, ['alias/a'], [7]]),
    options(grants),
  ),
  'KmsConnection.rsaKey': of(
    service,
    'rsaKey',
    isRequired(arn),
    options({ ...grants, publicKey: anyKey(rsa.publicKey), algorithm: value('RSAES_OAEP_SHA_1', [null, 7, 'x']) }),
  ),
  'KmsConnection.agreementKey': of(
    service,
    'agreementKey',
    isRequired(arn),
    options({ ...grants, publicKey: anyKey(ec.publicKey), ownPublicKey: anyKey(ec.publicKey) }),
  ),
  'KmsConnection.discovery': of(service, 'discovery', isRequired(options(accounts)), options(grants)),
  'KmsConnection.multiRegionDiscovery': of(
    service,
    'multiRegionDiscovery',
    isRequired(options({ ...accounts, region: isRequired(text('us-east-1')) })),
    options(grants),
  ),
  'KmsConnection.account': row((given) => service.account(given), value(AbortSignal.abort(), [null, 7, {}])),
  'KmsConnection.resolve': of(service, 'resolve', isRequired(value(key, [null, 7, {}])), signal),
  anyOf: row(client.anyOf, keyring, keyring),
  kmsRsa: row(
    client.kmsRsa,
    isRequired(
      options({
        ...grants,
        key: isRequired(arn),
        publicKey: anyKey(rsa.publicKey),
        kms: someKms,
        algorithm: value('RSAES_OAEP_SHA_1', [null, 7, 'x']),
      }),
    ),
  ),
  rawAes: row(
    client.rawAes,
    isRequired(
      options({
        namespace: isRequired(value('n', [null, 7, '', 'aws-kms', '\ud800'])),
        name: isRequired(value('k', [null, 7, '', '\ud800'])),
        wrappingKey: value(pattern(32), [...NOT_BYTES, pattern(31)]),
      }),
    ),
  ),
  rawRsa: row(
    client.rawRsa,
    isRequired(
      options({
        namespace: isRequired(value('n', [null, 7, ''])),
        name: isRequired(value('k', [null, 7, ''])),
        padding: isRequired(value('PKCS1', [null, 7, 'x'])),
        publicKey: anyKey(rsa.publicKey),
        privateKey: anyKey(rsa.privateKey),
      }),
    ),
  ),
  rawEcdh: row(
    client.rawEcdh,
    isRequired(options({ privateKey: anyKey(ec.privateKey), publicKey: anyKey(ec.publicKey) })),
  ),
  createKeyFile: row(
    (_path, given) => client.createKeyFile(_path === '/new' ? here(`new-${Math.random()}`) : _path, given),
    path('/new'),
    isRequired(options({ keyring, signal })),
  ),
  openKeyFile: row(client.openKeyFile, path(here('key-file')), isRequired(options({ keyring, signal }))),
  readKeyFile: row(client.readKeyFile, path(here('key-file'))),
  rewrapKeyFile: row(
    client.rewrapKeyFile,
    path(here('key-file')),
    isRequired(
      options({
        signal,
        kms: someKms,
        open: value(
          aKeyring,
          keyring.wrong.filter((one) => one !== undefined),
        ),
        remove: texts([]),
        add: value([], [null, 7, {}, [7]]),
        from: value([key], [null, 7, 'text', [7], {}, { accounts: ['a'] }]),
      }),
    ),
  ),
  keyNames: row(client.keyNames, isRequired(value(keyFile, [null, 7, 'text', {}, { sealed: 7 }, { sealed: [{}] }]))),
  BranchKeyStore: made(
    client.BranchKeyStore,
    isRequired(
      options({
        ...grants,
        key: isRequired(arn),
        kms: isRequired(someKms),
        name: isRequired(value('n', [null, 7, ''])),
        storage: isRequired(value(storage, [null, 7, {}])),
      }),
    ),
  ),
  'BranchKeyStore.createKey': of(store, 'createKey', options({ context: pairs, id: text('x') })),
  'BranchKeyStore.versionKey': of(store, 'versionKey', isRequired(text(branchKey))),
  'BranchKeyStore.activeKey': of(store, 'activeKey', isRequired(text(branchKey))),
  'BranchKeyStore.keyOfVersion': of(store, 'keyOfVersion', isRequired(text(branchKey)), isRequired(text('version'))),
  FileBranchKeyStorage: made(client.FileBranchKeyStorage, path(here('branch-keys'))),
  'FileBranchKeyStorage.get': of(storage, 'get', isRequired(text(branchKey)), isRequired(text('branch:ACTIVE'))),
  'FileBranchKeyStorage.create': of(
    storage,
    'create',
    value([record], [null, 7, undefined, {}, [], ...aRecord.wrong.map((one) => [one])]),
  ),
  'FileBranchKeyStorage.addVersion': of(storage, 'addVersion', aRecord, aRecord, aRecord),
  hierarchical: row(
    client.hierarchical,
    isRequired(
      options({
        store: isRequired(value(store, [null, 7, {}])),
        branchKey: isRequired(value('b', [null, 7, {}])),
        maxAgeMs: isRequired(positive(1)),
        maxEntries: positive(1),
      }),
    ),
  ),
  leftoversIn: row(
    client.leftoversIn,
    path(here('.')),
    isRequired(whole(1)),
    value(
      'name',
      NOT_PATHS.filter((one) => one !== undefined),
    ),
  ),
  leftoversBeside: row(client.leftoversBeside, path(here('file')), isRequired(whole(1))),
  wrappingKeyName: row(
    client.wrappingKeyName,
    isRequired(value(keyFile.sealed[0], [null, 7, 'text', {}, { ...keyFile.sealed[0], providerInfo: 'text' }])),
  ),
  nativePath: row(client.nativePath, isRequired(value('name', [null, 7, {}]))),
  pathOf: row(client.pathOf, bytes(3)),
  generateRecoveryKey: 'asks for nothing',
  recoveryKey: row(
    client.recoveryKey,
    isRequired(options({ publicKey: anyKey(rsa.publicKey), privateKey: anyKey(rsa.privateKey) })),
  ),
  recoveryKeyName: row(client.recoveryKeyName, isRequired(anyKey(rsa.publicKey))),
  removeTemporaryFiles: 'asks for nothing',
}
