/** Writes small ONNX models: the few fields of the format's protocol buffers that a graph of one input type needs. */

const FLOAT = 1;
const text = new TextEncoder();

const varint = (value) => (value < 128 ? [value] : [(value & 127) | 128, ...varint(Math.floor(value / 128))]);
const number = (field, value) => [...varint(field << 3), ...varint(value)];
const bytes = (field, value) => [...varint((field << 3) | 2), ...varint(value.length), ...value];
const string = (field, value) => bytes(field, [...text.encode(value)]);
const float = (field, value) => [...varint((field << 3) | 5), ...new Uint8Array(Float32Array.of(value).buffer)];

/** An array of float32 of any shape of this rank. */
function valueInfo(field, name, rank) {
  const dimensions = Array.from({ length: rank }, (_, i) => bytes(1, string(2, `${name}${i}`))).flat();
  const tensor = [...number(1, FLOAT), ...bytes(2, dimensions)];
  return bytes(field, [...string(1, name), ...bytes(2, bytes(1, tensor))]);
}

function attribute([name, value]) {
  const body = typeof value === "object" ? [...float(2, value.float), ...number(20, 1)] : [...number(3, value), ...number(20, 2)];
  return bytes(5, [...string(1, name), ...body]);
}

/** A constant: a number (float32 of rank 0), or a list of integers (int64). */
function initializer([name, value]) {
  const integers = Array.isArray(value);
  const shape = integers ? number(1, value.length) : [];
  const raw = integers ? new Uint8Array(BigInt64Array.from(value.map(BigInt)).buffer) : new Uint8Array(Float32Array.of(value).buffer);
  return bytes(5, [...shape, ...number(2, integers ? 7 : FLOAT), ...string(8, name), ...bytes(9, [...raw])]);
}

/**
 * @param nodes each [operation, inputs, output, attributes]
 * @param inputs ranks by name; the output is called "out"
 */
export function onnxModel(nodes, inputs, outputRank, constants = {}) {
  const graph = [
    ...nodes.flatMap(([operation, from, to, attributes = {}]) => bytes(1, [
      ...from.flatMap((name) => string(1, name)), ...string(2, to), ...string(4, operation), ...Object.entries(attributes).flatMap(attribute),
    ])),
    ...string(2, "bench"),
    ...Object.entries(constants).flatMap(initializer),
    ...Object.entries(inputs).flatMap(([name, rank]) => valueInfo(11, name, rank)),
    ...valueInfo(12, "out", outputRank),
  ];
  return Uint8Array.from([...number(1, 9), ...bytes(7, graph), ...bytes(8, number(2, 18))]);
}
