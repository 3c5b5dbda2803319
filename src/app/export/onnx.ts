/**
 * A network as an ONNX model, written by hand: one protobuf message, of which a small part of onnx.proto is enough. Field
 * numbers are those of onnx.proto (https://github.com/onnx/onnx/blob/main/onnx/onnx.proto):
 *
 *     ModelProto      1 ir_version, 2 producer_name, 3 producer_version, 7 graph, 8 opset_import, 14 metadata_props
 *     OperatorSetId   2 version (1 domain, left out: ONNX's own)
 *     StringString    1 key, 2 value
 *     GraphProto      1 node, 2 name, 5 initializer, 11 input, 12 output
 *     NodeProto       1 input, 2 output, 3 name, 4 op_type, 5 attribute
 *     AttributeProto  1 name, 3 i, 8 ints, 20 type (2 INT, 7 INTS)
 *     TensorProto     1 dims, 2 data_type, 8 name, 9 raw_data (little-endian)
 *     ValueInfoProto  1 name, 2 type > TypeProto 1 tensor_type > 1 elem_type, 2 shape > 1 dim > 1 value, 2 param
 *
 * Users feed raw pixels, [N, 64, 64, 3] uint8: the cast and the scaling are in the model. Convolutions of ONNX want
 * channels first, so the picture is transposed once, and back where a map is flattened. Layer normalisation is spelled
 * out, which runtimes knew before its operator.
 */

import { PbfWriter } from 'pbf'
import { INPUT, type Layer, OUTPUTS, type Weights } from './network.ts'

/** Operator set 17 and its file version 8: of 2022, read by every runtime since. */
const OPSET = 17
const IR_VERSION = 8

/** Numbers of TensorProto.DataType. */
const TYPES = { float32: 1, uint8: 2, int64: 7 } as const
/** Numbers of AttributeProto.AttributeType. */
const ATTRIBUTE_TYPES = { int: 2, ints: 7 } as const
/** The size of the batch, free, under one name in input and outputs. */
const BATCH = 'N'

interface Node {
  readonly op: string
  readonly inputs: readonly string[]
  readonly output: string
  readonly attributes?: Readonly<Record<string, number | readonly number[]>>
}

interface Initializer {
  readonly name: string
  readonly shape: readonly number[]
  readonly type: keyof typeof TYPES
  readonly bytes: Uint8Array
}

interface Value {
  readonly name: string
  readonly type: keyof typeof TYPES
  readonly shape: readonly (number | string)[]
}

interface Graph {
  readonly nodes: readonly Node[]
  readonly initializers: readonly Initializer[]
}

/** The bytes of a .onnx file. `metadata` is kept in the model, as strings. */
export function encodeOnnx(
  layers: readonly Layer[],
  version: string,
  metadata: Readonly<Record<string, string>>,
): Uint8Array {
  const parts = layers.map(toGraph)
  const graph: Graph = {
    nodes: parts.flatMap(({ nodes }) => nodes),
    initializers: parts.flatMap(({ initializers }) => initializers),
  }
  const model = new PbfWriter()
  model.writeVarintField(1, IR_VERSION)
  model.writeStringField(2, 'levelshift')
  model.writeStringField(3, version)
  model.writeMessage(7, writeGraph, graph)
  model.writeMessage(8, (opset, message) => message.writeVarintField(2, opset), OPSET)
  for (const property of Object.entries(metadata)) model.writeMessage(14, writeProperty, property)
  return model.finish()
}

/** The operators of one layer. Maps are [N, channels, height, width] from `scale` to `flatten`. */
function toGraph(layer: Layer): Graph {
  const { name, inputs } = layer
  const [input] = inputs
  /** A part of this layer. */
  const own = (part: string) => `${name}/${part}`
  const only = (op: string, attributes: Node['attributes'] = {}): Graph => ({
    nodes: [{ op, inputs, output: name, attributes }],
    initializers: [],
  })
  switch (layer.kind) {
    case 'scale':
      return {
        nodes: [
          { op: 'Cast', inputs, output: own('float'), attributes: { to: TYPES.float32 } },
          { op: 'Mul', inputs: [own('float'), own('factor')], output: own('product') },
          { op: 'Add', inputs: [own('product'), own('offset')], output: own('sum') },
          { op: 'Transpose', inputs: [own('sum')], output: name, attributes: { perm: [0, 3, 1, 2] } },
        ],
        initializers: [
          floats(own('factor'), [], Float32Array.of(layer.factor)),
          floats(own('offset'), [], Float32Array.of(layer.offset)),
        ],
      }
    case 'conv': {
      const [height, width] = layer.weights.shape
      const pads = [height, width].map(kernel => padding(layer, kernel))
      return {
        nodes: [
          {
            op: 'Conv',
            inputs: [input, own('kernel'), own('bias')],
            output: name,
            attributes: {
              kernel_shape: [height, width],
              strides: [layer.stride, layer.stride],
              // Above, left, below, right.
              pads: [...pads.map(([before]) => before), ...pads.map(([, after]) => after)],
            },
          },
        ],
        initializers: [outputsFirst(own('kernel'), layer.weights), biasOf(own('bias'), layer.weights)],
      }
    }
    case 'crop':
      return {
        nodes: [{ op: 'Slice', inputs: [input, own('starts'), own('ends'), own('axes')], output: name }],
        initializers: [
          integers(own('starts'), [layer.margin, layer.margin]),
          integers(own('ends'), [layer.side - layer.margin, layer.side - layer.margin]),
          integers(own('axes'), [2, 3]),
        ],
      }
    case 'flatten':
      return {
        nodes: [
          { op: 'Transpose', inputs, output: own('channels-last'), attributes: { perm: [0, 2, 3, 1] } },
          { op: 'Flatten', inputs: [own('channels-last')], output: name, attributes: { axis: 1 } },
        ],
        initializers: [],
      }
    case 'dense':
      return {
        nodes: [{ op: 'Gemm', inputs: [input, own('kernel'), own('bias')], output: name }],
        initializers: [
          floats(own('kernel'), layer.weights.shape, layer.weights.kernel),
          biasOf(own('bias'), layer.weights),
        ],
      }
    case 'normalise': {
      const mean = { axes: [-1], keepdims: 1 }
      return {
        nodes: [
          { op: 'ReduceMean', inputs, output: own('mean'), attributes: mean },
          { op: 'Sub', inputs: [input, own('mean')], output: own('centred') },
          { op: 'Mul', inputs: [own('centred'), own('centred')], output: own('squares') },
          { op: 'ReduceMean', inputs: [own('squares')], output: own('variance'), attributes: mean },
          { op: 'Add', inputs: [own('variance'), own('epsilon')], output: own('positive') },
          { op: 'Sqrt', inputs: [own('positive')], output: own('deviation') },
          { op: 'Div', inputs: [own('centred'), own('deviation')], output: name },
        ],
        initializers: [floats(own('epsilon'), [], Float32Array.of(layer.epsilon))],
      }
    }
    case 'concat':
      return only('Concat', { axis: 1 })
    case 'relu':
      return only('Relu')
    case 'tanh':
      return only('Tanh')
    default:
      return layer satisfies never
  }
}

/** Rows before and after, as TensorFlow's SAME has them. */
function padding(layer: Layer & { readonly kind: 'conv' }, kernel: number): readonly [number, number] {
  if (layer.padding === 'valid') return [0, 0]
  const { side, stride } = layer
  const total = Math.max((Math.ceil(side / stride) - 1) * stride + kernel - side, 0)
  return [Math.floor(total / 2), Math.ceil(total / 2)]
}

/** A convolution's kernel, [height, width, in, out], as ONNX has it: [out, in, height, width]. */
function outputsFirst(name: string, { shape, kernel }: Weights): Initializer {
  const [height, width, inputs, outputs] = shape
  const area = height * width
  const turned = new Float32Array(kernel.length)
  for (let at = 0; at < area; at++) {
    for (let i = 0; i < inputs; i++) {
      for (let o = 0; o < outputs; o++)
        turned[(o * inputs + i) * area + at] = kernel[(at * inputs + i) * outputs + o]
    }
  }
  return floats(name, [outputs, inputs, height, width], turned)
}

function biasOf(name: string, { bias }: Weights): Initializer {
  return floats(name, [bias.length], bias)
}

function floats(name: string, shape: readonly number[], values: Float32Array): Initializer {
  const bytes = new Uint8Array(values.length * 4)
  const view = new DataView(bytes.buffer)
  values.forEach((value, i) => {
    view.setFloat32(i * 4, value, true)
  })
  return { name, shape, type: 'float32', bytes }
}

function integers(name: string, values: readonly number[]): Initializer {
  const bytes = new Uint8Array(values.length * 8)
  const view = new DataView(bytes.buffer)
  values.forEach((value, i) => {
    view.setBigInt64(i * 8, BigInt(value), true)
  })
  return { name, shape: [values.length], type: 'int64', bytes }
}

function writeGraph({ nodes, initializers }: Graph, graph: PbfWriter): void {
  for (const node of nodes) graph.writeMessage(1, writeNode, node)
  graph.writeStringField(2, 'agent')
  for (const initializer of initializers) graph.writeMessage(5, writeTensor, initializer)
  graph.writeMessage(11, writeValue, { name: INPUT.name, type: 'uint8', shape: [BATCH, ...INPUT.shape] })
  for (const { name, length } of OUTPUTS)
    graph.writeMessage(12, writeValue, { name, type: 'float32', shape: [BATCH, length] })
}

function writeNode({ op, inputs, output, attributes = {} }: Node, node: PbfWriter): void {
  for (const input of inputs) node.writeStringField(1, input)
  node.writeStringField(2, output)
  node.writeStringField(3, output)
  node.writeStringField(4, op)
  for (const attribute of Object.entries(attributes)) node.writeMessage(5, writeAttribute, attribute)
}

function writeAttribute(
  [name, value]: readonly [string, number | readonly number[]],
  attribute: PbfWriter,
): void {
  attribute.writeStringField(1, name)
  if (typeof value === 'number') attribute.writeVarintField(3, value)
  else for (const element of value) attribute.writeVarintField(8, element)
  attribute.writeVarintField(20, typeof value === 'number' ? ATTRIBUTE_TYPES.int : ATTRIBUTE_TYPES.ints)
}

function writeTensor({ name, shape, type, bytes }: Initializer, tensor: PbfWriter): void {
  for (const extent of shape) tensor.writeVarintField(1, extent)
  tensor.writeVarintField(2, TYPES[type])
  tensor.writeStringField(8, name)
  tensor.writeBytesField(9, bytes)
}

function writeValue({ name, type, shape }: Value, value: PbfWriter): void {
  value.writeStringField(1, name)
  value.writeMessage(2, writeType, { type, shape })
}

/** TypeProto with its only case here, a tensor. */
function writeType({ type, shape }: Omit<Value, 'name'>, message: PbfWriter): void {
  message.writeMessage(
    1,
    (_, tensor) => {
      tensor.writeVarintField(1, TYPES[type])
      tensor.writeMessage(2, writeShape, shape)
    },
    undefined,
  )
}

function writeShape(shape: Value['shape'], message: PbfWriter): void {
  for (const extent of shape) message.writeMessage(1, writeExtent, extent)
}

function writeExtent(extent: number | string, message: PbfWriter): void {
  if (typeof extent === 'number') message.writeVarintField(1, extent)
  else message.writeStringField(2, extent)
}

function writeProperty([key, value]: readonly [string, string], property: PbfWriter): void {
  property.writeStringField(1, key)
  property.writeStringField(2, value)
}
