import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { leafHashOfBytes, leafHashOfText, MerkleTree } from '../../src/audit/merkle.ts'
import { sha256 } from '../../src/crypto/sha256.ts'

/** RFC 6962, section 2.1, literally. */
function treeHash(leaves: readonly string[]): string {
  if (leaves.length === 0) return sha256('')
  if (leaves.length === 1) return sha256(Buffer.concat([Buffer.of(0), Buffer.from(leaves[0] ?? '')]))
  let half = 1
  while (half * 2 < leaves.length) half *= 2
  const children = [treeHash(leaves.slice(0, half)), treeHash(leaves.slice(half))]
  return sha256(Buffer.concat([Buffer.of(1), ...children.map((hash) => Buffer.from(hash, 'hex'))]))
}

test('the tree of the Certificate Transparency test vectors has their roots', () => {
  // Leaves and roots: certificate-transparency, merkletree tests ("test_vector").
  const leaves = ['', '00', '10', '2021', '3031', '40414243', '5051525354555657', '606162636465666768696a6b6c6d6e6f']
  const roots = [
    '6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d',
    'fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125',
    'aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77',
    'd37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7',
    '4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4',
    '76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef',
    'ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c',
    '5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328',
  ]
  const tree = new MerkleTree(sha256)
  for (const [index, leaf] of leaves.entries()) {
    tree.addLeaf(leafHashOfBytes(sha256, Buffer.from(leaf, 'hex')))
    assert.equal(tree.root(), roots[index])
  }
})

test('the incremental tree has the root of the recursive definition, from any point at which it is resumed', () => {
  fc.assert(
    fc.property(fc.array(fc.string({ unit: 'grapheme' }), { maxLength: 70 }), fc.nat(70), (leaves, at) => {
      let tree = new MerkleTree(sha256)
      for (const [index, leaf] of leaves.entries()) {
        if (index === at) tree = new MerkleTree(sha256, tree.size, tree.peaks)
        tree.addLeaf(leafHashOfText(sha256, leaf))
      }
      assert.equal(tree.root(), treeHash(leaves))
    }),
  )
})

test('a copy does not change with the original', () => {
  const tree = new MerkleTree(sha256)
  tree.addLeaf(leafHashOfText(sha256, 'a'))
  const copy = tree.copy()
  tree.addLeaf(leafHashOfText(sha256, 'b'))
  assert.equal(copy.root(), treeHash(['a']))
})

test('a number of peaks that does not match the size is refused', () => {
  assert.throws(() => new MerkleTree(sha256, 3, [sha256('')]), RangeError)
})
