/**
 * levelshift export: an agent for other programs, as a folder that stands alone.
 *
 *     FOLDER/
 *       README.md            the model card
 *       agent.json           inputs, outputs, actions, and what adapting the head needs
 *       model.safetensors    encoder, head and inner rates; Levelshift reads it as an agent as well
 *       model.onnx           pixels to features and logits
 *       tfjs/                the same as a LayersModel: model.json, weights.bin
 *
 * The folder is written under another name and moved into place: it is there whole or not at all.
 */

import { existsSync, realpathSync, renameSync, rmSync, statSync } from 'node:fs'
import { basename, dirname, join, resolve } from 'node:path'
import { UserError } from '../../core/errors.ts'
import { encodeSafetensors } from '../../learn/safetensors.ts'
import { type Agent, decodeAgent, encodeAgent } from '../agent-file.ts'
import { fileError, makeFolder, namesIn, UNFINISHED_SUFFIX, writeFileAtomic } from '../files.ts'
import { openAgent } from '../run-folder.ts'
import { version } from '../version.ts'
import { type AgentDescription, describeAgent } from './describe.ts'
import { findEvaluation } from './evaluation.ts'
import { renderCard } from './model-card.ts'
import { agentNetwork } from './network.ts'
import { encodeOnnx } from './onnx.ts'
import { encodeLayersModel, WEIGHTS_FILE } from './tfjs-layers.ts'

export const FORMATS = ['safetensors', 'tfjs', 'onnx'] as const
export type Format = (typeof FORMATS)[number]

export interface ExportRequest {
  /** A run folder or a checkpoint. */
  readonly agent: string
  readonly out: string
  readonly formats: readonly Format[]
  /** Replace an earlier export. */
  readonly force: boolean
  /** As it was typed, for the model card. */
  readonly command: string
  /** The day of the export, as 2026-01-31. */
  readonly date: string
}

export interface ExportResult {
  readonly agent: string
  readonly out: string
  readonly formats: readonly Format[]
  readonly files: readonly { readonly path: string; readonly bytes: number }[]
}

/** All names that an export puts into its folder. */
const NAMES = ['README.md', 'agent.json', 'model.safetensors', 'model.onnx', 'tfjs']

/** Writes an agent's folder. Refuses one that holds anything, or with `force` anything that no export has written. */
export function exportAgent(request: ExportRequest): ExportResult {
  const { out } = request
  const { path, checkpoint } = openAgent(request.agent)
  const agent = decodeAgent(checkpoint, path)
  refuseForeign(out, request.force)
  const formats = FORMATS.filter(format => request.formats.includes(format))
  const description = describeAgent(agent)
  const files = {
    ...modelFiles(agent, description, formats),
    'agent.json': `${JSON.stringify(description, null, 2)}\n`,
    'README.md': renderCard({
      ...request,
      formats,
      agent,
      source: path,
      description,
      evaluation: findEvaluation(request.agent),
    }),
  }
  replaceFolder(out, files)
  return {
    agent: request.agent,
    out,
    formats,
    files: Object.entries(files).map(([name, content]) => ({
      path: join(out, name),
      bytes: Buffer.byteLength(content),
    })),
  }
}

/** The models by path in the folder. */
function modelFiles(
  agent: Agent,
  description: AgentDescription,
  formats: readonly Format[],
): Record<string, string | Uint8Array> {
  const files: Record<string, string | Uint8Array> = {}
  const layers = agentNetwork(agent)
  if (formats.includes('safetensors')) {
    // Without the baselines that it was compared with.
    const { fineTuned: _, randomHeadAlpha: __, ...own } = agent
    files['model.safetensors'] = encodeSafetensors(encodeAgent(own))
  }
  if (formats.includes('onnx')) {
    files['model.onnx'] = encodeOnnx(layers, version, {
      recipe: agent.recipe.name,
      actions: description.actions.join(','),
    })
  }
  if (formats.includes('tfjs')) {
    const { model, weights } = encodeLayersModel(layers, version)
    files['tfjs/model.json'] = model
    files[`tfjs/${WEIGHTS_FILE}`] = weights
  }
  return files
}

function refuseForeign(out: string, force: boolean): void {
  if (!existsSync(out)) return
  if (!statSync(out).isDirectory())
    throw new UserError(`${out} is a file, expected a folder: choose another one with --out`)
  const content = namesIn(out)
  const foreign = content.find(name => !NAMES.includes(name))
  if (foreign !== undefined) {
    throw new UserError(`${out} holds '${foreign}', which no export writes: choose another folder with --out`)
  }
  if (content.length > 0 && !force) {
    throw new UserError(
      `${out} is not empty: replace the export in it with --force, or choose another folder with --out`,
    )
  }
}

/** Puts a folder with these files in place of another, in one step. When that fails the old one is as it was. */
function replaceFolder(folder: string, files: Readonly<Record<string, string | Uint8Array>>): void {
  // A link to a folder stays a link.
  const target = existsSync(folder) ? realpathSync(folder) : resolve(folder)
  const parent = dirname(target)
  const beside = (part: string) => join(parent, `.${basename(target)}.${part}${UNFINISHED_SUFFIX}`)
  const [fresh, old] = [beside('new'), beside('old')]
  makeFolder(parent)
  try {
    removeFolder(fresh)
    for (const [name, content] of Object.entries(files)) {
      const path = join(fresh, name)
      makeFolder(dirname(path))
      writeFileAtomic(path, content)
    }
    removeFolder(old)
    if (existsSync(target)) renameSync(target, old)
    moveInto(fresh, target, old)
    removeFolder(old)
  } catch (error) {
    removeFolder(fresh)
    throw fileError('write folder', folder, error)
  }
}

/** Moves the fresh folder into place, or the old one back. */
function moveInto(fresh: string, target: string, old: string): void {
  try {
    renameSync(fresh, target)
  } catch (error) {
    if (existsSync(old)) renameSync(old, target)
    throw error
  }
}

function removeFolder(path: string): void {
  rmSync(path, { recursive: true, force: true })
}

/** The result for a person. */
export function formatExport({ files }: ExportResult): string {
  return files.map(({ path, bytes }) => `${path}  ${Math.ceil(bytes / 1024)} KiB`).join('\n')
}
