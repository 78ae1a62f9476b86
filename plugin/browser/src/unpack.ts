/** Unpacks what Zstandard has packed, piece by piece as it arrives, so that the last piece is all that is waited for. */

interface Decoder {
  readonly memory: WebAssembly.Memory;
  malloc(bytes: number): number;
  ZSTD_createDCtx(): number;
  ZSTD_decompressStream(context: number, output: number, input: number): number;
}

/** Bytes that go through the decoder at once. */
const PIECE = 1 << 17;
/** A buffer as the decoder knows it: address, size, and how far it got. */
const BUFFER_BYTES = 12;
const WORD = 4;

/**
 * The unpacked bytes, `size` of them. The decoder's instance is thrown away afterwards, and its memory with it.
 * Throws where the bytes are none of Zstandard's, or not as many as they should be.
 */
export async function unpack(packed: AsyncIterable<Uint8Array>, decoder: WebAssembly.Module, size: number): Promise<Uint8Array<ArrayBuffer>> {
  const instance = await WebAssembly.instantiate(decoder, { env: { emscripten_notify_memory_growth: () => undefined } });
  const zstd = instance.exports as unknown as Decoder;
  const context = zstd.ZSTD_createDCtx();
  const [from, to, input, output] = [zstd.malloc(PIECE), zstd.malloc(PIECE), zstd.malloc(BUFFER_BYTES), zstd.malloc(BUFFER_BYTES)];
  const result = new Uint8Array(size);
  let made = 0;
  let rest = 1;
  for await (const chunk of packed) {
    for (let at = 0; at < chunk.length; at += PIECE) {
      const piece = chunk.subarray(at, at + PIECE);
      new Uint8Array(zstd.memory.buffer).set(piece, from);
      describe(zstd, input, from, piece.length);
      let full = false;
      while (full || position(zstd, input) < piece.length) {
        describe(zstd, output, to, PIECE);
        rest = zstd.ZSTD_decompressStream(context, output, input);
        if (rest < 0) throw new Error("the snapshot is damaged");
        const count = position(zstd, output);
        result.set(new Uint8Array(zstd.memory.buffer, to, count), made);
        made += count;
        full = count === PIECE;
      }
    }
  }
  if (rest !== 0 || made !== size) throw new Error("the snapshot is not whole");
  return result;
}

function describe({ memory }: Decoder, at: number, address: number, size: number): void {
  new Uint32Array(memory.buffer, at, BUFFER_BYTES / WORD).set([address, size, 0]);
}

function position({ memory }: Decoder, at: number): number {
  return new Uint32Array(memory.buffer, at, BUFFER_BYTES / WORD)[2] as number;
}

/** The pieces of a response, each also handed to `keep`. */
export async function* pieces(response: Response, keep: (piece: Uint8Array) => void): AsyncGenerator<Uint8Array> {
  const reader = (response.body as ReadableStream<Uint8Array>).getReader();
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return;
    keep(value);
    yield value;
  }
}
