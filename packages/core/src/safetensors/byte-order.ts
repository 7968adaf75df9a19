const isLittleEndian = new Uint8Array(Uint16Array.of(1).buffer)[0] === 1;

/** A typed array's constructor. */
export interface ArrayType<A> {
  new (buffer: ArrayBufferLike, byteOffset: number, length: number): A;
  readonly BYTES_PER_ELEMENT: number;
}

/**
 * The bytes of a file as elements of the host: the same memory where it is aligned and in the host's byte
 * order, else a copy.
 *
 * @param bytes  little-endian, a whole number of elements
 * @param littleEndian  byte order of the host; given by tests only
 * @example viewAs(Uint16Array, Uint8Array.of(1, 2)); // => Uint16Array.of(0x0201)
 */
export function viewAs<A>(type: ArrayType<A>, bytes: Uint8Array, littleEndian = isLittleEndian): A {
  const width = type.BYTES_PER_ELEMENT;
  const isAligned = bytes.byteOffset % width === 0;
  const host = littleEndian && isAligned ? bytes : new Uint8Array(bytes);
  if (!littleEndian) swap(host, width);
  return new type(host.buffer, host.byteOffset, host.length / width);
}

/**
 * The bytes of elements as a file has them, little-endian: the same memory on nearly every host, else a copy.
 *
 * @param littleEndian  byte order of the host; given by tests only
 * @example toFileOrder(Uint16Array.of(0x0201)); // => Uint8Array.of(1, 2)
 */
export function toFileOrder(
  values: ArrayBufferView & { readonly BYTES_PER_ELEMENT: number },
  littleEndian = isLittleEndian,
): Uint8Array {
  const bytes = new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
  return littleEndian ? bytes : swap(new Uint8Array(bytes), values.BYTES_PER_ELEMENT);
}

function swap(bytes: Uint8Array, width: number): Uint8Array {
  for (let i = 0; i < bytes.length; i += width) bytes.subarray(i, i + width).reverse();
  return bytes;
}
