import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { Refusal, scriptedKms } from '../support/scripted-kms.ts'
import { fail, succeed } from '../support/vault.ts'

const KEY = '11111111-2222-3333-4444-555555555555'
const ARN = `arn:aws:kms:eu-west-3:111122223333:key/${KEY}`
const MATERIAL = 'a'.repeat(64)

const ON = { KeyId: KEY, KeyRotationEnabled: true, RotationPeriodInDays: 180, NextRotationDate: 1_800_000_000 }
const ROTATIONS = [
  { KeyId: KEY, KeyMaterialId: MATERIAL, KeyMaterialState: 'NON_CURRENT' },
  {
    KeyId: KEY,
    KeyMaterialId: 'b'.repeat(64),
    KeyMaterialState: 'CURRENT',
    RotationDate: 1_780_000_000,
    RotationType: 'ON_DEMAND',
  },
]

const show = {
  GetKeyRotationStatus: () => ON,
  ListKeyRotations: ({ Marker }: Record<string, unknown>) =>
    Marker === 'next'
      ? { Rotations: ROTATIONS.slice(1), Truncated: false }
      : { Rotations: ROTATIONS.slice(0, 1), NextMarker: 'next', Truncated: true },
}

describe('key rotate', () => {
  test('shows the schedule and every material, over all pages, and changes nothing', async () => {
    await using kms = await scriptedKms(show)
    const shown = await succeed(['key', 'rotate', KEY], kms.env)
    assert.equal(
      shown,
      [
        `Key            ${KEY}`,
        'Rotation       every 180 days',
        'Next rotation  2027-01-15T08:00:00.000Z',
        '',
        `MATERIAL${' '.repeat(58)}STATE        SINCE                     ROTATION   EXPIRES`,
        `${MATERIAL}  NON_CURRENT  -                         -          -`,
        `${'b'.repeat(64)}  CURRENT      2026-05-28T20:26:40.000Z  ON_DEMAND  -`,
        '',
      ].join('\n'),
    )
    assert.deepEqual(new Set(kms.calls.map(({ operation }) => operation)), new Set(Object.keys(show)))
    assert.equal(kms.calls[1]?.input['IncludeKeyMaterial'], 'ALL_KEY_MATERIAL')
  })

  test('says that rotation is off, and since when a rotation on demand is under way', async () => {
    const status = { KeyRotationEnabled: false, OnDemandRotationStartDate: 1_780_000_000 }
    await using kms = await scriptedKms({
      GetKeyRotationStatus: () => status,
      ListKeyRotations: () => ({ Rotations: [] }),
    })
    assert.equal(
      await succeed(['key', 'rotate', KEY], kms.env),
      `Key             ${KEY}\nRotation        off\nRotating since  2026-05-28T20:26:40.000Z\n`,
    )
  })

  test('--json prints both answers as the service gave them', async () => {
    await using kms = await scriptedKms(show)
    const shown = JSON.parse(await succeed(['key', 'rotate', KEY, '--json'], kms.env)) as Record<string, unknown>
    assert.equal(shown['RotationPeriodInDays'], 180)
    assert.equal((shown['Rotations'] as { RotationDate?: string }[])[1]?.RotationDate, '2026-05-28T20:26:40.000Z')
  })

  const changes = [
    [['--on-demand'], 'RotateKeyOnDemand', {}],
    [['--every', '180'], 'EnableKeyRotation', { RotationPeriodInDays: 180 }],
    [['--off'], 'DisableKeyRotation', {}],
  ] as const
  for (const [flags, operation, members] of changes) {
    test(`${flags.join(' ')} calls ${operation} in the region of the key, then shows what has become of it`, async () => {
      await using kms = await scriptedKms({ ...show, [operation]: () => ({}) })
      assert.match(await succeed(['key', 'rotate', ARN, ...flags], kms.env), /^Rotation +every 180 days$/m)
      assert.deepEqual(kms.calls[0], { operation, input: { KeyId: ARN, ...members }, region: 'eu-west-3' })
    })
  }

  test('does one thing at a time', async () => {
    await using kms = await scriptedKms(show)
    await fail(['key', 'rotate', KEY, '--off', '--on-demand'], 2, /cannot be used with option/, kms.env)
    await fail(['key', 'rotate', KEY, '--every', '90', '--off'], 2, /cannot be used with option/, kms.env)
    assert.deepEqual(kms.calls, [])
  })

  test('fails where the service cannot, and where the caller may not', async () => {
    const denied = (): never => {
      throw new Refusal('AccessDeniedException', 'User is not authorized.')
    }
    await using kms = await scriptedKms({ DisableKeyRotation: denied })
    await fail(['key', 'rotate', KEY, '--off'], 3, /AccessDeniedException: User is not authorized\./, kms.env)
    await fail(['key', 'rotate', KEY], 2, /UnsupportedOperationException: .*\nThis KMS does not have it/, kms.env)
  })
})

describe('key create', () => {
  test('asks for the spec, usage, origin and kind of key in whatever spelling', async () => {
    await using kms = await scriptedKms({
      CreateKey: () => ({ KeyMetadata: { KeyId: KEY, MultiRegionConfiguration: { MultiRegionKeyType: 'PRIMARY' } } }),
    })
    const shown = await succeed(
      ['key', 'create', '--spec', 'rsa-3072', '--usage', 'SIGN_VERIFY', '--origin', 'external', '--multi-region'],
      kms.env,
    )
    assert.match(shown, /^Multi-Region +PRIMARY$/m)
    const { input } = kms.calls[0]!
    assert.deepEqual(input, {
      KeySpec: 'RSA_3072',
      KeyUsage: 'SIGN_VERIFY',
      Origin: 'EXTERNAL',
      MultiRegion: true,
      Tags: [],
    })
  })
})

test('key delete of a primary key with replicas says that those go first', async () => {
  await using kms = await scriptedKms({
    ScheduleKeyDeletion: () => ({ KeyId: ARN, KeyState: 'PendingReplicaDeletion' }),
  })
  const said = await succeed(['key', 'delete', KEY, '--days', '7'], kms.env)
  assert.match(said, /will be gone 7 days after its last replica; it cannot be used from now on\./)
})
