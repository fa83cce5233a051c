import CZstd

/// Zstandard frames (RFC 8878) with a checksum of their content.
///
/// Samples repeat their metadata, and shrink to a thirtieth at well over a gigabyte a second: less than what it would
/// cost to write them to the disk as they are.
public enum Zstandard {
    /// A frame that does not hold what was put into it.
    public struct Damaged: Error, CustomStringConvertible {
        /// What is wrong with it.
        public let description: String
    }

    private static let level: Int32 = 1
    /// A frame's header may claim any size.
    private static let longest = 1 << 30

    /// Makes frames one after the other, in the same memory.
    public final class Compressor {
        private let context = ZSTD_createCCtx()
        private var room = UnsafeMutableRawBufferPointer(start: nil, count: 0)

        /// One with the context of its own, a few hundred kilobytes while it is there.
        public init() {
            ZSTD_CCtx_setParameter(context, ZSTD_c_compressionLevel, level)
            ZSTD_CCtx_setParameter(context, ZSTD_c_checksumFlag, 1)
        }

        deinit {
            room.deallocate()
            ZSTD_freeCCtx(context)
        }

        /// The bytes as a frame, which only who has `model`, too, can decompress: what they have in common is not in it.
        /// It may wait long, and takes no more memory than it needs: there must be room for thirty times as much.
        public func compress(_ bytes: [UInt8], like model: [UInt8] = []) -> [UInt8] {
            let bound = ZSTD_compressBound(bytes.count)
            if room.count < bound {
                room.deallocate()
                // The next is about as long, and may be a little longer.
                room = .allocate(byteCount: bound + bound / 8, alignment: 16)
            }
            let size = model.withUnsafeBytes { model in
                // It can fail in the middle of a frame alone, where nobody is here.
                if !model.isEmpty {
                    let outcome = ZSTD_CCtx_refPrefix(context, model.baseAddress, model.count)
                    precondition(ZSTD_isError(outcome) == 0, String(cString: ZSTD_getErrorName(outcome)))
                }
                return bytes.withUnsafeBytes {
                    ZSTD_compress2(context, room.baseAddress, room.count, $0.baseAddress, bytes.count)
                }
            }
            // With room for the bound there is nothing to fail but the allocation of memory, as an array's.
            precondition(ZSTD_isError(size) == 0, String(cString: ZSTD_getErrorName(size)))
            return Array(room[..<size])
        }
    }

    /// What a frame holds that was made like `model`. Throws `Damaged` unless it is exactly what was compressed.
    public static func decompress(_ frame: [UInt8], like model: [UInt8] = []) throws(Damaged) -> [UInt8] {
        let size = frame.withUnsafeBytes { ZSTD_getFrameContentSize($0.baseAddress, frame.count) }
        guard size <= longest else { throw Damaged(description: "no frame of a payload") }
        var failure: String?
        guard let context = ZSTD_createDCtx() else { preconditionFailure("there is no memory for zstd") }
        defer { ZSTD_freeDCtx(context) }
        let bytes = [UInt8](unsafeUninitializedCapacity: Int(size)) { buffer, count in
            let written = model.withUnsafeBytes { model in
                if !model.isEmpty {
                    let outcome = ZSTD_DCtx_refPrefix(context, model.baseAddress, model.count)
                    precondition(ZSTD_isError(outcome) == 0, String(cString: ZSTD_getErrorName(outcome)))
                }
                return frame.withUnsafeBytes {
                    ZSTD_decompressDCtx(context, buffer.baseAddress, Int(size), $0.baseAddress, frame.count)
                }
            }
            if ZSTD_isError(written) != 0 {
                failure = String(cString: ZSTD_getErrorName(written))
            } else {
                count = written
            }
        }
        if let failure { throw Damaged(description: failure) }
        return bytes
    }
}
