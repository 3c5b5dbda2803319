/** levelshift encoder: probes rank encoders as they must, export is read again, refusals name what is wrong. */

import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import * as tf from '@tensorflow/tfjs-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { encodeBackbone, loadBackbone } from '../src/app/encoder/backbone-file.ts'
import { exportEncoder } from '../src/app/encoder/export.ts'
import { importMobileNet } from '../src/app/encoder/import.ts'
import { loadEncoder } from '../src/app/encoder-file.ts'
import { findRecipe } from '../src/app/recipes.ts'
import { stream } from '../src/core/random.ts'
import { FRAME_BYTES } from '../src/core/rasteriser.ts'
import { linearProbe } from '../src/learn/backbones/linear-probe.ts'
import { MOBILENET_BACKBONE, OWN_BACKBONE } from '../src/learn/backbones/registry.ts'
import { selectBackend } from '../src/learn/backend.ts'
import { roundToHalf } from '../src/learn/float16.ts'
import { disposeParameters, toTensors } from '../src/learn/parameters.ts'
import { decodeSafetensors, encodeSafetensors } from '../src/learn/safetensors.ts'

const STARTER = 'agents/trained/starter.safetensors'
const context = {
  signal: new AbortController().signal,
  command: 'test',
  say: () => {},
  progress: () => ({ update: () => {}, stop: () => {} }),
}

describe('encoders', () => {
  let folder: string
  let mobileNet: string
  beforeAll(async () => {
    await selectBackend()
    folder = mkdtempSync(join(tmpdir(), 'levelshift-encoder-'))
    mobileNet = join(folder, 'mobilenet.safetensors')
    const random = stream('encoders', 'weights')
    const { values } = MOBILENET_BACKBONE.init(() => random.next())
    writeFileSync(mobileNet, encodeSafetensors(encodeBackbone(MOBILENET_BACKBONE, values, 'a test')))
  })
  afterAll(() => rmSync(folder, { recursive: true, force: true }))

  it('of either kind are loaded by name, and give a vector a frame', () => {
    const own = loadBackbone(STARTER)
    expect(own.backbone).toBe(OWN_BACKBONE)
    expect(own.values).toEqual(loadEncoder(STARTER).values)
    const other = loadBackbone(mobileNet)
    expect(other.backbone).toBe(MOBILENET_BACKBONE)
    const parameters = toTensors(other.values, other.backbone.shapes)
    const features = other.backbone.run(parameters, new Uint8Array(2 * FRAME_BYTES).fill(9, FRAME_BYTES), 2)
    expect(features.shape).toEqual([2, 1536])
    expect(other.backbone.features).toBe(1536)
    features.dispose()
    disposeParameters(parameters)
  })

  it('that recipes cannot train on are refused by name', () => {
    expect(() => loadEncoder(mobileNet)).toThrow(
      /the encoder is 'mobilenet-v2', expected one that levelshift/,
    )
    const file = decodeSafetensors(readFileSync(mobileNet), 'x')
    const strange = join(folder, 'strange.safetensors')
    writeFileSync(strange, encodeSafetensors({ ...file, metadata: { ...file.metadata, backbone: 'vit' } }))
    expect(() => loadBackbone(strange)).toThrow(/unknown backbone 'vit', expected one of own, mobilenet-v2/)
  })

  it('are exported as plain 32-bit floats', () => {
    const out = join(folder, 'exported')
    const { files } = exportEncoder(mobileNet, out, false)
    const { tensors } = decodeSafetensors(readFileSync(files[0]), files[0])
    expect([...tensors.keys()]).toEqual(Object.keys(MOBILENET_BACKBONE.shapes))
    const { values } = loadBackbone(mobileNet)
    for (const [name, { data, dtype }] of tensors) {
      expect(dtype).toBeUndefined()
      expect(data).toEqual(roundToHalf(values[name]))
    }
    expect(readFileSync(files[1], 'utf8')).toContain('| conv00/w | 3 x 3 x 3 x 32 |')
    expect(() => exportEncoder(mobileNet, out, false)).toThrow(/is there already/)
    expect(exportEncoder(STARTER, out, true).backbone).toBe('own')
  })

  it('are not imported over a file that is there, nor from what is no checkpoint', async () => {
    const request = { out: mobileNet, from: 'package.json', force: false }
    await expect(importMobileNet(request, context)).rejects.toThrow(/is there already/)
    await expect(importMobileNet({ ...request, force: true }, context)).rejects.toThrow(
      /^package.json: the file is damaged or no PyTorch checkpoint/,
    )
    expect(loadBackbone(mobileNet).backbone).toBe(MOBILENET_BACKBONE)
  })

  it('that were pretrained tell more than random weights, and constant features nothing', () => {
    const options = {
      levels: findRecipe('starter').encoder.levels,
      seed: 'probe',
      trained: 1024,
      frames: 512,
    }
    const probe = (values: ReturnType<typeof loadBackbone>['values']) => {
      const parameters = toTensors(values, OWN_BACKBONE.shapes)
      try {
        return linearProbe((pixels, count) => OWN_BACKBONE.run(parameters, pixels, count), options)
      } finally {
        disposeParameters(parameters)
      }
    }
    const random = stream('probe', 'weights')
    const before = tf.memory().numTensors
    const pretrained = probe(loadBackbone(STARTER).values)
    expect(tf.memory().numTensors).toBe(before)
    const untrained = probe(OWN_BACKBONE.init(() => random.next()).values)
    const blind = linearProbe((_, count) => tf.ones([count, 4]), options)
    expect(pretrained).toMatchObject({ trained: 1024, frames: 512 })
    expect(pretrained.directionAccuracy).toBeGreaterThan(untrained.directionAccuracy + 0.1)
    expect(pretrained.nearnessR2).toBeGreaterThan(untrained.nearnessR2 + 0.2)
    expect(Math.abs(blind.nearnessR2)).toBeLessThan(0.1)
    expect(pretrained.directionAccuracy).toBeGreaterThan(blind.directionAccuracy + 0.1)
  })
})
